import { potentialGradient } from '@wasserflow/core';
import { stream, toRows } from '@wasserflow/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { gaussian, gaussianMixture, type GaussianMixtureOptions } from '../src/index.js';
import { centralDifferences, column, grid, standardErrors, useCpu, valuesOf, vectorsOf } from './numerics.js';

beforeAll(useCpu);

const means = [
  [-2, 0.5],
  [1, 1],
  [0, -2],
];
const weights = [0.5, 0.3, 0.2];
const covariances = [
  0.4,
  [
    [1, 0.6],
    [0.6, 0.5],
  ],
  [
    [0.3, 0],
    [0, 2],
  ],
];
/** The same by entries (a, b, c) of [[a, b], [b, c]]. */
const entries = [
  [0.4, 0, 0.4],
  [1, 0.6, 0.5],
  [0.3, 0, 2],
];
const q = (x: readonly number[]) =>
  entries.reduce((sum, [a, b, c], k) => {
    const [u, v] = [x[0]! - means[k]![0]!, x[1]! - means[k]![1]!];
    const det = a! * c! - b! ** 2;
    const form = (c! * u * u - 2 * b! * u * v + a! * v * v) / det;
    return sum + (weights[k]! * Math.exp(-form / 2)) / (2 * Math.PI * Math.sqrt(det));
  }, 0);
const V = (x: readonly number[]) => -Math.log(q(x));
/** sum_k w_k f(m_k, C_k). */
const mixed = (f: (mean: number[], entry: number[]) => number) =>
  weights.reduce((s, w, k) => s + w * f(means[k]!, entries[k]!), 0);
const normal = (x: number) => Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI);
const law = gaussianMixture({ means, weights: weights.map((w) => 10 * w), covariances });

