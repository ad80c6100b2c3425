import { pointwiseOf, type Distribution } from '@wasserflow/core';
import { stream } from '@wasserflow/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { doubleWell, gaussian, gaussianMixture, laplace, logisticPotential, quartic } from '../src/index.js';
import { centralDifferences, column, standardErrors, useCpu, valuesOf, vectorsOf } from './numerics.js';

beforeAll(useCpu);

const logistic: Distribution = {
  id: 'logistic',
  dimension: 2,
  potential: logisticPotential(
    [
      [1, 0.5],
      [-0.3, 2],
      [0.7, -1],
    ],
    [1, 0, 1],
    4,
  ),
};
const laws: [string, Distribution, number[][]][] = [
  [
    'gaussian',
    gaussian({
      mean: [1, -1],
      covariance: [
        [2, 0.5],
        [0.5, 1],
      ],
    }),
    [
      [0.3, 0.4],
      [-2, 1],
    ],
  ],
  [
    'gaussian-mixture',
    gaussianMixture({
      means: [
        [-1, 0],
        [1, 0.5],
        [0, 2],
      ],
      weights: [1, 2, 3],
      covariances: [
        0.5,
        [
          [1, 0.3],
          [0.3, 0.4],
        ],
        2,
      ],
    }),
    [
      [0.3, 0.4],
      [-2, 1],
      [1, 1],
    ],
  ],
  [
    'quartic',
    quartic({ dimension: 2 }),
    [
      [0.3, -1.4],
      [2, 0],
    ],
  ],
  [
    'double-well',
    doubleWell({ dimension: 2 }),
    [
      [0.3, -1.4],
      [2, 0],
    ],
  ],
  [
    'laplace',
    laplace({ dimension: 2, scale: 0.7 }),
    [
      [0.3, -1.4],
      [2, 1],
    ],
  ],
  [
    'logistic-posterior',
    logistic,
    [
      [0.3, -1.4],
      [20, 9],
    ],
  ],
];

describe.each(laws)('%s at single points', (_, { potential }, points) => {
  const { value, gradient, hessian } = pointwiseOf(potential!)!;

  it('is the same function as on tensors', () => {
    for (const [i, v] of valuesOf(potential!.value!, points).entries()) expect(v).toBeCloseTo(value(points[i]!), 4);
    if (!potential!.gradient) return;
    for (const [i, g] of vectorsOf(potential!.gradient, points).entries())
      for (const [j, a] of g.entries()) expect(a).toBeCloseTo(gradient(points[i]!)[j]!, 4);
  });

  it('has the derivatives that differences give', () => {
    for (const x of points) {
      const h = 1e-5;
      for (const [j, slope] of centralDifferences(value, x, h).entries()) expect(gradient(x)[j]).toBeCloseTo(slope, 7);
      for (const [i, row] of hessian(x).entries())
        for (const [j, slope] of centralDifferences((y) => gradient(y)[i]!, x, h).entries())
          expect(row[j]).toBeCloseTo(slope, 6);
    }
  });
});

describe('laws of independent coordinates', () => {
  it.each<[string, Distribution, number]>([
    // Gamma(1/4) / sqrt 2
    ['quartic', quartic(), Math.log(3.625609908221908 / Math.SQRT2)],
    ['laplace', laplace({ scale: 0.7 }), Math.log(1.4)],
  ])('%s knows its normaliser', (_, law, exact) => {
    expect(law.logNormalizer).toBeCloseTo(exact, 12);
  });

  it.each<[string, Distribution]>([
    ['quartic', quartic()],
    ['double-well', doubleWell()],
    ['laplace', laplace({ scale: 0.7 })],
  ])('%s integrates to one, and has the entropy that it says', (_, { potential, logNormalizer, negativeEntropy }) => {
    const V = potential!.pointwise!;
    const h = 1 / 4096;
    let [mass, entropy] = [0, 0];
    for (let x = -30 + h / 2; x < 30; x += h) {
      const logDensity = -V.value([x]) - logNormalizer!;
      mass += h * Math.exp(logDensity);
      entropy += h * Math.exp(logDensity) * logDensity;
    }
    // The midpoint rule of step h, at the kink of Laplace's density: h^2.
    expect(mass).toBeCloseTo(1, 7);
    expect(entropy).toBeCloseTo(negativeEntropy!, 6);
  });

  it.each<[string, Distribution]>([
    ['quartic', quartic({ dimension: 2 })],
    ['double-well', doubleWell({ dimension: 2 })],
    ['laplace', laplace({ dimension: 2, scale: 0.7 })],
  ])(
    "%s draws what it says: E x V'(x) = 1, E x = 0, E V",
    (_, { sample, potential, logNormalizer, negativeEntropy }) => {
      const draws = sample!(20_000, stream(5));
      expect(draws.shape).toEqual([20_000, 2]);
      expect(sample!(20_000, stream(5))).toEqual(draws);
      const V = potential!.pointwise!;
      for (const k of [0, 1]) {
        const x = column(draws, k);
        const alone = x.map((v) => [v, 0]);
        expect(
          standardErrors(
            alone.map((p) => p[0]! * V.gradient(p)[0]!),
            1,
          ),
        ).toBeLessThan(5);
        expect(standardErrors(x, 0)).toBeLessThan(5);
        const own = alone.map((p) => V.value(p) - V.value([0, 0]) / 2);
        expect(standardErrors(own, (-negativeEntropy! - logNormalizer!) / 2)).toBeLessThan(5);
      }
      const [first, second] = [column(draws, 0), column(draws, 1)];
      expect(
        standardErrors(
          first.map((v, i) => v * second[i]!),
          0,
        ),
      ).toBeLessThan(5);
    },
  );

  it('claims what is proved', () => {
    expect(quartic().potential!.convexity).toBe(0);
    expect(doubleWell().potential!.convexity).toBe(-1);
    expect(laplace().potential).not.toHaveProperty('smoothness');
    expect(doubleWell().potential!.pointwise!.hessian([0])[0]![0]).toBe(-1);
  });

  it('refuses what is no dimension and no scale', () => {
    expect(() => quartic({ dimension: 0 })).toThrow('`dimension` is 0; it must be a whole number of at least 1');
    expect(() => laplace({ scale: -1 })).toThrow('`scale` is -1; it must be above 0');
  });
});
