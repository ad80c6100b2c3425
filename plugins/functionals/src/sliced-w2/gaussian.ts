import type { AffineField, GaussianFacet, GaussianMeasure } from '@wasserflow/core';
import { apply, dot, matrixOf } from '@wasserflow/geometry';
import type { Matrix } from 'ml-matrix';
import type { Directions } from './directions.js';
import { affineGradient, lawOf, meanDifference, outer, type GaussianLaw } from '../laws/gaussian-law.js';

/** sqrt(theta^T S theta): the spread along theta. */
export const spread = (S: Matrix, theta: readonly number[]): number => Math.sqrt(dot(theta, apply(S, theta)));

/** mean over theta of (theta . dm)^2 + (s - s2)^2, halved. */
function gaussianValue(q: GaussianLaw, directions: Directions, mu: GaussianMeasure): number {
  const law = lawOf(mu);
  const dm = meanDifference(law, q);
  const square = (theta: readonly number[]): number =>
    dot(theta, dm) ** 2 + (spread(law.covariance, theta) - spread(q.covariance, theta)) ** 2;
  return directions.reduce((sum, theta) => sum + square(theta), 0) / (2 * directions.length);
}

/** mean over theta of weight(theta) theta theta^T. */
function meanOuter(directions: Directions, weight: (theta: readonly number[]) => number): Matrix {
  const sum = matrixOf(directions[0]!.map((_, __, own) => own.map(() => 0)));
  for (const theta of directions) sum.add(outer(theta).mul(weight(theta) / directions.length));
  return sum;
}

/** dF/dm = mean theta (theta . dm), dF/dS = mean (1 - s2 / s) theta theta^T / 2. */
function gaussianGradient(q: GaussianLaw, directions: Directions, mu: GaussianMeasure): AffineField {
  const law = lawOf(mu);
  const excess = (theta: readonly number[]): number => 1 - spread(q.covariance, theta) / spread(law.covariance, theta);
  const byMean = apply(
    meanOuter(directions, () => 1),
    meanDifference(law, q),
  );
  return affineGradient(
    law,
    byMean,
    meanOuter(directions, (theta) => excess(theta) / 2),
  );
}

/** The mean over these directions of W2^2 / 2 between projected Gaussians, in closed form. */
export const slicedW2OnGaussians = (q: GaussianLaw, directions: Directions): GaussianFacet => ({
  value: (mu) => gaussianValue(q, directions, mu),
  gradient: (mu) => gaussianGradient(q, directions, mu),
});