describe('a Gaussian mixture', () => {
  const at = toRows(law.sample!(30, stream('points')));

  it('has V = -log q, and its gradient', () => {
    const values = valuesOf(law.potential!.value!, at);
    const gradients = vectorsOf(potentialGradient(law.potential!), at);
    for (const [i, x] of at.entries()) {
      // Terms of V reach 30, in float32; the gradient multiplies by precisions up to 9.
      expect(Math.abs(values[i]! - V(x))).toBeLessThan(1e-5);
      for (const [j, g] of centralDifferences(V, x, 1e-4).entries())
        expect(Math.abs(gradients[i]![j]! - g)).toBeLessThan(1e-4);
    }
    expect(law.logNormalizer).toBe(0);
  });

  it('integrates to one', () => {
    const { points, cell } = grid(10, 200);
    const total = valuesOf(law.potential!.value!, points).reduce((s, v) => s + Math.exp(-v), 0) * cell;
    // The midpoint rule is exact to rounding for steps of 0.1; each float32 value is good to 1e-6.
    expect(Math.abs(total - 1)).toBeLessThan(1e-5);
  });

  it('stays finite where every component underflows', () => {
    const [far] = valuesOf(law.potential!.value!, [[300, 0]]);
    // The first component dominates.
    const exact = (302 ** 2 + 0.5 ** 2) / (2 * 0.4) - Math.log(0.5) + Math.log(2 * Math.PI * 0.4);
    expect(far! / exact).toBeCloseTo(1, 6);
  });

  it('has its moments', () => {
    const points = law.sample!(20_000, stream('draws'));
    const [x, y] = [column(points, 0), column(points, 1)];
    const off = [
      standardErrors(
        x,
        mixed((m) => m[0]!),
      ),
      standardErrors(
        y,
        mixed((m) => m[1]!),
      ),
      standardErrors(
        x.map((v) => v * v),
        mixed((m, c) => m[0]! ** 2 + c[0]!),
      ),
      standardErrors(
        x.map((v, i) => v * y[i]!),
        mixed((m, c) => m[0]! * m[1]! + c[1]!),
      ),
      standardErrors(
        y.map((v) => v * v),
        mixed((m, c) => m[1]! ** 2 + c[2]!),
      ),
    ];
    for (const z of off) expect(z).toBeLessThan(5);
    expect(law.sample!(5, stream(1))).toEqual(law.sample!(5, stream(1)));
  });

  it('claims smoothness, which holds, and no convexity', () => {
    const { smoothness, convexity } = law.potential!;
    // Largest precision: 1 / (0.75 - sqrt(0.25^2 + 0.6^2)) of the second component.
    expect(smoothness).toBeCloseTo(1 / (0.75 - Math.hypot(0.25, 0.6)), 10);
    expect(convexity).toBeUndefined();
    const h = 1e-3;
    const curvatures = at.flatMap((x) =>
      Array.from({ length: 8 }, (_, k) => {
        const d = [h * Math.cos((k * Math.PI) / 8), h * Math.sin((k * Math.PI) / 8)];
        const plus = V([x[0]! + d[0]!, x[1]! + d[1]!]);
        return (plus - 2 * V(x) + V([x[0]! - d[0]!, x[1]! - d[1]!])) / h ** 2;
      }),
    );
    expect(Math.max(...curvatures)).toBeLessThan(smoothness! + 1e-3);
    expect(Math.min(...curvatures)).toBeLessThan(0);
  });

  it('has equal weights and unit components unless told otherwise', () => {
    const plain = gaussianMixture({ means: [[-3], [3]] });
    const [v] = valuesOf(plain.potential!.value!, [[2]]);
    expect(v).toBeCloseTo(-Math.log((normal(5) + normal(-1)) / 2), 5);
    const narrow = gaussianMixture({ means: [[-3], [3]], std: 0.5 });
    const [w] = valuesOf(narrow.potential!.value!, [[2.5]]);
    expect(w).toBeCloseTo(-Math.log((normal(11) + normal(-1)) / 0.5 / 2), 5);
  });

  it('is a Gaussian when it has one component', () => {
    const one = gaussianMixture({ means: [[1, 2]], std: 2 });
    const { potential: _, sample: __, ...facts } = one;
    const { potential: ___, sample: ____, ...expected } = gaussian({ mean: [1, 2], variance: 4 });
    expect(facts).toEqual({ ...expected, id: 'gaussian-mixture' });
    expect(one.potential!.convexity).toBeCloseTo(1 / 4, 12);
  });
});

describe('bad input', () => {
  it.each<[string, GaussianMixtureOptions, string]>([
    ['no means', { means: [] }, 'needs `means`, a list of points'],
    ['ragged means', { means: [[0, 0], [1]] }, 'the first is of dimension 2, but number 2 of dimension 1'],
    ['means that are not finite', { means: [[0], [NaN]] }, '`means`: number 2 is not finite: NaN'],
    ['too few weights', { means: [[0], [1]], weights: [1] }, 'there are 2 means, but 1 weights'],
    ['a negative weight', { means: [[0], [1]], weights: [2, -1] }, 'a weight is -1; every weight must be above 0'],
    ['too many covariances', { means: [[0]], covariances: [1, 1] }, 'there are 1 means, but 2 covariances'],
    [
      'a covariance of another size',
      { means: [[0, 0]], covariances: [[[1]]] },
      '`covariances`: number 1 is 1x1, but the means are of dimension 2',
    ],
    [
      'a singular covariance',
      {
        means: [[0, 0]],
        covariances: [
          [
            [1, 1],
            [1, 1],
          ],
        ],
      },
      '`covariances`: number 1 is singular',
    ],
    ['a zero variance', { means: [[0], [1]], covariances: [1, 0] }, '`covariances`: number 2 is 0; it must be above 0'],
    ['a negative standard deviation', { means: [[0]], std: -1 }, '`std` is -1; it must be above 0'],
    ['two scales', { means: [[0]], std: 1, covariances: [1] }, '`covariances` or `std`, not both'],
  ])('%s', (_, options, message) => {
    expect(() => gaussianMixture(options)).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }) as Error);
    expect(() => gaussianMixture(options)).toThrow(message);
  });
});
