import type { AffineField, GaussianFacet, GaussianMeasure } from '@wasserflow/core';
import { add, congruence, dot, logDeterminant, spectral, squareRoot } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import { factorise, lawOf, meanDifference, type GaussianLaw } from '../laws/gaussian-law.js';

/** (4 A^(1/2) B A^(1/2) + s^4 I)^(1/2), with s^2 = eps / 2. */
const rootOf = (A: Matrix, B: Matrix, epsilon: number): Matrix =>
  spectral(congruence(squareRoot(A), B), (l) => Math.sqrt(4 * Math.max(l, 0) + epsilon ** 2 / 4));

/** OT_eps between centred Gaussians with cost |x - y|^2: tr(A + B - D) + d s^2 (1 - log 2 s^2) + s^2 log|D + s^2 I|. */
function costOf(A: Matrix, B: Matrix, epsilon: number): number {
  const D = rootOf(A, B, epsilon);
  const [d, s2] = [A.rows, epsilon / 2];
  const volume = logDeterminant(factorise(Matrix.add(D, Matrix.eye(d, d, s2))));
  return A.trace() + B.trace() - D.trace() + d * s2 * (1 - Math.log(epsilon)) + s2 * volume;
}

/** The slope of E[Y | x] under the plan: A^(-1/2) D A^(-1/2) / 2 - s^2 A^-1 / 2. */
export function conditionalSlope(A: Matrix, B: Matrix, epsilon: number): Matrix {
  const inverseRoot = spectral(A, (l) => 1 / Math.sqrt(l));
  const centred = Matrix.sub(rootOf(A, B, epsilon), Matrix.eye(A.rows, A.rows, epsilon / 2));
  return congruence(inverseRoot, centred).mul(1 / 2);
}

function valueOf(q: GaussianLaw, epsilon: number, mu: GaussianMeasure): number {
  const { mean, covariance: A } = lawOf(mu);
  const dm = add(mean, q.mean, -1);
  const B = q.covariance;
  const own = (costOf(A, A, epsilon) + costOf(B, B, epsilon)) / 2;
  return (dot(dm, dm) + costOf(A, B, epsilon) - own) / 2;
}

/** T_mu,mu - T_mu,q: barycentric maps of the two plans. */
function gradientOf(q: GaussianLaw, epsilon: number, mu: GaussianMeasure): AffineField {
  const law = lawOf(mu);
  const A = law.covariance;
  const linear = Matrix.sub(conditionalSlope(A, A, epsilon), conditionalSlope(A, q.covariance, epsilon));
  return { linear: linear.to2DArray(), center: mu.mean, constant: meanDifference(law, q) };
}

/**
 * The debiased Sinkhorn divergence between Gaussians, halved, in closed form.
 * @see janati2020entropic
 */
export const sinkhornOfGaussians = (q: GaussianLaw, epsilon: number): GaussianFacet => ({
  value: (mu) => valueOf(q, epsilon, mu),
  gradient: (mu) => gradientOf(q, epsilon, mu),
});
