import type { PointwisePotential, QuantileFacet, QuantileMeasure } from '@wasserflow/core';
import { ensureFinite } from './infinite-divergence.js';
import { outerSlope, outerValue, type RatioDivergence } from './ratio-divergence.js';
import { GAUSS_LEGENDRE, gradientFromNodes, isLinear, noDensity } from './line.js';

export interface LineTarget {
  readonly potential: PointwisePotential;
  readonly logNormalizer: number;
}

/** int f(rho / pi) dpi = E_rho[f(r) / r], by Gauss-Legendre on each cell, where rho is constant. */
function integral(
  { integrand }: RatioDivergence,
  { potential, logNormalizer }: LineTarget,
  mu: QuantileMeasure,
): number {
  // Atoms are singular to pi: the ratio is infinite almost everywhere under rho.
  if (!isLinear(mu)) return integrand(Infinity);
  const { data: x } = mu.nodes;
  const n = x.length - 1;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const [middle, half] = [(x[i]! + x[i + 1]!) / 2, (x[i + 1]! - x[i]!) / 2];
    const logRho = -Math.log(2 * n * half);
    for (const [at, weight] of GAUSS_LEGENDRE)
      total += weight * integrand(logRho + potential.value([middle + half * at]) + logNormalizer);
  }
  return total / n;
}

/** The derivatives of that by the nodes: of the density through the width of the cell, and of V through its points. */
function derivatives(divergence: RatioDivergence, target: LineTarget, x: ArrayLike<number>): Float64Array {
  const n = x.length - 1;
  const out = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    const [middle, half] = [(x[i]! + x[i + 1]!) / 2, (x[i + 1]! - x[i]!) / 2];
    const logRho = -Math.log(2 * n * half);
    for (const [at, weight] of GAUSS_LEGENDRE) {
      const point = [middle + half * at];
      const l = logRho + target.potential.value(point) + target.logNormalizer;
      const factor = (weight / n) * (divergence.variation(l) - divergence.integrand(l));
      const pull = target.potential.gradient(point)[0]!;
      out[i]! += factor * (1 / (2 * half) + (pull * (1 - at)) / 2);
      out[i + 1]! += factor * (-1 / (2 * half) + (pull * (1 + at)) / 2);
    }
  }
  return out;
}

/**
 * A divergence on the line, for densities that are constant between the nodes.
 * @throws WasserflowError from the gradient: E_NUMERICS where the divergence is +infinity, E_UNSUPPORTED at atoms
 */
export const divergenceOnLine = (divergence: RatioDivergence, target: LineTarget): QuantileFacet => ({
  value: (mu) => outerValue(divergence, integral(divergence, target, mu)),
  gradient(mu) {
    if (!isLinear(mu)) throw noDensity(divergence.id);
    const sum = integral(divergence, target, mu);
    ensureFinite(divergence.id, outerValue(divergence, sum));
    const factor = outerSlope(divergence, sum);
    return gradientFromNodes(derivatives(divergence, target, mu.nodes.data).map((d) => d * factor));
  },
});
