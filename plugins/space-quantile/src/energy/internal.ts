import type { InternalEnergy } from '@wasserflow/core';
import { gapsOf } from '../measure.js';
import type { NodeFunction } from './node-function.js';

/** A function of r = n h = 1 / density, with derivatives. */
interface SpacingLaw {
  readonly value: (r: number) => number;
  readonly slope: (r: number) => number;
  readonly curvature: (r: number) => number;
}

/** (1/n) sum over gaps h of law(n h): int law(Q') du where Q is piecewise linear. */
const spacings = (n: number, repels: boolean, { value, slope, curvature }: SpacingLaw): NodeFunction => ({
  value: (x) => gapsOf(x).reduce((sum, h) => sum + value(n * h), 0) / n,
  add(x, { first, second }) {
    gapsOf(x).forEach((h, i) => {
      const s = slope(n * h);
      first[i]! -= s;
      first[i + 1]! += s;
      if (!second) return;
      const k = n * curvature(n * h);
      second.band.diagonal[i]! += k;
      second.band.diagonal[i + 1]! += k;
      second.band.off[i]! -= k;
    });
  },
  repels,
  dense: false,
});

/**
 * weight * int rho log rho = -(weight / n) sum log(n h) over the gaps h: exact for `linear`; for `atoms`, whose
 * entropy is infinite, the entropy of the law that is uniform between neighbours.
 */
export const entropyOf = (weight: number, n: number): NodeFunction =>
  spacings(n, weight > 0, {
    value: (r) => -weight * Math.log(r),
    slope: (r) => -weight / r,
    curvature: (r) => weight / r ** 2,
  });

/** weight * int rho^m / (m - 1) = weight / (n (m - 1)) sum (n h)^(1 - m) over the gaps h. */
export const internalOf = ({ weight, power: m }: InternalEnergy, n: number): NodeFunction =>
  spacings(n, weight > 0, {
    value: (r) => (weight * r ** (1 - m)) / (m - 1),
    slope: (r) => -weight * r ** -m,
    curvature: (r) => weight * m * r ** (-m - 1),
  });
