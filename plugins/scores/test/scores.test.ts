import type { ParticleMeasure, ScoreEstimator } from '@wasserflow/core';
import { onnxEngine } from '@wasserflow/engine-onnx';
import plugin, { analyticScore, scoreBandwidthFor, kdeScore, steinScore } from '@wasserflow/scores';
import { fromRows, stream, toRows, type NdArray } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

const engine = onnxEngine({ threads: 1 });
const vector = (data: number[]): NdArray => ({ shape: [data.length], data: Float64Array.from(data) });

const estimators: ScoreEstimator[] = [
  kdeScore(engine, 0.6),
  steinScore(engine, { bandwidth: 1.5, ridge: 1e-3 }),
  analyticScore(),
];

/** Points x = L z + c, z standard normal, with S = L L^T = [[2, 0.5], [0.5, 1]]. */
function gaussianCloud(n: number): ParticleMeasure {
  const rows = toRows(stream('cloud').normal([n, 2]));
  const [a, b] = [Math.SQRT2, 0.5 / Math.SQRT2];
  const c = Math.sqrt(1 - b * b);
  return { points: fromRows(rows.map(([x, y]) => [1 + a * x!, -1 + b * x! + c * y!])) };
}

/** -(S + h^2 I)^-1 (x - m). */
function gaussianScore(x: readonly number[], h2 = 0): number[] {
  const [p, q, r] = [2 + h2, 0.5, 1 + h2];
  const det = p * r - q * q;
  const [u, v] = [x[0]! - 1, x[1]! + 1];
  return [-(r * u - q * v) / det, -(p * v - q * u) / det];
}

const relativeError = (score: NdArray, exact: number[][]): number => {
  const rows = toRows(score);
  const sum = (f: (i: number, k: number) => number) =>
    rows.reduce((total, row, i) => total + row.reduce((t, _, k) => t + f(i, k) ** 2, 0), 0);
  return Math.sqrt(sum((i, k) => rows[i]![k]! - exact[i]![k]!) / sum((i, k) => exact[i]![k]!));
};

describe.each(estimators.map((estimator) => [estimator.id, estimator] as const))('score `%s`', (_, estimator) => {
  const rows = toRows(stream('rows').normal([30, 2]));

  it('counts a point of weight two as the point twice', async () => {
    const twice = await estimator.score({ points: fromRows([...rows, rows[3]!]) });
    const weights = vector(rows.map((_row, i) => (i === 3 ? 2 : 1) / 31));
    const weighted = await estimator.score({ points: fromRows(rows), weights });
    // Conjugate gradients stop at 1e-6 of the right-hand side; the others are exact.
    for (let i = 0; i < 60; i++) expect(weighted.data[i]!).toBeCloseTo(twice.data[i]!, 2);
  });

  it('does not look at the order of points', async () => {
    const order = [...stream('order').permutation(30)];
    const [plain, shuffled] = [
      toRows(await estimator.score({ points: fromRows(rows) })),
      toRows(await estimator.score({ points: fromRows(order.map((i) => rows[i]!)) })),
    ];
    for (const [at, i] of order.entries())
      for (const k of [0, 1]) expect(shuffled[at]![k]!).toBeCloseTo(plain[i]![k]!, 3);
  });

  it('moves and stretches with the points', async () => {
    // The score of 2 x + 5 is half that of x; bandwidths that are lengths do not stretch, rules do.
    const rules: Record<string, ScoreEstimator> = {
      kde: kdeScore(engine, 'silverman'),
      stein: steinScore(engine, { bandwidth: 'median', ridge: 1e-3 }),
      analytic: analyticScore(),
    };
    const own = rules[estimator.id]!;
    const plain = await own.score({ points: fromRows(rows) });
    const stretched = await own.score({ points: fromRows(rows.map((row) => row.map((v) => 2 * v + 5))) });
    for (let i = 0; i < 60; i++) expect(2 * stretched.data[i]!).toBeCloseTo(plain.data[i]!, 3);
  });

  it('says what it does wrong', () => expect(estimator.bias).toMatch(/bias|exact for Gaussian laws only/));
});

