/** From a quantile function on (0, 1) to the nodes of a law of our kinds. */
import { solveTridiagonal } from '@wasserflow/geometry';
import { meanOf, metricOf, nodeCount, spreadOf, type Kind, type Nodes } from '../measure.js';
import { gaussLegendre, graded, mirrored, type Rule } from '../quadrature.js';
import { project } from '../solve/project.js';

/** Q at ascending u in (0, 1). */
export type Quantiles = (u: Nodes) => Nodes;

const INSIDE = gaussLegendre(2);
/** Q may be infinite at 0 and 1, but is integrable; this gathers points there. */
const LEFT_END = graded(gaussLegendre(16), 5);
const RIGHT_END = mirrored(LEFT_END);
/** For a law of one part only, which has both ends. */
const BOTH_ENDS: Rule = {
  points: [...LEFT_END.points.map((t) => t / 2), ...RIGHT_END.points.map((t) => (1 + t) / 2)],
  weights: [...LEFT_END.weights, ...RIGHT_END.weights].map((w) => w / 2),
};

function ruleOf(cell: number, n: number): Rule {
  if (n === 1) return BOTH_ENDS;
  return cell === 0 ? LEFT_END : cell === n - 1 ? RIGHT_END : INSIDE;
}

/** A sample of Q: its cell, its share of the way through it, its mass, its value. */
interface Sample {
  readonly cell: number;
  readonly share: number;
  readonly mass: number;
  readonly value: number;
}

function samples(quantiles: Quantiles, n: number): readonly Sample[] {
  const places = Array.from({ length: n }, (_, cell) => {
    const { points, weights } = ruleOf(cell, n);
    return points.map((share, k) => ({ cell, share, mass: weights[k]! / n }));
  }).flat();
  const values = quantiles(Float64Array.from(places, ({ cell, share }) => (cell + share) / n));
  return places.map((place, k) => ({ ...place, value: values[k]! }));
}

/** The nodes nearest in L2(0, 1): means over the parts for `atoms`, the L2 projection for `linear`. */
function nearest(all: readonly Sample[], kind: Kind, nodes: number): Nodes {
  const moments = new Float64Array(nodes);
  for (const { cell, share, mass, value } of all) {
    moments[cell]! += mass * value * (kind === 'atoms' ? 1 : 1 - share);
    if (kind === 'linear') moments[cell + 1]! += mass * value * share;
  }
  return project(kind, solveTridiagonal(metricOf(kind, nodes), moments)!);
}

const variance = (all: readonly Sample[], mean: number): number =>
  all.reduce((sum, { mass, value }) => sum + mass * (value - mean) ** 2, 0);

/**
 * The law of the kind with n parts that is nearest in W2, then stretched about its mean by the factor that makes its
 * variance that of Q.
 *
 * The mean is exact by projection, and projection loses exactly the squared W2 error of the variance, so that the
 * stretch is tiny: 1 + O(1 / (n log n)) for Gaussian tails. A law of the kind is found unchanged. The W2 error is
 * O(n^-2) for Q smooth up to the ends and O((n log n)^(-1/2)) for Gaussian tails, all of it in the end parts;
 * `atoms` add O(1 / n).
 */
export function requantise(quantiles: Quantiles, kind: Kind, n: number, exactVariance?: number): Nodes {
  const all = samples(quantiles, n);
  const x = nearest(all, kind, nodeCount(kind, n));
  const metric = metricOf(kind, x.length);
  const mean = meanOf(metric, x);
  const spread = spreadOf(metric, x);
  const stretch = Math.sqrt(exactVariance ?? variance(all, mean)) / spread;
  return Number.isFinite(stretch) ? x.map((v) => mean + stretch * (v - mean)) : x;
}
