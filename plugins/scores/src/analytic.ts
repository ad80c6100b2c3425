import { defineScore, ensure, type ParticleMeasure, type ScoreEstimator } from '@wasserflow/core';
import { cholesky, logDeterminant, matrixOf, meanOf, placed, weightsOf } from '@wasserflow/geometry';
import { Matrix, type CholeskyDecomposition } from 'ml-matrix';
import type { NdArray } from '@wasserflow/tensor';

/** sum_i w_i z_i z_i^T of centred points `[n, d]`. */
function covarianceOf({ shape: [n = 0, d = 1], data }: NdArray, weights: Float64Array): number[][] {
  const S = Array.from({ length: d }, () => Array<number>(d).fill(0));
  for (let i = 0; i < n; i++)
    for (let k = 0; k < d; k++)
      for (let l = 0; l < d; l++) S[k]![l]! += weights[i]! * data[i * d + k]! * data[i * d + l]!;
  return S;
}

/** The cloud about its mean, and the Cholesky factors of its covariance. */
function fit(mu: ParticleMeasure): { centred: NdArray; factors: CholeskyDecomposition } {
  const weights = weightsOf(mu);
  const centred = placed(mu.points, meanOf(mu.points, weights));
  const factors = cholesky(matrixOf(covarianceOf(centred, weights)));
  ensure(
    factors,
    'E_NUMERICS',
    'the covariance of the points is singular or not finite, so that no Gaussian has it; use more points, or score `kde`',
  );
  return { centred, factors };
}

/**
 * The score of the Gaussian with the mean and the covariance of the cloud, x -> -S^-1 (x - m): exact where the law
 * behind the points is Gaussian, biased towards one elsewhere.
 *
 * @throws WasserflowError E_NUMERICS when the covariance is singular: fewer than d + 1 points, or points in a plane
 * @see wang2022accelerated
 */
export const analyticScore = (): ScoreEstimator => ({
  id: 'analytic',
  bias: 'exact for Gaussian laws only: the score is that of the Gaussian with the same moments',
  async negativeEntropy(mu) {
    const { centred, factors } = fit(mu);
    return -(centred.shape[1]! * (1 + Math.log(2 * Math.PI)) + logDeterminant(factors)) / 2;
  },
  async score(mu) {
    const { centred, factors } = fit(mu);
    const [n = 0, d = 1] = centred.shape;
    const z = Matrix.from1DArray(n, d, Array.from(centred.data)).transpose();
    const score = factors.solve(z).transpose().to1DArray();
    return { shape: [n, d], data: Float64Array.from(score, (v) => -v) };
  },
});

export const analyticDefinition = defineScore({
  id: 'analytic',
  title: 'Score of the Gaussian with the same moments (exact for Gaussian laws)',
  cite: ['wang2022accelerated'],
  create: analyticScore,
});
