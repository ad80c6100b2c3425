/** Clouds of points with weights, as plain float64 numbers. */
import { ensure, type ParticleMeasure } from '@wasserflow/core';
import { ndarray, sizeOf, type NdArray } from '@wasserflow/tensor';

/** The weights of a cloud, `[n]`: 1 / n each where it has none. */
export function weightsOf({ points, weights }: ParticleMeasure): Float64Array {
  const n = points.shape[0]!;
  if (!weights) return new Float64Array(n).fill(1 / n);
  ensure(
    weights.data.length === n,
    'E_ARGUMENT',
    `a cloud of ${n} points has ${n} weights, but this one has ${weights.data.length}`,
  );
  return Float64Array.from(weights.data);
}

/** Whether all points weigh the same, up to rounding. */
export function equallyWeighted({ points, weights }: ParticleMeasure): boolean {
  const n = points.shape[0]!;
  return !weights || weights.data.every((w) => Math.abs(w * n - 1) < 1e-6);
}

/** The mean of points under weights, `[d]`. */
export function meanOf({ shape: [n = 0, d = 1], data }: NdArray, weights: Float64Array): Float64Array {
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let k = 0; k < d; k++) mean[k]! += weights[i]! * data[i * d + k]!;
  return mean;
}

/** factor * (points - center), in float64. */
export function placed({ shape, data }: NdArray, center: Float64Array, factor = 1): NdArray {
  const d = shape[1]!;
  return { shape, data: Float64Array.from(data, (v, i) => factor * (v - center[i % d]!)) };
}

/** The largest |x|^2 of points. */
export function largestSquare({ shape: [n = 0, d = 1], data }: NdArray): number {
  let largest = 0;
  for (let i = 0; i < n; i++) {
    let square = 0;
    for (let k = 0; k < d; k++) square += data[i * d + k]! ** 2;
    largest = Math.max(largest, square);
  }
  return largest;
}

/** |x_i - y_j|^2 in float64. */
export function squaredDistance(x: NdArray, i: number, y: NdArray, j: number): number {
  const d = x.shape[1]!;
  let sum = 0;
  for (let k = 0; k < d; k++) sum += (x.data[i * d + k]! - y.data[j * d + k]!) ** 2;
  return sum;
}

/** The columns w_i x_i and w_i, `[n, d + 1]`: what turns sums over points into weighted means. */
export function momentColumns({ shape: [n = 0, d = 1], data }: NdArray, weights: Float64Array): NdArray {
  const columns = new Float64Array(n * (d + 1));
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < d; k++) columns[i * (d + 1) + k] = weights[i]! * data[i * d + k]!;
    columns[i * (d + 1) + d] = weights[i]!;
  }
  return ndarray(columns, [n, d + 1]);
}

/** One number per row as a column `[n, 1]`. */
export const column = (values: Float64Array): NdArray => ndarray(values, [values.length, 1]);

/** @throws WasserflowError E_ARGUMENT when two clouds live on different spaces. */
export function sameDimension(x: NdArray, y: NdArray): void {
  const [, d] = x.shape;
  const [, e] = y.shape;
  ensure(d === e, 'E_ARGUMENT', `one cloud lives on R^${d}, the other on R^${e}; both have to live on the same space`);
}

export const pairsOf = (x: NdArray, y: NdArray): number => sizeOf([x.shape[0]!, y.shape[0]!]);
