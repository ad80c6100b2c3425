import { ensure } from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';

export type Estimator = 'unbiased' | 'biased';

function squaredDistance(x: NdArray, i: number, y: NdArray, j: number): number {
  const d = x.shape[1]!;
  let sum = 0;
  for (let k = 0; k < d; k++) sum += (x.data[i * d + k]! - y.data[j * d + k]!) ** 2;
  return sum;
}

/** The sum of exp(-|x_i - y_j|^2 / (2 h^2)) over all i, and over the j below `columns(i)`. */
function kernelSum(x: NdArray, y: NdArray, bandwidth: number, columns: (i: number) => number): number {
  const scale = -1 / (2 * bandwidth ** 2);
  let total = 0;
  for (let i = 0; i < x.shape[0]!; i++) {
    const end = columns(i);
    let row = 0;
    for (let j = 0; j < end; j++) row += Math.exp(scale * squaredDistance(x, i, y, j));
    total += row;
  }
  return total;
}

/** E k(X, X'): over pairs of different draws (unbiased), or over all n^2 with the diagonal of ones. */
function meanWithin(x: NdArray, bandwidth: number, estimator: Estimator): number {
  const n = x.shape[0]!;
  const twice = 2 * kernelSum(x, x, bandwidth, (i) => i);
  return estimator === 'unbiased' ? twice / (n * (n - 1)) : (twice + n) / n ** 2;
}

/**
 * MMD^2 between two laws from independent draws, E k(X,X') + E k(Y,Y') - 2 E k(X,Y), with the Gaussian kernel
 * k(x, y) = exp(-|x - y|^2 / (2 h^2)). In float64, memory O(1), time O((n + m)^2 d).
 *
 * `unbiased` is the U-statistic, which can be negative; `biased` is the V-statistic, MMD^2 between the two
 * clouds themselves, too large by (1 - E k(X,X'))/n + (1 - E k(Y,Y'))/m on average.
 *
 * @param x - draws, [n, d], n >= 2
 * @param y - draws, [m, d], m >= 2
 * @param bandwidth - h > 0, a length
 * @throws WasserflowError E_ARGUMENT when dimensions differ, or there are fewer than two draws.
 * @see gretton2012kernel
 */
export function squaredMmd(x: NdArray, y: NdArray, bandwidth: number, estimator: Estimator): number {
  const [n = 0, d] = x.shape;
  const [m = 0, e] = y.shape;
  ensure(d === e, 'E_ARGUMENT', `MMD compares draws of one dimension, but got ${d} and ${e}`);
  ensure(n > 1 && m > 1, 'E_ARGUMENT', `MMD needs at least two draws of each law, but got ${n} and ${m}`);
  const across = kernelSum(x, y, bandwidth, () => m) / (n * m);
  return meanWithin(x, bandwidth, estimator) + meanWithin(y, bandwidth, estimator) - 2 * across;
}
