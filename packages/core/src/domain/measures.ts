import type { NdArray } from '@wasserflow/tensor';

/** N(mean, covariance) in float64: mean `[d]`, covariance `[d, d]` by rows, symmetric positive definite. */
export interface GaussianMeasure {
  readonly mean: readonly number[];
  readonly covariance: readonly (readonly number[])[];
}

/** Points `[n, d]` with positive weights `[n]` that add up to one; equal weights where there are none. */
export interface ParticleMeasure {
  readonly points: NdArray;
  readonly weights?: NdArray;
}

/**
 * A law on the line by its quantile function Q = F^-1, nondecreasing, in float64:
 * `linear` - Q at the nodes u_i = i / n, i = 0..n, piecewise linear between them (a density constant on cells);
 * `atoms` - n atoms of mass 1 / n, in order.
 */
export interface QuantileMeasure {
  readonly kind: 'linear' | 'atoms';
  /** `[n + 1]` for `linear`, `[n]` for `atoms`. */
  readonly nodes: NdArray;
}

/** Masses of the equal cells of a box, `[nx]` or `[nx, ny]`, float64, adding up to one. */
export interface GridMeasure {
  readonly mass: NdArray;
  /** The corners of the box, `[d]`. */
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/** x -> linear (x - center) + constant: a Wasserstein gradient at a Gaussian centred at `center`. */
export interface AffineField {
  readonly linear: readonly (readonly number[])[];
  readonly center: readonly number[];
  readonly constant: readonly number[];
}
