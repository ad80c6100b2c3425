/** Draws by masses. */
import type { ParticleMeasure } from '@wasserflow/core';
import { takeRows, type NdArray, type Stream } from '@wasserflow/tensor';
import { weightsOf } from './clouds.js';

/** The first index with sums[i] > u, in running sums of masses. */
export function firstAbove(sums: Float64Array, u: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** `n` points `[n, d]` of a cloud drawn by their weights, with replacement. */
export function resampled(mu: ParticleMeasure, n: number, rng: Stream): NdArray {
  if (!mu.weights) return takeRows(mu.points, rng.integers(n, mu.points.shape[0]!));
  let total = 0;
  const sums = weightsOf(mu).map((w) => (total += w));
  const { data } = rng.uniform([n]);
  return takeRows(
    mu.points,
    Int32Array.from(data, (u) => firstAbove(sums, u * total)),
  );
}
