/** Interaction energies of Gaussians: x - y ~ N(0, 2 S) for independent x, y. */
import type { GaussianMeasure, Interaction } from '@wasserflow/core';
import { matrixOf, symmetrise } from '@wasserflow/geometry';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Quadrature } from './quadrature.js';

const axesOf = ({ covariance }: GaussianMeasure) => {
  const spectrum = new EigenvalueDecomposition(matrixOf(covariance).mul(2), { assumeSymmetric: true });
  return { variances: spectrum.realEigenvalues.map((l) => Math.max(l, 0)), axes: spectrum.eigenvectorMatrix };
};

/** |z|^2 along the axes of 2 S. */
const squaredLength = (variances: readonly number[], squares: readonly number[]): number =>
  variances.reduce((sum, v, i) => sum + v * squares[i]!, 0);

/** E W(x - y) / 2, in nats: k tr(S) / 2 where W is quadratic. */
export function meanInteraction({ quadratic, at }: Interaction, mu: GaussianMeasure, rules: Quadrature): number {
  if (quadratic !== undefined) return (quadratic * matrixOf(mu.covariance).trace()) / 2;
  const { variances } = axesOf(mu);
  const { points, weights } = rules.squares(mu.mean.length);
  return points.reduce((sum, z2, i) => sum + weights[i]! * at(squaredLength(variances, z2)).value, 0) / 2;
}

/**
 * E Hess W(x - y), the linear part of x -> E grad W(x - y): k I where W is quadratic. By parts it is
 * U diag(E 2 f'(|z|^2) z_i^2 / v_i) U^T along the axes U of 2 S with variances v_i, so that no second derivative
 * is taken, and W may have a kink or a pole at zero.
 */
export function meanCurvature({ quadratic, at }: Interaction, mu: GaussianMeasure, rules: Quadrature): Matrix {
  const d = mu.mean.length;
  if (quadratic !== undefined) return Matrix.eye(d, d, quadratic);
  const { variances, axes } = axesOf(mu);
  const { points, weights } = rules.squares(d);
  const diagonal = variances.map(() => 0);
  for (const [i, z2] of points.entries()) {
    const slope = 2 * weights[i]! * at(squaredLength(variances, z2)).first;
    for (let k = 0; k < d; k++) diagonal[k]! += slope * z2[k]!;
  }
  return symmetrise(axes.clone().mulRowVector(diagonal).mmul(axes.transpose()));
}
