import { inverseOf, slopeOf, type CellSlope } from '../energy/cell-slope.js';
import type { LocalEnergy } from './linear-step.js';

/** log rho + sigma dE/drho by the log density of a cell, up to a constant, and its derivative. */
export const stretched = ({ entropy, internal, cells = [] }: LocalEnergy, sigma: number): CellSlope =>
  slopeOf({
    linear: 1 + sigma * entropy,
    internal: internal.map(({ weight, power }) => ({ weight: sigma * weight, power })),
    cells: cells.map(({ slope, rate }) => ({
      slope: (cell, r) => sigma * slope(cell, r),
      rate: (cell, r) => sigma * rate(cell, r),
    })),
  });

/**
 * log p of the Kullback-Leibler proximal point at one cell, argmin over p of KL(p|q) + sigma E(p): with the
 * densities r = log p it solves
 *
 * (1 + sigma a) r + sigma sum w m e^((m - 1) r) / (m - 1) = log q - sigma V,
 *
 * in closed form without internal energies, else by Newton's method; a bound on the density cuts it off.
 *
 * @param logQ - log density, sigma V already taken off
 * @see peyre2015entropic
 */
export type LogProx = (logQ: number, cell?: number) => number;

export function logProx(local: LocalEnergy, sigma: number): LogProx {
  const { entropy, internal, maximum, cells = [] } = local;
  const top = Math.log(maximum);
  const linear = 1 + sigma * entropy;
  if (internal.length === 0 && cells.length === 0) return (q) => Math.min(top, q / linear);
  const logDensity = inverseOf(stretched(local, sigma));
  return (q, cell = 0) => (Number.isFinite(q) ? Math.min(top, logDensity(q, cell)) : q);
}
