import type { GaussianMeasure, InternalEnergy } from '@wasserflow/core';
import { logDeterminant } from '@wasserflow/geometry';
import { factorise } from './gaussian.js';

/**
 * int rho^p of rho = N(m, S): (2 pi)^(d (1 - p) / 2) |S|^((1 - p) / 2) p^(-d / 2), in volume^(1 - p).
 */
export function integralOfPower(mu: GaussianMeasure, p: number): number {
  const d = mu.mean.length;
  const log = ((1 - p) / 2) * (d * Math.log(2 * Math.PI) + logDeterminant(factorise(mu))) - (d / 2) * Math.log(p);
  return Math.exp(log);
}

/** weight int rho^p / (p - 1). */
export const internalValue = ({ weight, power }: InternalEnergy, mu: GaussianMeasure): number =>
  (weight * integralOfPower(mu, power)) / (power - 1);

/**
 * The a of the affine field x -> -a S^-1 (x - m) that is nearest in L2(mu) to the Wasserstein gradient
 * weight grad(p rho^(p - 1) / (p - 1)), which is not affine: a = weight int rho^p.
 */
export const internalPressure = ({ weight, power }: InternalEnergy, mu: GaussianMeasure): number =>
  weight * integralOfPower(mu, power);
