/** Gaussian measures as data: construction, validation, density, draws. */
import { ensure, type Distribution, type GaussianMeasure, type ProxResult } from '@wasserflow/core';
import type { NdArray, Stream } from '@wasserflow/tensor';
import { Matrix, type CholeskyDecomposition } from 'ml-matrix';
import { cholesky, logDeterminant, matrixOf, symmetrise } from '@wasserflow/geometry';

export const gaussian = (mean: readonly number[], covariance: Matrix): GaussianMeasure => ({
  mean,
  covariance: symmetrise(covariance).to2DArray(),
});

/** A solve that came to nothing keeps the measure. */
export const failed = (measure: GaussianMeasure, message: string): ProxResult<GaussianMeasure> => ({
  measure,
  status: 'non-finite',
  message,
});

const isFinite = ({ mean, covariance }: GaussianMeasure): boolean =>
  mean.every(Number.isFinite) && covariance.every((row) => row.every(Number.isFinite));

/** Why mu has no density, or is no Gaussian at all; undefined where all is well. */
export function defectOf(mu: GaussianMeasure): string | undefined {
  if (!isFinite(mu)) return 'the mean or the covariance is not finite';
  return cholesky(matrixOf(mu.covariance)) ? undefined : 'the covariance is not positive definite';
}

/**
 * The Cholesky factors of mu's covariance.
 * @throws WasserflowError E_ARGUMENT when mu has no density.
 */
export function factorise(mu: GaussianMeasure): CholeskyDecomposition {
  const factors = isFinite(mu) ? cholesky(matrixOf(mu.covariance)) : undefined;
  ensure(factors, 'E_ARGUMENT', () => `this Gaussian has no density: ${defectOf(mu)}`);
  return factors;
}

function checkShape({ mean, covariance }: GaussianMeasure, id: string): void {
  const d = mean.length;
  const square = covariance.length === d && covariance.every((row) => row.length === d);
  ensure(
    d > 0 && square,
    'E_ARGUMENT',
    `the covariance of \`${id}\` has to be ${d} by ${d}, as its mean has length ${d}`,
  );
  // A covariance that was computed is symmetric up to rounding; one that was mistyped is not.
  const rounding = 1e-12 * Math.max(...covariance.flat().map(Math.abs));
  const skew = covariance.findIndex((row, i) => row.some((a, j) => Math.abs(a - covariance[j]![i]!) > rounding));
  ensure(skew < 0, 'E_ARGUMENT', `the covariance of \`${id}\` is not symmetric in row ${skew + 1}`);
}

/**
 * The law as a Gaussian measure.
 * @throws WasserflowError E_UNSUPPORTED when it is not Gaussian, E_ARGUMENT when its covariance is not
 * symmetric positive definite.
 */
export function gaussianOf({ id, gaussian: mu }: Distribution): GaussianMeasure {
  ensure(
    mu,
    'E_UNSUPPORTED',
    `space \`gaussian\` holds Gaussian laws only, and \`${id}\` is not one; use the distribution \`gaussian\`, or space \`particles\` or \`flow\``,
  );
  checkShape(mu, id);
  const defect = defectOf(mu);
  ensure(defect === undefined, 'E_ARGUMENT', `\`${id}\` is no Gaussian with a density: ${defect}`);
  return gaussian(mu.mean, matrixOf(mu.covariance));
}

/** `n` draws from mu, `[n, d]` in float64. */
export function draw(mu: GaussianMeasure, n: number, rng: Stream): NdArray {
  const d = mu.mean.length;
  const z = Matrix.from1DArray(n, d, Array.from(rng.normal([n, d]).data));
  const x = z.mmul(factorise(mu).lowerTriangularMatrix.transpose()).addRowVector(mu.mean as number[]);
  return { shape: [n, d], data: Float64Array.from(x.to1DArray()) };
}

/** log density of mu at points `x`, `[n, d]`, as n numbers, in nats per volume. */
export function logDensity(mu: GaussianMeasure, x: NdArray): Float64Array {
  const [n = 0, d = 0] = x.shape;
  ensure(d === mu.mean.length, 'E_ARGUMENT', `points have dimension ${d}, but the Gaussian ${mu.mean.length}`);
  const factors = factorise(mu);
  const centred = Matrix.from1DArray(n, d, Array.from(x.data))
    .subRowVector(mu.mean as number[])
    .transpose();
  const mahalanobis2 = Matrix.mul(centred, factors.solve(centred)).sum('column');
  const constant = d * Math.log(2 * Math.PI) + logDeterminant(factors);
  return Float64Array.from(mahalanobis2, (q) => -(constant + q) / 2);
}
