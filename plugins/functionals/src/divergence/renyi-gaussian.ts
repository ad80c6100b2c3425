/** Renyi divergences between Gaussians, and what follows from them. */
import type { AffineField, GaussianMeasure, WasserflowError } from '@wasserflow/core';
import { cholesky, dot, logDeterminant, smallestEigenvalue } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import { affineGradient, factorise, lawOf, meanDifference, outer, type GaussianLaw } from '../laws/gaussian-law.js';
import { infiniteDivergence } from './infinite.js';

/** a S2 + (1 - a) S1. */
const mixed = (order: number, S1: Matrix, S2: Matrix): Matrix =>
  Matrix.add(Matrix.mul(S2, order), Matrix.mul(S1, 1 - order));

/**
 * D_a(N1 || N2) = a/2 dm^T S_a^-1 dm - (log|S_a| - (1 - a) log|S1| - a log|S2|) / (2 (a - 1)), with
 * S_a = a S2 + (1 - a) S1; +infinity where S_a is not positive definite.
 * @see gil2013renyi
 */
export function renyiOfGaussians(order: number, mu: GaussianMeasure, target: GaussianLaw): number {
  const law = lawOf(mu);
  const own = factorise(law.covariance);
  const factors = cholesky(mixed(order, law.covariance, target.covariance));
  if (!factors) return Infinity;
  const dm = meanDifference(law, target);
  const pulled = factors.solve(Matrix.columnVector(dm)).to1DArray();
  const other = logDeterminant(factorise(target.covariance));
  const volumes = logDeterminant(factors) - (1 - order) * logDeterminant(own) - order * other;
  return (order / 2) * dot(dm, pulled) - volumes / (2 * (order - 1));
}

function infinite(order: number, S: Matrix): WasserflowError {
  const least = Number(smallestEigenvalue(S).toPrecision(3));
  return infiniteDivergence(
    `the measure is too wide for its target (${order} S* - ${order - 1} S has the eigenvalue ${least}, and all have to be above 0)`,
  );
}

/**
 * The gradient of D_a(. || N2): dF/dm = a u and dF/dS = a (a - 1)/2 u u^T + (S_a^-1 - S^-1)/2, u = S_a^-1 dm.
 * @throws WasserflowError E_NUMERICS where D_a is +infinity.
 */
export function renyiGradient(order: number, mu: GaussianMeasure, target: GaussianLaw): AffineField {
  const law = lawOf(mu);
  const S = mixed(order, law.covariance, target.covariance);
  const factors = cholesky(S);
  if (!factors) throw infinite(order, S);
  const u = factors.solve(Matrix.columnVector(meanDifference(law, target))).to1DArray();
  const eye = Matrix.eye(u.length);
  const spread = Matrix.sub(factors.solve(eye), factorise(law.covariance).solve(eye)).mul(1 / 2);
  const byCovariance = Matrix.add(spread, outer(u).mul((order * (order - 1)) / 2));
  return affineGradient(
    law,
    u.map((a) => a * order),
    byCovariance,
  );
}

/** factor * v. */
export const scaleField = ({ linear, center, constant }: AffineField, factor: number): AffineField => ({
  linear: linear.map((row) => row.map((a) => a * factor)),
  center,
  constant: constant.map((a) => a * factor),
});
