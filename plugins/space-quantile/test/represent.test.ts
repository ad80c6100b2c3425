/** Laws put into nodes, and smoothed: moments, errors, tails. */
import type { Distribution } from '@wasserflow/core';
import { normalCdf, normalQuantile } from '@wasserflow/geometry';
import { describe, expect, test } from 'vitest';
import { largestGap, linear, normal, numbers, potential, rng, space } from './laws.js';

const kinds = ['linear', 'atoms'] as const;

test('the normal law: values of tables', () => {
  expect(normalCdf(-3) / 0.001349898031630095).toBeCloseTo(1, 13);
  expect(normalCdf(1)).toBeCloseTo(0.8413447460685429, 15);
  expect(normalCdf(-20) / 2.7536241186062337e-89).toBeCloseTo(1, 12);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 13);
  expect(normalQuantile(1e-10)).toBeCloseTo(-6.361340902404056, 12);
  expect(normalQuantile(0.5)).toBeCloseTo(0, 15);
  for (const z of [-8, -2.5, -0.3, 0.7, 2.5]) expect(normalQuantile(normalCdf(z))).toBeCloseTo(z, 11);
});

describe.each(kinds)('Gaussian laws as %s', (kind) => {
  const represent = (nodes: number, law = normal(3, 4)) => space({ kind, nodes }).represent(law, rng);

  test('mean and variance are exact', async () => {
    const { mean, covariance } = await space().moments(await represent(50));
    expect(mean[0]).toBeCloseTo(3, 13);
    expect(covariance[0]![0]).toBeCloseTo(4, 12);
  });

  test('they are images of one another, so that W2 between them is that of the Gaussians', async () => {
    const [mu, nu] = [await represent(50), await represent(50, normal(-1, 0.25))];
    expect(await space().distance2(mu, nu)).toBeCloseTo(16 + 1.5 ** 2, 10);
  });

  test('the W2 error falls as the square root of n log n', async () => {
    const fine = await represent(1600);
    const errors = await Promise.all(
      [25, 50, 100].map(async (n) => Math.sqrt(await space().distance2(await represent(n), fine))),
    );
    // For a quantile function with the tail sqrt(-2 log u), measured against 16 times as many nodes.
    for (const [i, error] of errors.slice(1).entries()) {
      expect(errors[i]! / error).toBeGreaterThan(1.35);
      expect(errors[i]! / error).toBeLessThan(kind === 'linear' ? 1.75 : 2);
    }
  });
});

