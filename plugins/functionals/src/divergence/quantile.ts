import type { PointwisePotential, QuantileFacet, QuantileMeasure, StepLimit } from '@wasserflow/core';
import { ensureFinite } from './infinite.js';
import { outerSlope, outerValue, type RatioDivergence } from './ratio.js';
import { GAUSS_LEGENDRE, gradientFromNodes, isLinear, noDensity } from '../laws/line.js';

export interface LineTarget {
  readonly potential: PointwisePotential;
  readonly logNormalizer: number;
}

/** A point of the rule: in which cell, how far from its middle in halves of its width h, with its mass. */
interface Visit {
  readonly cell: number;
  readonly h: number;
  readonly at: number;
  readonly mass: number;
  readonly point: readonly [number];
  /** log(rho / pi). */
  readonly l: number;
}

/** Gauss-Legendre on each cell, where rho is constant. */
function visitCells({ potential, logNormalizer }: LineTarget, x: ArrayLike<number>, visit: (at: Visit) => void): void {
  const n = x.length - 1;
  for (let cell = 0; cell < n; cell++) {
    const h = x[cell + 1]! - x[cell]!;
    const logRho = -Math.log(n * h);
    for (const [at, weight] of GAUSS_LEGENDRE) {
      const point = [(x[cell]! + x[cell + 1]!) / 2 + (h / 2) * at] as const;
      visit({ cell, h, at, mass: weight / n, point, l: logRho + potential.value(point) + logNormalizer });
    }
  }
}

/** int f(rho / pi) dpi = E_rho[f(r) / r]. */
function integral({ integrand }: RatioDivergence, target: LineTarget, mu: QuantileMeasure): number {
  // Atoms are singular to pi: the ratio is infinite almost everywhere under rho.
  if (!isLinear(mu)) return integrand(Infinity);
  let total = 0;
  visitCells(target, mu.nodes.data, ({ mass, l }) => (total += mass * integrand(l)));
  return total;
}

/** The derivatives of that by the nodes: of the density through the width of the cell, and of V through its points. */
function derivatives(divergence: RatioDivergence, target: LineTarget, x: ArrayLike<number>): Float64Array {
  const out = new Float64Array(x.length);
  visitCells(target, x, ({ cell, h, at, mass, point, l }) => {
    const factor = mass * (divergence.variation(l) - divergence.integrand(l));
    const pull = target.potential.gradient(point)[0]!;
    out[cell]! += factor * (1 / h + (pull * (1 - at)) / 2);
    out[cell + 1]! += factor * (-1 / h + (pull * (1 + at)) / 2);
  });
  return out;
}

/** The least of h^2 / (6 D) over the cells, D = d f'(r) / d log r: a divergence diffuses as entropy does, with D = 1. */
function stepLimitOf(divergence: RatioDivergence, target: LineTarget, mu: QuantileMeasure): StepLimit | undefined {
  if (!isLinear(mu)) return undefined;
  const factor = outerSlope(divergence, integral(divergence, target, mu));
  let size = Infinity;
  visitCells(target, mu.nodes.data, ({ h, l }) => {
    size = Math.min(size, h ** 2 / (6 * factor * divergence.slope(l)));
  });
  if (!(size > 0 && size < Infinity)) return undefined;
  return {
    size,
    name: 'h^2 / (6 D)',
    beyond:
      "explicit diffusion on space `quantile` is unstable (h: the width of a cell, D: the derivative of f'(r) by log r there)",
  };
}

/**
 * A divergence on the line, for densities that are constant between the nodes.
 * @throws WasserflowError from the gradient: E_NUMERICS where the divergence is +infinity, E_UNSUPPORTED at atoms
 */
export const divergenceOnLine = (divergence: RatioDivergence, target: LineTarget): QuantileFacet => ({
  stepLimit: (mu) => stepLimitOf(divergence, target, mu),
  value: (mu) => outerValue(divergence, integral(divergence, target, mu)),
  gradient(mu) {
    if (!isLinear(mu)) throw noDensity(divergence.id);
    const sum = integral(divergence, target, mu);
    ensureFinite(divergence.id, outerValue(divergence, sum));
    const factor = outerSlope(divergence, sum);
    return gradientFromNodes(derivatives(divergence, target, mu.nodes.data).map((d) => d * factor));
  },
});
