import { ensure, type ParticleMeasure, type Status } from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';
import { largestSquare, meanOf, placed, sameDimension, weightsOf } from './clouds.js';
import type { GibbsKernel } from './gibbs.js';
import { RELAXATION_WINDOW, relaxationFor } from './relaxation.js';

export interface SinkhornOptions {
  /** Weight of KL(pi | a x b), a squared length. */
  readonly epsilon: number;
  /** Largest sum of |row sum - a_i|, and of |column sum - b_j|, at which to stop. */
  readonly tolerance?: number;
  /** Most sweeps at `epsilon` itself. */
  readonly maxIterations?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Entropic optimal transport between two clouds, with cost |x - y|^2. */
export interface SinkhornResult {
  /** f `[n]` and g `[m]`, up to a constant added to one and taken from the other. */
  readonly f: Float64Array;
  readonly g: Float64Array;
  /** OT_eps = min int |x - y|^2 dpi + eps KL(pi | a x b), as the dual value int f da + int g db. */
  readonly cost: number;
  /** The larger of the two errors of the marginals in the last sweep. */
  readonly marginalError: number;
  /** Sweeps, those of the annealing included. */
  readonly iterations: number;
  readonly status: Status;
  readonly message?: string;
}

const TOLERANCE = 1e-4;

/** Two weighted clouds with the logarithms of their weights. */
interface Problem {
  readonly kernel: GibbsKernel;
  readonly x: NdArray;
  readonly y: NdArray;
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** The error of exponents that is let pass. */
  readonly slack: number;
}

const logOf = (weights: Float64Array): Float64Array => weights.map(Math.log);
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** By this factor epsilon falls from sweep to sweep until it is the one asked for. */
const ANNEALING = 0.25;

/** Between the squared diameter and `epsilon`: where the sweeps before those at `epsilon` itself stand. */
function annealing(x: NdArray, y: NdArray, epsilon: number): number[] {
  const center = meanOf(y, new Float64Array(y.shape[0]!).fill(1 / y.shape[0]!));
  const widest = 4 * Math.max(largestSquare(placed(x, center)), largestSquare(placed(y, center)));
  const values: number[] = [];
  for (let at = widest; at > epsilon; at *= ANNEALING) values.push(at);
  return values;
}

/**
 * log of the row sums of the plan over the row weights, log sum_j b_j e^((f_i + g_j - |x_i - y_j|^2) / eps): zero
 * where the rows fit. With potentials absorbed nothing overflows but after a bad start, which is then shifted.
 */
async function logRatios(problem: Problem, f: Float64Array, g: Float64Array, epsilon: number): Promise<Float64Array> {
  const { kernel, x, y, b, slack } = problem;
  const logB = logOf(b);
  const columns = g.map((v, j) => v / epsilon + logB[j]!);
  const exponents = { x, y, scale: epsilon, rows: f.map((v) => v / epsilon), columns, slack };
  const ratios = logOf((await kernel.sums(exponents)).data as Float64Array);
  if (ratios.every(Number.isFinite)) return ratios;
  const top = await kernel.largest(exponents);
  const { data } = await kernel.sums({ ...exponents, rows: exponents.rows.map((v, i) => v - top[i]!) });
  return top.map((v, i) => v + Math.log(data[i]!));
}

const marginalError = (a: Float64Array, ratios: Float64Array): number =>
  a.reduce((sum, w, i) => sum + w * Math.abs(Math.expm1(ratios[i]!)), 0);

const stepped = (f: Float64Array, ratios: Float64Array, length: number): Float64Array =>
  f.map((v, i) => v - length * ratios[i]!);

const transposed = ({ x, y, a, b, ...rest }: Problem): Problem => ({ ...rest, x: y, y: x, a: b, b: a });

interface Potentials {
  readonly f: Float64Array;
  readonly g: Float64Array;
  readonly error: number;
}

/** One sweep: rows, then columns, each relaxed by a factor in [1, 2). */
async function sweep(problem: Problem, { f, g }: Potentials, epsilon: number, relaxation: number): Promise<Potentials> {
  const rows = await logRatios(problem, f, g, epsilon);
  const nextF = stepped(f, rows, relaxation * epsilon);
  const columns = await logRatios(transposed(problem), g, nextF, epsilon);
  const nextG = stepped(g, columns, relaxation * epsilon);
  return { f: nextF, g: nextG, error: Math.max(marginalError(problem.a, rows), marginalError(problem.b, columns)) };
}

/** One averaged sweep of a cloud with itself, f <- (f + T f) / 2: contracts fast, and keeps f = g. */
async function symmetricSweep(problem: Problem, { f }: Potentials, epsilon: number): Promise<Potentials> {
  const rows = await logRatios(problem, f, f, epsilon);
  const next = stepped(f, rows, epsilon / 2);
  return { f: next, g: next, error: marginalError(problem.a, rows) };
}

type Sweep = (at: Potentials, epsilon: number, relaxation: number) => Promise<Potentials>;

interface Solve {
  readonly at: Potentials;
  readonly iterations: number;
  readonly status: Status;
}

/** Sweeps at one epsilon until the error is small; plain ones first, then relaxed as the errors suggest. */
async function converge(
  start: Potentials,
  run: Sweep,
  { epsilon, tolerance, maxIterations }: Required<Omit<SinkhornOptions, 'signal'>>,
): Promise<Solve> {
  let [at, relaxation, before] = [start, 1, start.error];
  for (let i = 1; i <= maxIterations; i++) {
    at = await run(at, epsilon, relaxation);
    if (!Number.isFinite(at.error)) return { at, iterations: i, status: 'non-finite' };
    if (at.error <= tolerance) return { at, iterations: i, status: 'ok' };
    if (i % RELAXATION_WINDOW !== 0) continue;
    relaxation = relaxationFor((at.error / before) ** (1 / RELAXATION_WINDOW), relaxation);
    before = at.error;
  }
  return { at, iterations: maxIterations, status: 'not-converged' };
}

function messageOf({ at, iterations, status }: Solve, { epsilon, tolerance }: { epsilon: number; tolerance: number }) {
  if (status === 'ok') return undefined;
  if (status === 'non-finite') return `Sinkhorn's potentials are not finite at epsilon ${epsilon}`;
  return `after ${iterations} sweeps Sinkhorn's marginals are off by ${at.error}, more than ${tolerance}; raise epsilon (${epsilon}) or the number of sweeps`;
}

async function solve(problem: Problem, run: Sweep, options: SinkhornOptions): Promise<SinkhornResult> {
  const { epsilon, tolerance = TOLERANCE, maxIterations = 1000, signal } = options;
  ensure(epsilon > 0 && epsilon < Infinity, 'E_ARGUMENT', `epsilon is a number above 0, e.g. 0.1, not ${epsilon}`);
  const { x, y, a, b } = problem;
  const warm = annealing(x, y, epsilon);
  let at: Potentials = { f: new Float64Array(a.length), g: new Float64Array(b.length), error: 1 };
  for (const coarse of warm) {
    signal?.throwIfAborted();
    at = await run(at, coarse, 1);
  }
  const watched: Sweep = (from, eps, relaxation) => {
    signal?.throwIfAborted();
    return run(from, eps, relaxation);
  };
  const found = await converge(at, watched, { epsilon, tolerance, maxIterations });
  const message = messageOf(found, { epsilon, tolerance });
  return {
    f: found.at.f,
    g: found.at.g,
    cost: dot(a, found.at.f) + dot(b, found.at.g),
    marginalError: found.at.error,
    iterations: warm.length + found.iterations,
    status: found.status,
    ...(message !== undefined && { message }),
  };
}

/**
 * Entropic optimal transport between two weighted clouds, OT_eps = min over plans pi of
 * int |x - y|^2 dpi + eps KL(pi | a x b), by Sinkhorn's algorithm.
 *
 * Potentials are absorbed into the kernel, epsilon falls from the squared diameter (annealing), and sweeps are
 * overrelaxed. Time O(n m) per sweep, memory O((n + m) d): the plan is never held. On the engine, exponents
 * round to float32: marginals to about 1e-7 diameter^2 / eps, so that a smaller tolerance is not reached.
 *
 * @param nu - its cloud; the cloud of `mu` itself is solved by averaged sweeps
 * @returns potentials with f_i + g_j - |x_i - y_j|^2 = eps log(pi_ij / (a_i b_j)); status `not-converged` with its
 * sentence when sweeps run out
 * @throws WasserflowError E_ARGUMENT when dimensions differ or epsilon is not positive
 * @see cuturi2013sinkhorn, feydy2019interpolating, thibault2021overrelaxed
 */
export function sinkhorn(
  kernel: GibbsKernel,
  mu: ParticleMeasure,
  nu: ParticleMeasure,
  options: SinkhornOptions,
): Promise<SinkhornResult> {
  sameDimension(mu.points, nu.points);
  const slack = (options.tolerance ?? TOLERANCE) / 2;
  const problem: Problem = { kernel, x: mu.points, y: nu.points, a: weightsOf(mu), b: weightsOf(nu), slack };
  const run: Sweep =
    mu === nu
      ? (at, epsilon) => symmetricSweep(problem, at, epsilon)
      : (at, epsilon, relaxation) => sweep(problem, at, epsilon, relaxation);
  return solve(problem, run, options);
}
