import type { NdArray } from '@wasserflow/tensor';

/** N(mean, covariance) in float64: mean `[d]`, covariance `[d, d]` by rows, symmetric positive definite. */
export interface GaussianMeasure {
  readonly mean: readonly number[];
  readonly covariance: readonly (readonly number[])[];
}

/** Equally weighted points `[n, d]`. */
export interface ParticleMeasure {
  readonly points: NdArray;
}

/** x -> linear (x - center) + constant: a Wasserstein gradient at a Gaussian centred at `center`. */
export interface AffineField {
  readonly linear: readonly (readonly number[])[];
  readonly center: readonly number[];
  readonly constant: readonly number[];
}
