import type { GridMeasure, ProxResult } from '@wasserflow/core';
import { accelerated, type Pair } from './anderson.js';
import type { DualAscent } from './back-and-forth.js';
import { slopeAt } from './dual-step.js';
import { localValue, type GridEnergy } from '../energy/energy.js';
import { gridOf, massesOf, measureOn, normalise } from '../cells/grid.js';
import { isWhole, type LinearSolution, type LinearStep, type LocalEnergy } from './linear-step.js';
import type { SmoothPart } from '../energy/smooth-part.js';

/** What a step is of: local energies and a potential in `energy`, all else in `smooth`, in `local` what `step` solves. */
export interface LinearisedProblem {
  readonly step: LinearStep;
  readonly energy: GridEnergy;
  readonly local: LocalEnergy;
  readonly smooth: SmoothPart;
  readonly mu: GridMeasure;
  readonly gamma: number;
}

/** The law that solves the step with F linear, <x, rho> in its place, and the first variation of F there. */
interface Trial extends Pair {
  readonly measure: GridMeasure;
  /** G, and what stands for W2^2 / (2 gamma). */
  readonly objective: number;
  readonly value: number;
  /** The share of the mass that is not where the first variation of F at this law brings it. */
  readonly residual: number;
  readonly solution?: LinearSolution;
}

/** v less its mean under the masses: constants move nothing. */
function centred(v: Float64Array, mass: Float64Array): Float64Array {
  const mean = v.reduce((sum, x, i) => sum + (mass[i]! > 0 ? mass[i]! * x : 0), 0);
  return v.map((x) => x - mean);
}

const plus = (a: Float64Array, b: Float64Array, share = 1): Float64Array => a.map((v, i) => v + share * b[i]!);

function trialAt({ step, energy, smooth, mu }: LinearisedProblem, x: Float64Array, watch: DualAscent) {
  const solution = step.solve(plus(energy.potential, x), watch);
  if (solution.status === 'non-finite' || !isWhole(solution.mass)) return undefined;
  const measure = measureOn(gridOf(mu), normalise(Float64Array.from(solution.mass)));
  const { value: F, variation } = smooth(measure);
  const value = localValue(energy, measure) + F;
  if (!variation || !Number.isFinite(value)) return undefined;
  const d = centred(plus(variation, x, -1), massesOf(measure));
  const residual = solution.residual + solution.misplaced(plus(plus(energy.potential, x), d));
  return { x, d, measure, value, objective: value + solution.action(), residual, solution };
}

/** Staying at mu, which solves the step where x + V cancels the slope of the local energy. */
function staying({ step, energy, local, smooth, mu }: LinearisedProblem): Trial | undefined {
  const mass = massesOf(mu);
  const { value: F, variation } = smooth(mu);
  const value = localValue(energy, mu) + F;
  if (!variation || Number.isNaN(value)) return undefined;
  const x = plus(slopeAt(gridOf(mu), local, mass), energy.potential).map((v) => -v);
  const d = centred(plus(variation, x, -1), mass);
  return { x, d, measure: mu, value, objective: value + step.stay, residual: Infinity };
}

// Steps that are remembered, and the shortest share of one that is tried.
const MEMORY = 6;
const SHORTEST = 2 ** -12;
const MOST = 200;
// A residual that falls by this counts as progress too: close to the solution the objective on cells, which is not
// quite that of the solver, no longer tells.
const PROGRESS = 0.9;
// Next to an error of this much, a share of it is nothing.
const SETTLED = 0.1;

/** Where to look next, the best guess first, and the trials to remember with it. */
function* candidates(trials: readonly Trial[]): Generator<{ x: Float64Array; known: readonly Trial[] }> {
  const [{ x, d, measure }] = trials as readonly [Trial];
  const known = trials.filter(({ solution }) => solution !== undefined);
  if (known.length > 1) yield { x: accelerated(known, massesOf(measure)), known };
  // What led astray is forgotten.
  for (let share = 1; share >= SHORTEST; share /= 2) yield { x: plus(x, d, share), known: known.slice(0, 1) };
}

