import { stream, toRows } from '@wasserflow/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { gaussian, type GaussianOptions } from '../src/index.js';
import {
  apply,
  average,
  centralDifferences,
  column,
  dot,
  grid,
  standardErrors,
  useCpu,
  valuesOf,
  vectorsOf,
} from './numerics.js';

beforeAll(useCpu);

const mean = [1, -0.5];
const covariance = [
  [2, 0.6],
  [0.6, 0.5],
];
// det = 0.64, and the inverse of [[a, b], [b, c]] is [[c, -b], [-b, a]] / det.
const precision = [
  [0.5 / 0.64, -0.6 / 0.64],
  [-0.6 / 0.64, 2 / 0.64],
];
const law = gaussian({ mean, covariance });
const V = (x: readonly number[]) => {
  const y = x.map((xi, i) => xi - mean[i]!);
  return dot(y, apply(precision, y)) / 2;
};
const at = toRows(stream('points').normal([20, 2])).map((row) => row.map((x) => 2 * x));

describe('a Gaussian', () => {
  it('has the potential of its closed form, as data and as tensor functions', () => {
    const { quadratic, value, gradient } = law.potential!;
    const values = valuesOf(value!, at);
    const gradients = vectorsOf(gradient!, at);
    for (const [i, x] of at.entries()) {
      // V reaches 20 and its gradient 10 here; float32 keeps 7 digits.
      expect(Math.abs(values[i]! - V(x))).toBeLessThan(2e-5);
      for (const [j, g] of centralDifferences(V, x, 1e-4).entries())
        expect(Math.abs(gradients[i]![j]! - g)).toBeLessThan(1e-5);
    }
    expect(quadratic!.center).toEqual(mean);
    expect(quadratic!.constant).toBe(0);
    for (const [i, row] of quadratic!.precision.entries())
      for (const [j, p] of row.entries()) expect(p).toBeCloseTo(precision[i]![j]!, 14);
  });

  it('takes the diagonal of a diagonal covariance', () => {
    const full = gaussian({
      mean: [1, 2],
      covariance: [
        [3, 0],
        [0, 5],
      ],
    });
    expect(gaussian({ mean: [1, 2], covariance: [3, 5] }).gaussian).toEqual(full.gaussian);
    expect(() => gaussian({ covariance: [3, -5] })).toThrow(/not positive definite/);
  });

  it('has the normaliser and the entropy of its density', () => {
    const { points, cell } = grid(12, 240);
    const Z = points.reduce((s, x) => s + Math.exp(-V(x)), 0) * cell;
    expect(law.logNormalizer).toBeCloseTo(Math.log(Z), 10);
    const integral = points.reduce((s, x) => s + (Math.exp(-V(x)) / Z) * (-V(x) - Math.log(Z)), 0) * cell;
    expect(law.negativeEntropy).toBeCloseTo(integral, 10);
  });

  it('bounds the Hessian by the extreme eigenvalues of its precision', () => {
    // Eigenvalues of the covariance: 1.25 +- sqrt(0.75^2 + 0.6^2).
    const radius = Math.hypot(0.75, 0.6);
    expect(law.potential!.convexity).toBeCloseTo(1 / (1.25 + radius), 12);
    expect(law.potential!.smoothness).toBeCloseTo(1 / (1.25 - radius), 12);
  });

  it('draws points of its mean and covariance', () => {
    const points = law.sample!(20_000, stream('draws'));
    const centred = [0, 1].map((j) => column(points, j).map((x) => x - mean[j]!));
    for (const i of [0, 1]) {
      expect(standardErrors(centred[i]!, 0)).toBeLessThan(5);
      for (const j of [0, 1]) {
        const products = centred[i]!.map((x, n) => x * centred[j]![n]!);
        expect(standardErrors(products, covariance[i]![j]!)).toBeLessThan(5);
      }
    }
    expect(law.sample!(3, stream(1))).toEqual(law.sample!(3, stream(1)));
  });

  it('is the same law as data', () => {
    expect(law.gaussian).toEqual({ mean, covariance });
    expect(law.dimension).toBe(2);
  });
});

