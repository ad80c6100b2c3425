import { WasserflowError, ensure, type GaussianMeasure } from '@wasserflow/core';
import {
  add,
  brenierMatrix,
  congruence,
  inverseSquareRoot,
  matrixOf,
  smallestEigenvalue,
  squareRoot,
} from '@wasserflow/geometry';
import { EigenvalueDecomposition, Matrix, SVD } from 'ml-matrix';
import { factorise, gaussian } from './gaussian.js';

const MOST_ITERATIONS = 50_000;

/** argmin over Y of |Y - X|^2 / 2 + threshold |Y|_*, the nuclear norm: singular values shrink. */
function shrink(X: Matrix, threshold: number): Matrix {
  const { leftSingularVectors: U, rightSingularVectors: V, diagonal } = new SVD(X);
  return U.mulRowVector(diagonal.map((s) => Math.max(s - threshold, 0))).mmul(V.transpose());
}

/**
 * X = S0^(1/2) B S1^(1/2) of the best map B from mu1, by accelerated proximal gradient: with K = S0^(-1/2) S1^(1/2)
 * the objective is, up to a constant and the factor 2 / (t (t - 1)),
 *
 * tr(S0^-1 X X^T) / 2 - t tr(K^T X) + (t - 1) |X|_*.
 * @see beck2009fast
 */
function bestCross(S0: Matrix, S1: Matrix, t: number): Matrix {
  const spectrum = new EigenvalueDecomposition(S0, { assumeSymmetric: true }).realEigenvalues;
  const [least, most] = [Math.min(...spectrum), Math.max(...spectrum)];
  const inverseRoot = inverseSquareRoot(S0);
  const [precision, pull] = [inverseRoot.mmul(inverseRoot), inverseRoot.mmul(squareRoot(S1)).mul(t)];
  const momentum = (Math.sqrt(most) - Math.sqrt(least)) / (Math.sqrt(most) + Math.sqrt(least));
  let X = squareRoot(S0).mmul(squareRoot(S1));
  let Y = X;
  const goal = 1e-14 * X.norm();
  for (let i = 0; i < MOST_ITERATIONS; i++) {
    const next = shrink(Matrix.sub(Y, precision.mmul(Y).sub(pull).mul(least)), (t - 1) * least);
    const [step, change] = [Matrix.sub(next, Y), Matrix.sub(next, X)];
    if (Math.max(step.norm(), change.norm()) <= goal) return next;
    Y = Matrix.add(next, change.mul(momentum));
    X = next;
  }
  throw new WasserflowError(
    'E_NUMERICS',
    `the extrapolation to t = ${t} did not come out in ${MOST_ITERATIONS} iterations: the covariance is too ill-conditioned (${(most / least).toPrecision(2)})`,
  );
}

/**
 * The metric extrapolation of mu0 -> mu1 to t > 1: argmin over rho of W2^2(mu1, rho) / (t - 1) - W2^2(mu0, rho) / t.
 *
 * With T the Brenier map from mu0 to mu1 it is the geodesic ((1 - t) id + t T)_# mu0 as long as (1 - t) I + t T >= 0.
 * Beyond, the geodesic has hit the boundary: the problem, which is strongly convex in the map from mu1, is solved to
 * rounding, and the result has no density (in one dimension it is a point).
 *
 * @throws WasserflowError E_ARGUMENT unless t > 1, and when a measure has no density
 * @see gallouet2024geodesic
 */
export function extrapolate(mu0: GaussianMeasure, mu1: GaussianMeasure, t: number): GaussianMeasure {
  ensure(t > 1 && Number.isFinite(t), 'E_ARGUMENT', `an extrapolation goes to a finite t above 1, but got ${t}`);
  for (const mu of [mu0, mu1]) factorise(mu);
  const [S0, S1] = [matrixOf(mu0.covariance), matrixOf(mu1.covariance)];
  const mean = add(mu0.mean, add(mu1.mean, mu0.mean, -1), t);
  const map = brenierMatrix(S0, S1)
    .mul(t)
    .add(Matrix.eye(S0.rows, S0.rows, 1 - t));
  if (smallestEigenvalue(map) >= 0) return gaussian(mean, congruence(map, S0));
  const X = bestCross(S0, S1, t);
  return gaussian(mean, congruence(inverseSquareRoot(S0), X.mmul(X.transpose())));
}
