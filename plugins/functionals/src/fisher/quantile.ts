import type { PointwisePotential, QuantileFacet, StepLimit } from '@wasserflow/core';
import { gradientFromNodes, isLinear, noDensity } from '../laws/line.js';

/** v at the nodes: n (rho_(i+1) - rho_i) + V'(x_i), rho the densities 1 / (n h) of the cells beside, 0 beyond the ends. */
function scores({ gradient }: PointwisePotential, x: ArrayLike<number>): Float64Array {
  const n = x.length - 1;
  // 1 / h is n rho; the ends stand for half a cell, in which the same jump is twice as steep.
  const steepness = (i: number): number => (i < 0 || i >= n ? 0 : 1 / (x[i + 1]! - x[i]!));
  const jump = (i: number): number => (i === 0 || i === n ? 2 : 1) * (steepness(i) - steepness(i - 1));
  return Float64Array.from({ length: n + 1 }, (_, i) => jump(i) + gradient([x[i]!])[0]!);
}

/** The masses of the nodes: half of that of each cell beside. */
const massAt = (i: number, n: number): number => (i === 0 || i === n ? 1 / 2 : 1) / n;

function valueAt(potential: PointwisePotential, x: ArrayLike<number>): number {
  const v = scores(potential, x);
  return v.reduce((sum, a, i) => sum + massAt(i, v.length - 1) * a * a, 0);
}

function derivatives(potential: PointwisePotential, x: ArrayLike<number>): Float64Array {
  const n = x.length - 1;
  const v = scores(potential, x);
  const out = v.map((a, i) => 2 * massAt(i, n) * a * potential.hessian([x[i]!])[0]![0]!);
  for (let i = 0; i < n; i++) {
    // 1 / h stands in v_i and, against it, in v_(i+1), in both with the weight 1 / n.
    const pull = ((2 / n) * (v[i]! - v[i + 1]!)) / (x[i + 1]! - x[i]!) ** 2;
    out[i]! += pull;
    out[i + 1]! -= pull;
  }
  return out;
}

/** h^4 / 48: 2 over the curvature, in the metric, of the roughest disturbance of cells of equal width h. */
function stepLimitOf(x: ArrayLike<number>): StepLimit {
  const widths = Array.from({ length: x.length - 1 }, (_, i) => x[i + 1]! - x[i]!);
  return {
    size: widths.reduce((least, h) => Math.min(least, h), Infinity) ** 4 / 48,
    name: 'h^4 / 48',
    beyond: 'explicit steps of a flow of fourth order on space `quantile` are unstable (h: its smallest cell)',
  };
}

/**
 * The relative Fisher information on the line as the squared slope, in the lumped metric of the nodes, of the relative
 * entropy E(x) = -(1/n) sum log(n h_i) + sum w_i V(x_i): sum w_i v_i^2 with w_i v_i = dE/dx_i. It vanishes where E is
 * least, ends included, and nowhere else for convex V. First order in 1/n, also for Gaussian tails, at laws whose cells
 * are those of a smooth density: it sees the densities of single cells, and what is rough in them.
 *
 * +infinity at atoms.
 * @throws WasserflowError E_UNSUPPORTED from the gradient at atoms
 * @see matthes2017convergent
 */
export const fisherOnLine = (potential: PointwisePotential): QuantileFacet => ({
  stepLimit: (mu) => (isLinear(mu) ? stepLimitOf(mu.nodes.data) : undefined),
  value: (mu) => (isLinear(mu) ? valueAt(potential, mu.nodes.data) : Infinity),
  gradient(mu) {
    if (!isLinear(mu)) throw noDensity('fisher');
    return gradientFromNodes(derivatives(potential, mu.nodes.data));
  },
});
