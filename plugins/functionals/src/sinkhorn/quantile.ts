import type { QuantileFacet, QuantileMeasure } from '@wasserflow/core';
import { ndarray, type NdArray } from '@wasserflow/tensor';
import { kernelBetween, smoothedAt } from './dense-kernel.js';
import { entropicPlan, entropicSelfPlan, type PlanOptions } from './entropic-plan.js';
import type { LogKernel } from './entropic-sweeps.js';
import { atNodes, placeOf, pointsOf, type LinePoint } from '../laws/line-points.js';
import { lazily } from '../laws/target-draws.js';

/** Weighted places on the line. */
export interface Places {
  readonly at: Float64Array;
  readonly mass: Float64Array;
}

function marginalsOf(p: Places, q: Places) {
  const ends = [...p.at, ...q.at];
  const [low, high] = [ends.reduce((a, b) => Math.min(a, b)), ends.reduce((a, b) => Math.max(a, b))];
  const kernelAt = (epsilon: number): LogKernel => kernelBetween(p.at, q.at, epsilon);
  const [x, y] = [p, q].map(({ at }) => ndarray(at, [at.length, 1])) as [NdArray, NdArray];
  return { kernelAt, x, y, a: p.mass, b: q.mass, diameter2: (high - low) ** 2 };
}

/** E[Y | x] under the plan with potential g. */
function conditionalMeans(p: Places, q: Places, g: Float64Array, epsilon: number): Float64Array {
  const values = g.map((v, j) => v / epsilon + Math.log(q.mass[j]!));
  const terms = new Float64Array(values.length);
  return p.at.map((x) => smoothedAt(x, q.at, values, epsilon, terms).mean);
}

interface Evaluated {
  readonly points: readonly LinePoint[];
  readonly value: number;
  /** (T_rho,rho - T_rho,q)(x) at the points. */
  readonly pulls: Float64Array;
}

/**
 * The debiased Sinkhorn divergence on the line, halved, between the atoms, or four Gauss points of each cell, and
 * places of the target; the gradient is that of this value. Time O(n m) a sweep.
 *
 * @throws WasserflowError E_NUMERICS from the value and the gradient when sweeps run out
 * @see feydy2019interpolating
 */
export function sinkhornOnLine(target: () => Places, options: PlanOptions): QuantileFacet {
  const held = lazily(() => {
    const q = target();
    return { q, own: entropicSelfPlan(marginalsOf(q, q), options).cost };
  });
  const evaluated = (mu: QuantileMeasure): Evaluated => {
    const { q, own } = held();
    const points = pointsOf(mu);
    const p = {
      at: Float64Array.from(points, (point) => placeOf(mu.nodes.data, point)),
      mass: Float64Array.from(points, ({ mass }) => mass),
    };
    const [across, within] = [entropicPlan(marginalsOf(p, q), options), entropicSelfPlan(marginalsOf(p, p), options)];
    const there = conditionalMeans(p, q, across.g, options.epsilon);
    const here = conditionalMeans(p, p, within.g, options.epsilon);
    const value = (across.cost - (within.cost + own) / 2) / 2;
    return { points, value, pulls: here.map((v, i) => v - there[i]!) };
  };
  const known = new WeakMap<QuantileMeasure, Evaluated>();
  const at = (mu: QuantileMeasure): Evaluated => {
    const found = known.get(mu) ?? evaluated(mu);
    known.set(mu, found);
    return found;
  };
  return {
    value: (mu) => at(mu).value,
    gradient(mu) {
      const { points, pulls } = at(mu);
      return atNodes(mu, points, pulls);
    },
  };
}

// Places this many standard deviations out: beyond, a Gaussian has 3e-12 of its mass.
const REACH = 7;
const MOST_PLACES = 2000;

/**
 * Equally spaced places of N(mean, std^2), weighed by its density: sums over them are exact to rounding for functions
 * that are smooth at the scale (eps / 2)^(1/2) of the plan, as long as so many places do.
 */
export function placesOfNormal(mean: number, std: number, epsilon: number): Places {
  const step = Math.min(std, Math.sqrt(epsilon / 2)) / 2;
  const count = Math.min(2 * Math.ceil((REACH * std) / step) + 1, MOST_PLACES);
  const z = Float64Array.from({ length: count }, (_, j) => REACH * ((2 * j) / (count - 1) - 1));
  const heights = z.map((t) => Math.exp((-t * t) / 2));
  const total = heights.reduce((sum, h) => sum + h, 0);
  return { at: z.map((t) => mean + std * t), mass: heights.map((h) => h / total) };
}

/** Equally weighted places. */
export const placesOfDraws = (draws: ArrayLike<number>): Places => ({
  at: Float64Array.from(draws),
  mass: new Float64Array(draws.length).fill(1 / draws.length),
});