/** The first candidate with a lower objective, or with a smaller residual and no objective above that of staying. */
function advance(
  problem: LinearisedProblem,
  trials: readonly Trial[],
  most: number,
  watch: DualAscent,
): readonly Trial[] | undefined {
  const { objective, residual } = trials[0]!;
  for (const { x, known } of candidates(trials)) {
    const trial = trialAt(problem, x, watch);
    if (!trial) continue;
    const closer = trial.residual < PROGRESS * residual && trial.objective <= most;
    if (trial.objective < objective || closer) return [trial, ...known.slice(0, MEMORY)];
  }
  return undefined;
}

// As for a single solve: what images on cells leave beside their goal, which no iteration lowers.
const FLOOR = 0.02;

/** Within the tolerance, or as close as the solver comes to its own solution. */
function settled({ residual, solution }: Trial, tolerance: number): boolean {
  if (solution?.status !== 'ok' || solution.residual <= tolerance) return residual <= tolerance;
  return residual <= FLOOR && residual <= (1 + SETTLED) * solution.residual;
}

const report = (
  { gamma }: LinearisedProblem,
  { measure, value, residual, solution }: Trial,
  iterations: number,
): Omit<ProxResult<GridMeasure>, 'status'> => {
  const moved2 = solution?.moved2() ?? 0;
  const info = { ...solution?.info, misplaced: residual };
  return { measure, iterations, moved2, objective: value + moved2 / (2 * gamma), residual, info };
};

/**
 * The JKO step of G = E + F, E local energies, a potential and a bound on the density, F anything smooth with a first
 * variation: the fixed point of x -> dF(rho(x)), where rho(x) = argmin of E + <x, rho> + W2^2(mu, rho) / (2 gamma) is
 * solved as if F were a potential. Along d = dF(rho(x)) - x the objective falls, at the rate -<d, Q d> with Q >= 0 the
 * response of rho to potentials, whether F is convex or not; so steps along d are cut until it does, and Anderson's
 * acceleration of the fixed point is taken where it does well. Where F is not convex the result is a local minimiser. A
 * step that ends above staying, whose objective on cells is G(mu), is not taken.
 *
 * @returns `residual`: the share of the mass that is not where the map brings it, with the first variation of F at
 *   the result; `iterations`: of the fixed point
 * @see bredies2009generalized, walker2011anderson
 */
export function linearisedProx(problem: LinearisedProblem, ascent: DualAscent): ProxResult<GridMeasure> {
  const { tolerance, signal, progress } = ascent;
  const iterations = Math.min(ascent.iterations, MOST);
  const start = staying(problem);
  if (!start) return { measure: problem.mu, status: 'non-finite', message: 'G is not finite where the step starts' };
  const inner: DualAscent = { tolerance: tolerance / 100, iterations: ascent.iterations, signal };
  let trials: readonly Trial[] = [start];
  let k = 0;
  for (; k < iterations && !settled(trials[0]!, tolerance); k++) {
    signal?.throwIfAborted();
    const found = advance(problem, trials, start.objective, inner);
    if (!found) break;
    trials = found;
    progress?.({ iteration: k, iterations, loss: found[0]!.residual });
  }
  const last = trials[0]!;
  const result = report(problem, last, k);
  if (result.objective! > start.value + FLOOR * (1 + Math.abs(start.value)))
    return { measure: problem.mu, status: 'not-converged', iterations: k, message: WORSE };
  if (settled(last, tolerance)) return { ...result, status: 'ok' };
  return { ...result, status: 'not-converged', message: unsettled(last, k) };
}

const WORSE = 'the step that was found is worse than none; take smaller steps, or finer cells';

function unsettled({ residual, solution }: Trial, iterations: number): string {
  if (!solution) return 'no step was found that is better than none; take smaller steps, or set `method`';
  const share = Number((100 * Math.min(1, residual)).toPrecision(2));
  return `after ${iterations} steps of linearisation ${share} % of the mass is not where the map brings it; take smaller steps, or raise \`tolerance\``;
}