describe('kde', () => {
  it('is the derivative of the log density of the smoothed cloud, on the host and in tiles', async () => {
    for (const n of [40, 140]) {
      const mu = gaussianCloud(n);
      const rows = toRows(mu.points);
      const h = 0.5;
      const logDensity = (x: readonly number[]) =>
        Math.log(
          rows.reduce((sum, y) => sum + Math.exp(-((x[0]! - y[0]!) ** 2 + (x[1]! - y[1]!) ** 2) / (2 * h * h)), 0),
        );
      const score = toRows(await kdeScore(engine, h).score(mu));
      for (const i of [0, 7, 39])
        for (const k of [0, 1]) {
          const at = (e: number) => logDensity(rows[i]!.map((v, l) => (l === k ? v + e : v)));
          // Central differences err by 1e-8; float32 in tiles by 1e-5 over h.
          expect(score[i]![k]!).toBeCloseTo((at(1e-4) - at(-1e-4)) / 2e-4, 4);
        }
    }
  });

  it('is biased as it says: its Gaussian has variance S + h^2', async () => {
    const mu = gaussianCloud(3000);
    const score = await kdeScore(engine, 0.6).score(mu);
    const rows = toRows(mu.points);
    // Sampling leaves a tenth; with the score of S itself the error is 0.26 and more.
    expect(relativeError(score, rows.map((x) => gaussianScore(x, 0.36)))).toBeLessThan(0.15); // prettier-ignore
    expect(relativeError(score, rows.map((x) => gaussianScore(x)))).toBeGreaterThan(0.2); // prettier-ignore
  });

  it('stays finite where points are far apart', async () => {
    const { data } = await kdeScore(engine, 0.01).score({ points: fromRows([[0, 0], [100, 0], [-1e4, 3]]) }); // prettier-ignore
    expect([...data].map((v) => v + 0)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('takes its bandwidth from a rule, or says that there is none', async () => {
    // Two points at -1 and 1: deviation 1, so (4 / (3 * 2))^(1/5).
    expect(scoreBandwidthFor('silverman', { points: fromRows([[-1], [1]]) })).toBeCloseTo((2 / 3) ** 0.2, 14);
    await expect(kdeScore(engine, 'silverman').score({ points: fromRows([[1], [1]]) })).rejects.toThrow(
      /all points are equal/,
    );
  });
});

describe('stein', () => {
  it('comes near to the score of a Gaussian', async () => {
    const mu = gaussianCloud(400);
    const score = await steinScore(engine, { bandwidth: 'median', ridge: 1e-3 }).score(mu);
    expect(relativeError(score, toRows(mu.points).map((x) => gaussianScore(x)))).toBeLessThan(0.25); // prettier-ignore
  });

  it('fits the identity of Stein up to its ridge', async () => {
    // sum_j w_j (k(x_i, x_j) g_j + grad_{x_j} k(x_i, x_j)) + ridge g_i = 0, by loops over the definition.
    const [h, ridge] = [1.2, 0.05];
    const rows = toRows(gaussianCloud(25).points);
    const g = toRows(await steinScore(engine, { bandwidth: h, ridge }).score({ points: fromRows(rows) }));
    for (const [i, x] of rows.entries())
      for (const c of [0, 1]) {
        const left = rows.reduce((sum, y, j) => {
          const k = Math.exp(-((x[0]! - y[0]!) ** 2 + (x[1]! - y[1]!) ** 2) / (2 * h * h));
          return sum + (k * (g[j]![c]! + (x[c]! - y[c]!) / (h * h))) / 25;
        }, ridge * g[i]![c]!);
        expect(Math.abs(left)).toBeLessThan(1e-3);
      }
  });
});

describe('analytic', () => {
  it('is exact where the moments are', async () => {
    // The corners of a square have mean (2, 0) and covariance I.
    const { data } = await analyticScore().score({ points: fromRows([[3, 1], [1, 1], [3, -1], [1, -1]]) }); // prettier-ignore
    const expected = [-1, -1, 1, -1, -1, 1, 1, 1];
    for (const [i, v] of expected.entries()) expect(data[i]!).toBeCloseTo(v, 14);
  });

  it('refuses points on a line', async () => {
    await expect(analyticScore().score({ points: fromRows([[0, 0], [1, 1], [2, 2]]) })).rejects.toThrow(/singular.*`kde`/); // prettier-ignore
  });
});

describe('negative entropy', () => {
  it('of the analytic score: its derivative along a field v is the mean of score . v', async () => {
    const [rows, field] = ['rows', 'field'].map((name) => toRows(stream(name).normal([30, 2])));
    const at = (e: number) =>
      analyticScore().negativeEntropy!({
        points: fromRows(rows!.map((x, i) => x.map((v, k) => v + e * field![i]![k]!))),
      });
    const score = toRows(await analyticScore().score({ points: fromRows(rows!) }));
    const slope = score.reduce((sum, s, i) => sum + s[0]! * field![i]![0]! + s[1]! * field![i]![1]!, 0) / 30;
    // Central differences err by 1e-8.
    expect(((await at(1e-4)) - (await at(-1e-4))) / 2e-4).toBeCloseTo(slope, 6);
  });

  it('of the analytic score is -d (1 + log 2 pi) / 2 for the covariance I', async () => {
    const square = { points: fromRows([[3, 1], [1, 1], [3, -1], [1, -1]]) }; // prettier-ignore
    expect(await analyticScore().negativeEntropy!(square)).toBeCloseTo(-1 - Math.log(2 * Math.PI), 14);
  });

  it('of kde is the mean log density of the smoothed cloud at its points', async () => {
    const x = [0, 1, 3];
    const w = [0.5, 0.2, 0.3];
    const h = 0.7;
    const density = (at: number) =>
      x.reduce(
        (sum, v, j) => sum + (w[j]! * Math.exp(-((at - v) ** 2) / (2 * h * h))) / (h * Math.sqrt(2 * Math.PI)),
        0,
      );
    const expected = x.reduce((sum, at, i) => sum + w[i]! * Math.log(density(at)), 0);
    const mu = { points: fromRows(x.map((v) => [v])), weights: vector(w) };
    expect(await kdeScore(engine, h).negativeEntropy!(mu)).toBeCloseTo(expected, 5);
  });
});

it('the plugin contributes three estimators', () => {
  expect(plugin.contributes.map(({ kind, id }) => `${kind} ${id}`)).toEqual(['score kde', 'score stein', 'score analytic']); // prettier-ignore
});
