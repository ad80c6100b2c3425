/** What functionals of Gaussians share: the law as matrices, and gradients in the Bures-Wasserstein geometry. */
import { WasserflowError, type AffineField, type Distribution, type GaussianMeasure } from '@wasserflow/core';
import { add, cholesky, matrixOf } from '@wasserflow/geometry';
import type { CholeskyDecomposition, Matrix } from 'ml-matrix';

export interface GaussianLaw {
  readonly mean: readonly number[];
  readonly covariance: Matrix;
}

export const lawOf = ({ mean, covariance }: GaussianMeasure): GaussianLaw => ({
  mean,
  covariance: matrixOf(covariance),
});

/** m1 - m2. */
export const meanDifference = (mu: GaussianLaw, nu: GaussianLaw): number[] => add(mu.mean, nu.mean, -1);

/** @throws WasserflowError E_NUMERICS when A is not positive definite. */
export function factorise(A: Matrix, name = 'a covariance'): CholeskyDecomposition {
  const factors = cholesky(A);
  if (factors) return factors;
  throw new WasserflowError('E_NUMERICS', `${name} is not positive definite, so its density is not one`);
}

/** v v^T. */
export const outer = (v: readonly number[]): Matrix => matrixOf(v.map((a) => v.map((b) => a * b)));

/**
 * The gradient of F(m, S) in the Bures-Wasserstein geometry: x -> 2 dF/dS (x - m) + dF/dm. For a functional of
 * measures it is the affine field closest to its Wasserstein gradient.
 * @see lambert2022variational
 */
export const affineGradient = (mu: GaussianLaw, byMean: readonly number[], byCovariance: Matrix): AffineField => ({
  linear: byCovariance.clone().mul(2).to2DArray(),
  center: mu.mean,
  constant: byMean,
});

/** The target as matrices, where it is Gaussian. */
export const gaussianTarget = ({ gaussian }: Distribution): GaussianLaw | undefined => gaussian && lawOf(gaussian);
