import type { AffineField, GaussianMeasure } from '@wasserflow/core';
import { add, brenierMatrix, matrixOf } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import { fieldOf, squaredNorm } from './fields.js';
import { factorise } from './gaussian.js';

/** The Brenier map from mu to nu minus the identity: x -> (T - I)(x - m1) + m2 - m1. */
export function displacement(mu: GaussianMeasure, nu: GaussianMeasure): AffineField {
  factorise(mu); // a law without a density need not have a Brenier map
  const T = brenierMatrix(matrixOf(mu.covariance), matrixOf(nu.covariance));
  return fieldOf(T.sub(Matrix.eye(mu.mean.length)), mu.mean, add(nu.mean, mu.mean, -1));
}

/** W2^2 = tr((T - I) S1 (T - I)) + |m2 - m1|^2: never negative, exact where the measures are close. */
export const distance2 = (mu: GaussianMeasure, nu: GaussianMeasure): number => squaredNorm(displacement(mu, nu), mu);
