/** Entropic optimal transport between masses at fixed places, on the host in float64. */
import { WasserflowError } from '@wasserflow/core';
import { RELAXATION_WINDOW, relaxationFor } from '@wasserflow/geometry';
import {
  exponents,
  ratios,
  stepped,
  sweepOf,
  symmetricSweepOf,
  type LogKernel,
  type Marginals,
  type Potentials,
  type Sweep,
} from './entropic-sweeps.js';
import { gaussianPotentials } from './gaussian-potentials.js';

export interface PlanOptions {
  /** Weight of KL(pi | a x b), a squared length. */
  readonly epsilon: number;
  /** Largest sum of |row sum - a_i|, and of |column sum - b_j|. */
  readonly tolerance: number;
}

export interface Plan {
  /** Potentials; f is also where a has no mass. */
  readonly f: Float64Array;
  readonly g: Float64Array;
  /** OT_eps = min int |x - y|^2 dpi + eps KL(pi | a x b), by its dual. */
  readonly cost: number;
}

// By this factor epsilon falls from sweep to sweep until it is the one asked for.
const ANNEALING = 0.25;
const MOST_SWEEPS = 2000;
// A share of misplaced mass beyond which sweeps are no linear iteration, and relaxed ones may run away.
const FAR = 0.5;

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** One sweep at each epsilon from the squared diameter down, so that the last ones start near. */
function annealed({ a, b, kernelAt, diameter2 }: Marginals, sweep: Sweep, epsilon: number): Potentials {
  let at: Potentials = { f: new Float64Array(a.length), g: new Float64Array(b.length), error: 1 };
  for (let coarse = diameter2; coarse > epsilon; coarse *= ANNEALING) at = sweep(at, coarse, kernelAt(coarse), 1);
  return { ...at, error: 1 };
}

// Sweeps after which a start shows what it is worth, and the error up to which it is good.
const TRIAL = 4;
const GOOD = 0.1;

/**
 * Where to start: at the potentials between Gaussians of the same means and covariances, where a few sweeps show that
 * these are near; else after annealing.
 */
function startOf(marginals: Marginals, sweep: Sweep, kernel: LogKernel, options: PlanOptions): Potentials {
  const { epsilon, tolerance } = options;
  const guess = gaussianPotentials(marginals, epsilon);
  let at: Potentials | undefined = guess && { ...guess, error: 1 };
  for (let i = 0; at && i < TRIAL && !(at.error <= tolerance); i++) at = sweep(at, epsilon, kernel, 1);
  return at && at.error <= GOOD ? at : annealed(marginals, sweep, epsilon);
}

/** @throws WasserflowError E_NUMERICS when the marginals do not come right */
function converged(start: Potentials, run: (at: Potentials, relaxation: number) => Potentials, options: PlanOptions) {
  let [at, relaxation, before] = [start, 1, start.error];
  for (let i = 1; i <= MOST_SWEEPS && !(at.error <= options.tolerance) && !Number.isNaN(at.error); i++) {
    at = run(at, relaxation);
    if (i % RELAXATION_WINDOW !== 0) continue;
    const next = relaxationFor((at.error / before) ** (1 / RELAXATION_WINDOW), relaxation);
    relaxation = at.error > FAR ? 1 : next;
    before = at.error;
  }
  if (at.error <= options.tolerance) return at;
  throw new WasserflowError(
    'E_NUMERICS',
    `after ${MOST_SWEEPS} sweeps Sinkhorn's marginals are off by ${at.error}, more than ${options.tolerance}; raise \`epsilon\` (${options.epsilon}) or \`tolerance\``,
  );
}

const isFinite = ({ x, y, a, b }: Marginals): boolean =>
  [x.data, y.data, a, b].every((numbers) => numbers.every(Number.isFinite));

/** Of an exploded law: no misuse, and no plan. */
const noPlan = ({ a, b }: Marginals): Plan => ({ f: a.map(() => NaN), g: b.map(() => NaN), cost: NaN });

function solved(marginals: Marginals, sweep: Sweep, options: PlanOptions): Plan {
  if (!isFinite(marginals)) return noPlan(marginals);
  const { a, b } = marginals;
  const { epsilon } = options;
  const kernel = marginals.kernelAt(epsilon);
  const run = (at: Potentials, relaxation: number): Potentials => sweep(at, epsilon, kernel, relaxation);
  const { f, g } = converged(startOf(marginals, sweep, kernel, options), run, options);
  // A last half sweep, unrelaxed: the plan has mass one, and f is right where a has none.
  const last = stepped(f, ratios(f, kernel.toRows(exponents(g, b.map(Math.log), epsilon)), epsilon), epsilon);
  return { f: last, g, cost: dot(a, last) + dot(b, g) };
}

/**
 * Entropic optimal transport with cost |x - y|^2 by overrelaxed sweeps in the log domain, which start at the potentials
 * of Gaussians where these are near, else after annealing. Masses may be zero.
 *
 * @throws WasserflowError E_NUMERICS when the marginals do not come within the tolerance
 * @see cuturi2013sinkhorn, thibault2021overrelaxed
 */
export const entropicPlan = (marginals: Marginals, options: PlanOptions): Plan =>
  solved(marginals, sweepOf(marginals), options);

/** The same of masses with themselves. */
export const entropicSelfPlan = (marginals: Marginals, options: PlanOptions): Plan =>
  solved(marginals, symmetricSweepOf(marginals), options);
