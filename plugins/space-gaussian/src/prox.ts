import type { EnergyTerms, GaussianMeasure, ProxResult } from '@wasserflow/core';
import { Matrix } from 'ml-matrix';
import { energyGradient, energyValue, quadraticEnergy, type QuadraticEnergy } from './energy.js';
import { squaredNorm } from './fields.js';
import { defectOf, failed, gaussian } from './gaussian.js';
import {
  add,
  apply,
  congruence,
  inverseSquareRoot,
  matrixOf,
  smallestEigenvalue,
  spectral,
} from '@wasserflow/geometry';

/**
 * The exact JKO step from N(m, S) for G = a H + int V + (k / 4) int int |x - y|^2 + constant,
 * V(x) = (x - c)^T P (x - c) / 2, a >= 0: the minimiser over all measures is N(m', S') with M = I + gamma (P + k I),
 *
 * m' = (I + gamma P)^-1 (m + gamma P c),  C = M^(-1/2) S M^(-1/2),
 * S' = M^(-1/2) [C + 2 a gamma I + (C^2 + 4 a gamma C)^(1/2)] / 2 M^(-1/2).
 *
 * P and S need not commute. With a = 0 it is the push-forward under the proximal map of V, with P = 0 the step
 * of the entropy alone. For a > 0, S may be singular. Undefined where the terms have another form.
 *
 * @param gamma - step size, length^2 per nat
 * @returns status `non-finite` when gamma is too large for an energy that is not convex, or numbers overflow
 * @see jordan1998variational, diao2023forward
 */
export function proxOfEnergy(
  terms: EnergyTerms,
  mu: GaussianMeasure,
  gamma: number,
): ProxResult<GaussianMeasure> | undefined {
  const known = quadraticEnergy(terms, mu.mean.length);
  if (known === undefined) return undefined;
  const obstacle = unsolvable(mu, known, gamma);
  return obstacle === undefined ? certified(terms, mu, closedForm(mu, known, gamma), gamma) : failed(mu, obstacle);
}

/** I + gamma (P + k I). */
const stiffness = (P: Matrix, k: number, gamma: number): Matrix =>
  Matrix.eye(P.rows, P.rows, 1 + gamma * k).add(Matrix.mul(P, gamma));

function closedForm(mu: GaussianMeasure, known: QuadraticEnergy, gamma: number): GaussianMeasure {
  const { entropy, quadratic, attraction } = known;
  const P = matrixOf(quadratic.precision);
  const root = inverseSquareRoot(stiffness(P, attraction, gamma));
  const shift = entropy * gamma;
  const stretched = spectral(congruence(root, matrixOf(mu.covariance)), (l) => stretch(Math.max(l, 0), shift));
  const pull = add(mu.mean, apply(P, quadratic.center), gamma);
  const mean = apply(
    spectral(stiffness(P, 0, gamma), (l) => 1 / l),
    pull,
  );
  return gaussian(mean, congruence(root, stretched));
}

/** The root y >= shift of y + shift^2 / y = c + 2 shift. */
const stretch = (c: number, shift: number): number => (c + 2 * shift + Math.sqrt(c * (c + 4 * shift))) / 2;

function unsolvable(mu: GaussianMeasure, known: QuadraticEnergy, gamma: number): string | undefined {
  const { quadratic, attraction } = known;
  // The mean feels P alone, the spread P + k I: the stiffness of both is least with the negative part of k.
  const M = stiffness(matrixOf(quadratic.precision), Math.min(attraction, 0), gamma);
  const numbers = [...mu.mean, ...mu.covariance.flat(), ...M.to1DArray()];
  if (!numbers.every(Number.isFinite))
    return `the proximal step of size ${gamma} starts from numbers that are not finite`;
  const smallest = smallestEigenvalue(M);
  if (smallest > 0) return undefined;
  const limit = gamma / (1 - smallest);
  const culprit = attraction < 0 ? 'the potential with the interaction' : 'the potential';
  return `no minimiser exists for step size ${gamma}: ${culprit} is not convex; use a size below ${limit}`;
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