describe('short forms', () => {
  it.each<[string, GaussianOptions, number[], number[][]]>([
    [
      'a dimension',
      { dimension: 2 },
      [0, 0],
      [
        [1, 0],
        [0, 1],
      ],
    ],
    [
      'a mean',
      { mean: [3, 4] },
      [3, 4],
      [
        [1, 0],
        [0, 1],
      ],
    ],
    [
      'a number as covariance',
      { dimension: 2, covariance: 4 },
      [0, 0],
      [
        [4, 0],
        [0, 4],
      ],
    ],
    ['a variance', { mean: [1], variance: 0.25 }, [1], [[0.25]]],
    ['a covariance', { covariance }, [0, 0], covariance],
  ])('%s', (_, options, expectedMean, expectedCovariance) => {
    expect(gaussian(options).gaussian).toEqual({ mean: expectedMean, covariance: expectedCovariance });
  });

  it.each<[string, number[][]]>([
    [
      'isotropic',
      [
        [0.25, 0],
        [0, 0.25],
      ],
    ],
    [
      'diagonal',
      [
        [0.25, 0],
        [0, 4],
      ],
    ],
    [
      'dense',
      [
        [0.25, 0.1],
        [0.1, 4],
      ],
    ],
  ])('have consistent tensor functions where the covariance is %s', (_, C) => {
    const { potential, gaussian: data } = gaussian({ mean: [0, 2], covariance: C });
    const { quadratic, value, gradient } = potential!;
    const exact = (x: readonly number[]) => {
      const y = x.map((xi, i) => xi - data!.mean[i]!);
      return dot(y, apply(quadratic!.precision, y)) / 2;
    };
    for (const [i, row] of apply(C, quadratic!.precision[0]!).entries()) expect(row).toBeCloseTo(i === 0 ? 1 : 0, 12);
    const [values, gradients] = [valuesOf(value!, at), vectorsOf(gradient!, at)];
    for (const [i, x] of at.entries()) {
      // V reaches 50, in float32.
      expect(Math.abs(values[i]! - exact(x))).toBeLessThan(2e-5);
      for (const [j, g] of centralDifferences(exact, x, 1e-4).entries())
        expect(Math.abs(gradients[i]![j]! - g)).toBeLessThan(2e-5);
    }
  });

  it('the entropy of a standard Gaussian is minus the mean of its log density', () => {
    const standard = gaussian({ dimension: 3 });
    const draws = toRows(standard.sample!(20_000, stream(5)));
    const logDensities = draws.map((x) => -dot(x, x) / 2 - 1.5 * Math.log(2 * Math.PI));
    expect(standardErrors(logDensities, standard.negativeEntropy!)).toBeLessThan(5);
    expect(average(logDensities)).toBeLessThan(0);
  });
});

describe('bad input', () => {
  it.each<[string, GaussianOptions, string]>([
    ['nothing', {}, 'a Gaussian needs `dimension`, or a `mean`'],
    [
      'dimensions that differ',
      { mean: [0, 0, 0], covariance },
      '`mean` is of dimension 3, but `covariance` of dimension 2',
    ],
    ['another dimension', { mean: [0], dimension: 2 }, '`mean` is of dimension 1, but `dimension` of dimension 2'],
    ['no dimension', { dimension: 0 }, '`dimension` is 0; it must be 1 or more'],
    ['a ragged covariance', { covariance: [[1, 0], [0]] }, 'not square: it has 2 rows, and row 2 has 1 numbers'],
    ['a wide covariance', { covariance: [[1, 0]] }, 'not square: it has 1 rows, and row 1 has 2 numbers'],
    ['an empty covariance', { mean: [], covariance: [] }, 'it must be 1 or more'],
    [
      'asymmetry',
      {
        covariance: [
          [1, 0.5],
          [0.4, 1],
        ],
      },
      '`covariance` is not symmetric: entry (1, 2) is 0.5, but entry (2, 1) is 0.4',
    ],
    [
      'singularity',
      {
        covariance: [
          [1, 1],
          [1, 1],
        ],
      },
      '`covariance` is singular',
    ],
    [
      'zero',
      {
        covariance: [
          [0, 0],
          [0, 0],
        ],
      },
      '`covariance` is singular',
    ],
    [
      'a negative eigenvalue',
      {
        covariance: [
          [1, 2],
          [2, 1],
        ],
      },
      'not positive definite: it has the eigenvalue -1',
    ],
    [
      'NaN',
      {
        covariance: [
          [1, 0],
          [0, NaN],
        ],
      },
      'entry (2, 2) is NaN, which is no finite number',
    ],
    ['NaN in the mean', { mean: [0, NaN] }, '`mean` has a number that is not finite: 0, NaN'],
    ['a negative variance', { dimension: 2, variance: -1 }, '`variance` is -1; it must be above 0'],
    ['a zero covariance', { dimension: 2, covariance: 0 }, '`covariance` is 0; it must be above 0'],
    ['two scales', { dimension: 2, covariance: 1, variance: 1 }, '`covariance` or `variance`, not both'],
  ])('%s', (_, options, message) => {
    expect(() => gaussian(options)).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }) as Error);
    expect(() => gaussian(options)).toThrow(message);
  });

  it('a rank deficiency that rounding hides is found', () => {
    const third = [1, 2, 3].map((a, i) => [4, 5, 6].map((b, j) => a * [1, 2, 3][j]! + b * [4, 5, 6][i]!));
    expect(() => gaussian({ covariance: third })).toThrow('`covariance` is singular');
  });

  it('asymmetry from rounding is averaged away', () => {
    const b = 0.1 + 0.2;
    const { covariance: kept } = gaussian({
      covariance: [
        [1, b],
        [0.3, 1],
      ],
    }).gaussian!;
    expect(kept[0]![1]).toBe(kept[1]![0]);
  });
});
