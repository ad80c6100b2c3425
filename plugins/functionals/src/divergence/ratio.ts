/** Divergences that are integrals of the density ratio, in one form for all spaces that have densities. */
import { pointwiseOf, type Distribution, type PointwisePotential } from '@wasserflow/core';
import type { Tensor } from '@wasserflow/tensor';
import { potentialOf } from '../kl.js';

/**
 * D = outer(int f(rho / pi) dpi), by functions of l = log(rho / pi). f is fixed up to a multiple of r - 1 so that
 * f(0) = 0 where that can be: then all of D is an expectation under rho, wherever pi has mass beside.
 */
export interface RatioDivergence {
  readonly id: string;
  /** f(r) / r; also at l = infinity. */
  readonly integrand: (l: number) => number;
  /** f(0). */
  readonly atZero: number;
  /** f'(r), the first variation of the integral. */
  readonly variation: (l: number) => number;
  /** d/dl f'(r), so that the Wasserstein gradient is this times grad l. */
  readonly slope: (l: number) => number;
  /** D by the mean of f(r) / r over draws of rho, from their l, `[n]`; none where draws of rho miss what counts. */
  readonly ofBatch?: (l: Tensor) => Tensor;
  /** A function of the integral, the identity by default, and its derivative. */
  readonly outer?: { readonly value: (s: number) => number; readonly slope: (s: number) => number };
}

/** The target in float64: V at single points, and log Z where it is known. */
export interface PointwiseTarget {
  readonly dimension: number;
  readonly potential: PointwisePotential;
  readonly logNormalizer: number | undefined;
}

export function pointwiseTarget(target: Distribution, user: string): PointwiseTarget | undefined {
  const potential = pointwiseOf(potentialOf(target, user));
  const { dimension, logNormalizer } = target;
  return potential && { dimension, potential, logNormalizer };
}

/** outer'(s), which is 1 for a plain divergence. */
export const outerSlope = ({ outer }: RatioDivergence, s: number): number => outer?.slope(s) ?? 1;
export const outerValue = ({ outer }: RatioDivergence, s: number): number => outer?.value(s) ?? s;
