import { ensure, type AffineField, type EnergyTerms, type GaussianMeasure } from '@wasserflow/core';
import { add, apply, cholesky, congruence, matrixOf } from '@wasserflow/geometry';
import { Matrix, inverse } from 'ml-matrix';
import { energyGradient, quadraticEnergy } from './energy.js';
import { combine } from './fields.js';
import { gaussian } from './gaussian.js';

/**
 * The regularised Wasserstein proximal point of mu = N(m, S) for V(x) = (x - c)^T P (x - c) / 2 and entropy of
 * weight a: rho_T(x) = int K(x, y) dmu(y) with K(., y) proportional to exp(-(V(x) + |x - y|^2 / (2 T)) / (2 a)), that is
 * N(M (m + T P c), M S M + 2 a T M), M = (I + T P)^-1.
 *
 * @throws WasserflowError E_ARGUMENT unless T > 0 and I + T P > 0, E_UNSUPPORTED for terms of another form
 * @see li2023kernel
 */
export function regularizedProx(terms: EnergyTerms, mu: GaussianMeasure, T: number): GaussianMeasure {
  const d = mu.mean.length;
  const known = quadraticEnergy(terms, d);
  ensure(
    known && known.attraction === 0,
    'E_UNSUPPORTED',
    'the regularised proximal point needs a quadratic potential',
  );
  const P = matrixOf(known.quadratic.precision);
  const stiff = Matrix.eye(d).add(Matrix.mul(P, T));
  ensure(
    T > 0 && cholesky(stiff),
    'E_ARGUMENT',
    `the regularised proximal point has no kernel for T = ${T}: it needs T > 0 and I + T P positive definite, P the precision of the potential`,
  );
  const M = inverse(stiff);
  const mean = apply(M, add(mu.mean, apply(P, known.quadratic.center), T));
  return gaussian(mean, congruence(M, matrixOf(mu.covariance)).add(Matrix.mul(M, 2 * known.entropy * T)));
}

/**
 * grad V + a grad log rho_T, rho_T the regularised proximal point of mu: x -> P (x - c) - a S_T^-1 (x - m_T). Its
 * fixed points are biased: variance (1 - T^2 l^2) a / l along an eigenvector of P with eigenvalue l.
 * @see tan2024noise
 */
export function regularizedGradient(terms: EnergyTerms, mu: GaussianMeasure, T: number): AffineField {
  const { entropy, ...rest } = terms;
  const score = energyGradient({ entropy, constant: 0 }, regularizedProx(terms, mu, T));
  return combine([
    { weight: 1, of: energyGradient({ ...rest, entropy: 0 }, mu) },
    { weight: 1, of: score },
  ]);
}
