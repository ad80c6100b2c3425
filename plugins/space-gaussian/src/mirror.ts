import {
  ensure,
  type AffineField,
  type EnergyTerms,
  type GaussianMeasure,
  type ProxResult,
  type Quadratic,
} from '@wasserflow/core';
import { add, apply, cholesky, congruence, dot, matrixOf } from '@wasserflow/geometry';
import { determinant, inverse } from 'ml-matrix';
import { inner, valueAt } from './fields.js';
import { defectOf, failed, gaussian } from './gaussian.js';

/**
 * grad_W of a H at N(m', S') is -a S'^-1 (y - m'), so that for v(x) = L (x - m) the map is B = -a L^-T S^-1 and
 * S' = B S B^T = a^2 (L S L^T)^-1. Every m' will do; the mean stays.
 */
function entropyStep(a: number, mu: GaussianMeasure, v: AffineField): GaussianMeasure | string {
  const constant = valueAt(v, mu.mean);
  const size = Math.sqrt(inner(mu, v, v));
  ensure(
    dot(constant, constant) <= (1e-10 * size) ** 2,
    'E_UNSUPPORTED',
    `the mirror map \`entropy\` cannot move a mean, and the mean of this measure has to move: the gradient of the entropy has no constant part. Start at the mean of the target, or use a quadratic potential energy as mirror map`,
  );
  const L = matrixOf(v.linear);
  if (determinant(L) === 0) return 'its linear part is singular';
  return gaussian(mu.mean, inverse(congruence(L, matrixOf(mu.covariance))).mul(a * a));
}

/** grad_W of int V drho is P (y - c): T(x) = c + P^-1 v(x). */
function quadraticStep({ precision, center }: Quadratic, mu: GaussianMeasure, v: AffineField): GaussianMeasure {
  const P = matrixOf(precision);
  ensure(
    cholesky(P),
    'E_ARGUMENT',
    'a quadratic potential energy as mirror map has to be strictly convex: its precision is not positive definite',
  );
  const back = inverse(P);
  const mean = add(center, apply(back, valueAt(v, mu.mean)));
  return gaussian(mean, congruence(back.mmul(matrixOf(v.linear)), matrixOf(mu.covariance)));
}

/**
 * The T_# mu with grad_W phi(T_# mu) o T = v, T affine: one step in the dual of the mirror map phi, which is the
 * entropy (S'^-1 = L S L^T / a^2, zero means) or a quadratic potential energy (preconditioned gradient descent).
 *
 * @param phi - terms: a H with a > 0, or int V drho with strictly convex quadratic V
 * @returns status `non-finite` where no density solves it
 * @throws WasserflowError E_UNSUPPORTED when the entropy would have to move the mean
 * @see bonet2024mirror
 */
export function mirrorStep(phi: EnergyTerms, mu: GaussianMeasure, v: AffineField): ProxResult<GaussianMeasure> {
  const finite = [...v.constant, ...v.linear.flat()].every(Number.isFinite);
  if (!finite || defectOf(mu) !== undefined) return failed(mu, 'the dual step starts from numbers that are not finite');
  const quadratic = phi.potential?.quadratic;
  const nu = quadratic ? quadraticStep(quadratic, mu, v) : entropyStep(phi.entropy, mu, v);
  const defect = typeof nu === 'string' ? nu : defectOf(nu);
  if (defect !== undefined || typeof nu === 'string')
    return failed(mu, `the dual step has no solution that is a density: ${defect}`);
  return { measure: nu, status: 'ok' };
}
