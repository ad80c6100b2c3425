import { squaredMmd } from '@wasserflow/meters';
import { fromRows, ndarray, stream, toRows, type NdArray, type Stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

const kernel = (x: number[], y: number[], h: number): number =>
  Math.exp(-x.reduce((s, v, k) => s + (v - y[k]!) ** 2, 0) / (2 * h * h));

/** The average of k over all pairs that `keep` keeps. */
function average(x: number[][], y: number[][], h: number, keep: (i: number, j: number) => boolean): number {
  const values = x.flatMap((a, i) => y.flatMap((b, j) => (keep(i, j) ? [kernel(a, b, h)] : [])));
  return values.reduce((s, v) => s + v, 0) / values.length;
}

const all = () => true;
const different = (i: number, j: number) => i !== j;

describe('squared MMD of few draws', () => {
  const x = stream('x').normal([5, 3]);
  const y = stream('y').uniform([7, 3]);
  const [a, b] = [toRows(x), toRows(y)];

  it.each([0.3, 1, 4])('is the averages over pairs, written out, for h = %f', (h) => {
    const across = average(a, b, h, all);
    const unbiased = average(a, a, h, different) + average(b, b, h, different) - 2 * across;
    const biased = average(a, a, h, all) + average(b, b, h, all) - 2 * across;
    // Sums of some fifty float64 numbers below 1, in another order.
    expect(squaredMmd(x, y, h, 'unbiased')).toBeCloseTo(unbiased, 13);
    expect(squaredMmd(x, y, h, 'biased')).toBeCloseTo(biased, 13);
  });

  it('is zero between a cloud and itself when biased, and negative when not', () => {
    expect(squaredMmd(x, x, 1, 'biased')).toBeCloseTo(0, 13);
    expect(squaredMmd(x, x, 1, 'unbiased')).toBeLessThan(-0.01);
  });

  it('refuses what cannot be compared', () => {
    expect(() => squaredMmd(x, fromRows([[1], [2]]), 1, 'biased')).toThrow(/one dimension, but got 3 and 1/);
    expect(() => squaredMmd(x, fromRows([[1, 2, 3]]), 1, 'unbiased')).toThrow(/two draws of each law, but got 5 and 1/);
  });
});

interface Plane {
  readonly mean: readonly [number, number];
  /** Lower Cholesky factor [[a, 0], [b, c]] of the covariance. */
  readonly factor: readonly [a: number, b: number, c: number];
}

const drawsOf = ({ mean, factor: [a, b, c] }: Plane, n: number, rng: Stream): NdArray =>
  ndarray(
    toRows(rng.normal([n, 2])).flatMap(([z, w]) => [mean[0] + a * z!, mean[1] + b * z! + c * w!]),
    [n, 2],
  );

/** E k(X, Y) = |I + S/h^2|^(-1/2) exp(-dm^T (h^2 I + S)^-1 dm / 2), S the sum of the covariances. */
function expectedKernel(p: Plane, q: Plane, h: number): number {
  const entries = ({ factor: [a, b, c] }: Plane) => [a * a, a * b, b * b + c * c] as const;
  const [s, t] = [entries(p), entries(q)];
  const [u, v, w] = [h * h + s[0] + t[0], s[1] + t[1], h * h + s[2] + t[2]];
  const determinant = u * w - v * v;
  const [e, f] = [p.mean[0] - q.mean[0], p.mean[1] - q.mean[1]];
  const quadratic = (w * e * e - 2 * v * e * f + u * f * f) / determinant;
  return (h * h * Math.exp(-quadratic / 2)) / Math.sqrt(determinant);
}

describe('squared MMD between Gaussians', () => {
  const p: Plane = { mean: [1, -1], factor: [1.2, 0.4, 0.8] };
  const q: Plane = { mean: [0, 0.5], factor: [1, -0.3, 0.6] };
  const [n, m, h, repeats] = [40, 50, 0.9, 100];
  const within = (law: Plane) => expectedKernel(law, law, h);
  const exact = within(p) + within(q) - 2 * expectedKernel(p, q, h);

  function repeated(first: Plane, second: Plane, estimator: 'unbiased' | 'biased') {
    const values = Array.from({ length: repeats }, (_, i) => {
      const rng = stream('gaussians').fork(i);
      return squaredMmd(drawsOf(first, n, rng.fork('x')), drawsOf(second, m, rng.fork('y')), h, estimator);
    });
    const mean = values.reduce((s, v) => s + v, 0) / repeats;
    const variance = values.reduce((s, v) => s + (v - mean) ** 2, 0) / (repeats - 1);
    // Four standard errors of the mean of independent repetitions.
    return { values, mean, tolerance: 4 * Math.sqrt(variance / repeats) };
  }

  it('agrees with the closed form on average', () => {
    const { mean, tolerance } = repeated(p, q, 'unbiased');
    expect(Math.abs(mean - exact)).toBeLessThan(tolerance);
    expect(tolerance).toBeLessThan(0.1 * exact);
  });

  it('is too large by the diagonal when biased, as much as it says', () => {
    const { mean, tolerance } = repeated(p, q, 'biased');
    const bias = (1 - within(p)) / n + (1 - within(q)) / m;
    expect(Math.abs(mean - exact - bias)).toBeLessThan(tolerance);
    expect(bias).toBeGreaterThan(tolerance);
  });

  it('is around zero for equal laws, on both sides; the biased one never is below', () => {
    const { values, mean, tolerance } = repeated(p, p, 'unbiased');
    expect(Math.abs(mean)).toBeLessThan(tolerance);
    expect(Math.min(...values)).toBeLessThan(0);
    expect(Math.max(...values)).toBeGreaterThan(0);
    expect(Math.min(...repeated(p, p, 'biased').values)).toBeGreaterThan(0);
  });
});
