/** G(rho) = a int rho log rho + int V drho + constant with quadratic V, on Gaussians. */
import { ensure, type AffineField, type EnergyTerms, type GaussianMeasure, type Quadratic } from '@wasserflow/core';
import { Matrix } from 'ml-matrix';
import { factorise } from './gaussian.js';
import { add, apply, dot, logDeterminant, matrixOf, traceOfProduct } from '@wasserflow/geometry';

/**
 * V as data; zero where there is none.
 * @throws WasserflowError E_UNSUPPORTED when V is not quadratic.
 */
export function quadraticOf({ potential }: EnergyTerms, dimension: number): Quadratic {
  if (potential === undefined)
    return { precision: Matrix.zeros(dimension, dimension).to2DArray(), center: Array(dimension).fill(0), constant: 0 };
  const { quadratic } = potential;
  ensure(quadratic, 'E_UNSUPPORTED', 'on Gaussians a potential has to be quadratic');
  ensure(
    quadratic.center.length === dimension,
    'E_ARGUMENT',
    `the potential lives on R^${quadratic.center.length}, but the measure on R^${dimension}`,
  );
  return quadratic;
}

/** int rho log rho = -(d (1 + log 2 pi) + log|S|) / 2, in nats. */
export const negativeEntropy = (mu: GaussianMeasure): number =>
  -(mu.mean.length * (1 + Math.log(2 * Math.PI)) + logDeterminant(factorise(mu))) / 2;

/** int V drho = (tr(P S) + (m - c)^T P (m - c)) / 2 + constant. */
function meanPotential({ precision, center, constant }: Quadratic, mu: GaussianMeasure): number {
  const P = matrixOf(precision);
  const offset = add(mu.mean, center, -1);
  return (traceOfProduct(P, matrixOf(mu.covariance)) + dot(offset, apply(P, offset))) / 2 + constant;
}

/** G(mu), in nats. */
export function energyValue(terms: EnergyTerms, mu: GaussianMeasure): number {
  const potential = meanPotential(quadraticOf(terms, mu.mean.length), mu);
  return (terms.entropy === 0 ? 0 : terms.entropy * negativeEntropy(mu)) + potential + terms.constant;
}

/** The Wasserstein gradient grad V + a grad log rho: x -> (P - a S^-1)(x - m) + P (m - c). */
export function energyGradient(terms: EnergyTerms, mu: GaussianMeasure): AffineField {
  const { precision, center } = quadraticOf(terms, mu.mean.length);
  const P = matrixOf(precision);
  return {
    linear: (terms.entropy === 0 ? P : Matrix.sub(P, scaledInverse(mu, terms.entropy))).to2DArray(),
    center: mu.mean,
    constant: apply(P, add(mu.mean, center, -1)),
  };
}

/** a S^-1. */
const scaledInverse = (mu: GaussianMeasure, a: number): Matrix =>
  factorise(mu).solve(Matrix.eye(mu.mean.length, mu.mean.length, a));

/** |v|^2 in L2(mu): tr(L S L^T) + |L (m - c) + k|^2. */
export function squaredNorm({ linear, center, constant }: AffineField, mu: GaussianMeasure): number {
  const L = matrixOf(linear);
  const atMean = add(apply(L, add(mu.mean, center, -1)), constant);
  return traceOfProduct(L.mmul(matrixOf(mu.covariance)), L) + dot(atMean, atMean);
}
