import type { NdArray, Stream } from '@wasserflow/tensor';
import type { Rows } from './covariance.js';

/** A Gaussian as its mean and the Cholesky factor of its covariance. */
export interface GaussianFactor {
  readonly mean: readonly number[];
  readonly lower: Rows;
}

/** `n` draws x = m + L z, `[n, d]`; row i is of the Gaussian that `which(i)` returns. */
export function drawGaussians(
  n: number,
  dimension: number,
  which: (i: number) => GaussianFactor,
  rng: Stream,
): NdArray {
  const z = rng.normal([n, dimension]).data;
  const data = new Float64Array(n * dimension);
  for (let i = 0; i < n; i++) {
    const { mean, lower } = which(i);
    for (let j = 0; j < dimension; j++) {
      let x = mean[j]!;
      for (let k = 0; k <= j; k++) x += lower[j]![k]! * z[i * dimension + k]!;
      data[i * dimension + j] = x;
    }
  }
  return { shape: [n, dimension], data };
}
