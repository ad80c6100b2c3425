import { gaussian } from '@wasserflow/targets';
import { stream } from '@wasserflow/tensor';
import { expect, test } from 'vitest';
import { ornsteinUhlenbeck } from '../src/measure.js';

test('the Ornstein-Uhlenbeck flow: mean e^-t m, covariance e^-2t S + (1 - e^-2t) I', () => {
  const n = 50_000;
  const t = 0.4;
  const x = gaussian({
    mean: [3, -1],
    covariance: [
      [2, 0.5],
      [0.5, 1],
    ],
  }).sample!(n, stream('x'));
  const y = Array.from(ornsteinUhlenbeck(x, t, stream('z')).data);
  const mean = [0, 1].map((j) => y.filter((_, i) => i % 2 === j).reduce((a, b) => a + b) / n);
  const product = (j: number, k: number) =>
    Array.from({ length: n }, (_, i) => (y[2 * i + j]! - mean[j]!) * (y[2 * i + k]! - mean[k]!)).reduce(
      (a, b) => a + b,
    ) / n;
  const [shrink, rest] = [Math.exp(-t), 1 - Math.exp(-2 * t)];
  // Standard errors are at most 0.006 for means and 0.01 for products; four of them.
  expect(Math.abs(mean[0]! - 3 * shrink)).toBeLessThan(0.025);
  expect(Math.abs(mean[1]! + shrink)).toBeLessThan(0.025);
  expect(Math.abs(product(0, 0) - (2 * shrink ** 2 + rest))).toBeLessThan(0.04);
  expect(Math.abs(product(0, 1) - 0.5 * shrink ** 2)).toBeLessThan(0.04);
});

test('for no time it changes nothing', () => {
  const x = stream('x').normal([5, 2]);
  expect(Array.from(ornsteinUhlenbeck(x, 0, stream('z')).data)).toEqual(Array.from(x.data));
});
