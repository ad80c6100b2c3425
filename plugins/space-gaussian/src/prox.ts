import type { EnergyTerms, GaussianMeasure, ProxResult } from '@wasserflow/core';
import { Matrix } from 'ml-matrix';
import { energyGradient, energyValue, quadraticOf, squaredNorm } from './energy.js';
import { defectOf, gaussian } from './gaussian.js';
import {
  add,
  apply,
  congruence,
  inverseSquareRoot,
  matrixOf,
  smallestEigenvalue,
  spectral,
} from '@wasserflow/geometry';

const failed = (measure: GaussianMeasure, message: string): ProxResult<GaussianMeasure> => ({
  measure,
  status: 'non-finite',
  message,
});

/**
 * The exact JKO step from N(m, S) for G = a H + int V + constant, V(x) = (x - c)^T P (x - c) / 2, a >= 0:
 * the minimiser over all measures is N(m', S') with M = I + gamma P,
 *
 * m' = M^-1 (m + gamma P c),  C = M^(-1/2) S M^(-1/2),
 * S' = M^(-1/2) [C + 2 a gamma I + (C^2 + 4 a gamma C)^(1/2)] / 2 M^(-1/2).
 *
 * M and S need not commute. With a = 0 it is the push-forward under the proximal map of V, with P = 0 the step
 * of the entropy alone. For a > 0, S may be singular.
 *
 * @param gamma - step size, length^2 per nat
 * @returns status `non-finite` when gamma is too large for a V that is not convex, or numbers overflow
 * @see jordan1998variational, diao2023forward
 */
export function proxOfEnergy(terms: EnergyTerms, mu: GaussianMeasure, gamma: number): ProxResult<GaussianMeasure> {
  const d = mu.mean.length;
  const { precision, center } = quadraticOf(terms, d);
  const P = matrixOf(precision);
  const M = Matrix.eye(d).add(Matrix.mul(P, gamma));
  const obstacle = unsolvable(mu, M, gamma);
  if (obstacle !== undefined) return failed(mu, obstacle);
  const root = inverseSquareRoot(M);
  const shift = terms.entropy * gamma;
  const stretched = spectral(congruence(root, matrixOf(mu.covariance)), (l) => stretch(Math.max(l, 0), shift));
  const mean = apply(root.mmul(root), add(mu.mean, apply(P, center), gamma));
  return certified(terms, mu, gaussian(mean, congruence(root, stretched)), gamma);
}

/** The root y >= shift of y + shift^2 / y = c + 2 shift. */
const stretch = (c: number, shift: number): number => (c + 2 * shift + Math.sqrt(c * (c + 4 * shift))) / 2;

function unsolvable(mu: GaussianMeasure, M: Matrix, gamma: number): string | undefined {
  const numbers = [...mu.mean, ...mu.covariance.flat(), ...M.to1DArray()];
  if (!numbers.every(Number.isFinite))
    return `the proximal step of size ${gamma} starts from numbers that are not finite`;
  const smallest = smallestEigenvalue(M);
  if (smallest > 0) return undefined;
  const limit = gamma / (1 - smallest);
  return `no minimiser exists for step size ${gamma}: the potential is not convex; use a size below ${limit}`;
}

/**
 * The result with its objective. By the first-order condition the Brenier map back is id + gamma grad G(nu),
 * so W2^2 = gamma^2 |grad G(nu)|^2: exact where the usual trace formula cancels.
 */
function certified(
  terms: EnergyTerms,
  mu: GaussianMeasure,
  nu: GaussianMeasure,
  gamma: number,
): ProxResult<GaussianMeasure> {
  const defect = defectOf(nu);
  if (defect !== undefined) return failed(mu, `after a proximal step of size ${gamma} ${defect}`);
  const moved2 = gamma ** 2 * squaredNorm(energyGradient(terms, nu), nu);
  return { measure: nu, status: 'ok', moved2, objective: energyValue(terms, nu) + moved2 / (2 * gamma) };
}