describe('laws known by a potential', () => {
  const byPotential = ({ potential: V, logNormalizer }: Distribution): Distribution => ({
    id: 'known-by-potential',
    dimension: 1,
    ...(V && { potential: V }),
    ...(logNormalizer !== undefined && { logNormalizer }),
  });

  test.each(kinds)('a Gaussian without its name comes out as the Gaussian, as %s', async (kind) => {
    const line = space({ kind, nodes: 60 });
    const named = await line.represent(normal(30, 0.01), rng);
    const found = await line.represent(byPotential(normal(30, 0.01)), rng);
    // What is left is the quadrature of the variance, 1e-4 of the scale 0.1.
    expect(largestGap(numbers(found), numbers(named))).toBeLessThan(1e-5 * 10);
  });

  test('the Laplace law: quantiles in closed form inside, exact mean and variance', async () => {
    const laplace: Distribution = {
      id: 'laplace',
      dimension: 1,
      potential: potential(Math.abs, Math.sign, () => 0),
      logNormalizer: Math.log(2),
    };
    const mu = await space({ nodes: 200 }).represent(laplace, rng);
    const { mean, covariance } = await space().moments(mu);
    expect(mean[0]).toBeCloseTo(0, 6);
    expect(covariance[0]![0]).toBeCloseTo(2, 3);
    const x = numbers(mu);
    for (const i of [20, 60, 100, 150]) {
      const u = i / 200;
      const exact = u < 0.5 ? Math.log(2 * u) : -Math.log(2 - 2 * u);
      // Projection and stretch: the stretch is 1 + 1e-3 here, times |x| up to 1.6.
      expect(Math.abs(x[i]! - exact)).toBeLessThan(4e-3);
    }
  });

  test('the uniform law, with a potential that is infinite outside', async () => {
    const uniform: Distribution = {
      id: 'uniform',
      dimension: 1,
      potential: potential(
        (x) => (x >= 2 && x <= 3 ? 0 : Infinity),
        () => 0,
        () => 0,
      ),
    };
    const mu = await space({ nodes: 10 }).represent(uniform, rng);
    // The edges are known to a piece of the integration, 1/4000 of the support.
    expect(
      largestGap(
        numbers(mu),
        Array.from({ length: 11 }, (_, i) => 2 + i / 10),
      ),
    ).toBeLessThan(5e-4);
  });

  test('two far modes: the nodes never fall, each has half of the mass', async () => {
    const V = (x: number): number => -Math.log(Math.exp(-((x - 8) ** 2) / 2) + Math.exp(-((x + 8) ** 2) / 2));
    const law: Distribution = { id: 'two', dimension: 1, potential: potential(V, () => 0, () => 0) }; // prettier-ignore
    const line = space({ nodes: 51 });
    const mu = await line.represent(law, rng);
    expect(line.defect(mu)).toBeUndefined();
    expect(numbers(mu).filter((x) => x < 0)).toHaveLength(26);
    const { mean, covariance } = await line.moments(mu);
    expect(mean[0]).toBeCloseTo(0, 6);
    expect(Math.abs(covariance[0]![0]! - 65)).toBeLessThan(0.5);
  });

  test('a potential that does not grow is no law; a wrong constant is noticed', async () => {
    const flat = potential(() => 0, () => 0, () => 0); // prettier-ignore
    const line = space();
    await expect(line.represent({ id: 'flat', dimension: 1, potential: flat }, rng)).rejects.toThrow(
      'does not fall off',
    );
    const wrong = { ...byPotential(normal(0, 1)), logNormalizer: 2 };
    await expect(line.represent(wrong, rng)).rejects.toThrow('the law says 2');
  });
});

describe('laws known by samples', () => {
  const law: Distribution = { id: 'draws', dimension: 1, sample: (n, stream) => stream.normal([n, 1]) };

  test('atoms are sorted draws', async () => {
    const line = space({ kind: 'atoms', nodes: 5 }, law);
    const mu = await line.represent(law, rng.fork('a'));
    expect(numbers(mu)).toEqual(Array.from(rng.fork('a').normal([5, 1]).data).toSorted((a, b) => a - b));
  });

  test('linear has no use for them, and says what has', () => {
    expect(() => space({}, law)).toThrow('use { id: quantile, kind: atoms }, or space `particles`');
  });
});

describe('diffuse', () => {
  test.each(kinds)('keeps the mean and adds the variance, as %s', async (kind) => {
    const line = space({ kind, nodes: 40 });
    const mu = await line.represent(normal(1, 2), rng);
    const { mean, covariance } = await line.moments(await line.diffuse(mu, 0.3, rng));
    expect(mean[0]).toBeCloseTo(1, 8);
    expect(covariance[0]![0]).toBeCloseTo(2.3, 10);
  });

  test('of one cell: the quantiles of uniform plus normal', async () => {
    const line = space({ nodes: 100 });
    const uniform = linear(...Array.from({ length: 101 }, (_, i) => i / 100));
    const x = numbers(await line.diffuse(uniform, 0.04, rng));
    const integral = (z: number): number => z * normalCdf(z) + Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    const below = (at: number): number => 0.2 * (integral(at / 0.2) - integral((at - 1) / 0.2));
    // Nodes of the projection differ from Q(i / n) by O(n^-2) inside, and the stretch is 1 + 1e-4.
    for (const i of [10, 30, 50, 80]) expect(Math.abs(below(x[i]!) - i / 100)).toBeLessThan(2e-4);
  });

  test('of atoms that coincide: the normal law itself', async () => {
    const line = space({ kind: 'atoms', nodes: 30 });
    const point = { kind: 'atoms' as const, nodes: { shape: [30], data: new Float64Array(30).fill(2) } };
    const expected = await line.represent(normal(2, 0.5), rng);
    expect(largestGap(numbers(await line.diffuse(point, 0.5, rng)), numbers(expected))).toBeLessThan(1e-9);
  });
});
