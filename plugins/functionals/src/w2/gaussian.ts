import type { AffineField, GaussianFacet, GaussianMeasure } from '@wasserflow/core';
import { brenierMatrix, congruence, dot } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import { lawOf, meanDifference, type GaussianLaw } from '../laws/gaussian-law.js';

/** x - T(x): (I - T)(x - m) + m - m2. */
function gradientOf(q: GaussianLaw, mu: GaussianMeasure): AffineField {
  const law = lawOf(mu);
  const T = brenierMatrix(law.covariance, q.covariance);
  return { linear: Matrix.sub(Matrix.eye(T.rows), T).to2DArray(), center: mu.mean, constant: meanDifference(law, q) };
}

/** |x - T(x)|^2 / 2 in L2(mu), which rounding cannot make negative. */
function valueOf(q: GaussianLaw, mu: GaussianMeasure): number {
  const { linear, constant } = gradientOf(q, mu);
  return (congruence(new Matrix(linear as number[][]), lawOf(mu).covariance).trace() + dot(constant, constant)) / 2;
}

/** The point t = gamma / (1 + gamma) of the geodesic from mu to q. */
function proxOf(q: GaussianLaw, mu: GaussianMeasure, gamma: number): GaussianMeasure {
  const t = gamma / (1 + gamma);
  const law = lawOf(mu);
  const T = brenierMatrix(law.covariance, q.covariance);
  const step = Matrix.add(Matrix.eye(T.rows, T.rows, 1 - t), Matrix.mul(T, t));
  const mean = mu.mean.map((m, i) => (1 - t) * m + t * q.mean[i]!);
  return { mean, covariance: congruence(step, law.covariance).to2DArray() };
}

/** W2^2(., q) / 2 between Gaussians, in closed form. */
export const w2OnGaussians = (q: GaussianLaw): GaussianFacet => ({
  value: (mu) => valueOf(q, mu),
  gradient: (mu) => gradientOf(q, mu),
  prox: (mu, gamma) => proxOf(q, mu, gamma),
});
