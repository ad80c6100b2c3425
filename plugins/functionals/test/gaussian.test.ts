import type { Functional, GaussianMeasure } from '@wasserflow/core';
import { chiSquare, hellinger, jensenShannon, renyi, reverseKl } from '@wasserflow/functionals';
import { describe, expect, it } from 'vitest';
import { anonymous, densityOf, gaussianLaw, innerAffine, pushed } from './laws.js';

const mu: GaussianMeasure = {
  mean: [1, -1],
  covariance: [
    [2, 0.5],
    [0.5, 1],
  ],
};
const nu: GaussianMeasure = {
  mean: [0, 0.5],
  covariance: [
    [1.6, -0.3],
    [-0.3, 1.5],
  ],
};
const narrow: GaussianMeasure = {
  mean: [1, -1],
  covariance: [
    [1, 0.2],
    [0.2, 0.8],
  ],
};
const target = gaussianLaw(
  [0, 0.5],
  [
    [1.6, -0.3],
    [-0.3, 1.5],
  ],
);

const valueAt = (G: Functional, at: GaussianMeasure): number => G.facets!.gaussian!.value(at);

describe('values', () => {
  it('chi2_gaussian', () => {
    expect(valueAt(chiSquare(target), narrow)).toBeCloseTo(3.006331824507459, 10);
  });

  it('hellinger_gaussian: 1 - BC, and BC by the Renyi divergence of order 1/2, -2 log BC', () => {
    expect(valueAt(hellinger(target), mu)).toBeCloseTo(0.30685918543709045, 10);
    expect(valueAt(renyi(target, 0.5), mu)).toBeCloseTo(-2 * Math.log(0.6931408145629095), 10);
  });

  it('jensen_shannon_gaussian_numeric', () => {
    expect(valueAt(jensenShannon(target), mu)).toBeCloseTo(0.26380447334559576, 10);
    expect(valueAt(jensenShannon(gaussianLaw([1], [[2.25]])), { mean: [0], covariance: [[1]] })).toBeCloseTo(
      0.0992900966007818,
      10,
    );
  });

  it('of reverse KL that have a reference, to 1e-10', () => {
    // KL(q || mu): the first argument is the target.
    expect(valueAt(reverseKl(gaussianLaw([1, -1], mu.covariance as number[][])), nu)).toBeCloseTo(
      1.1085128379961093,
      10,
    );
    expect(valueAt(reverseKl(target), mu)).toBeCloseTo(2.26118413170086, 10);
  });

  it('of Renyi by their integral, and towards KL', () => {
    const [p, q] = [densityOf(narrow), densityOf(nu)];
    const h = 0.05;
    for (const order of [0.3, 0.5, 1.4, 2]) {
      let total = 0;
      for (let x = -9; x < 9; x += h)
        for (let y = -9; y < 9; y += h) total += p([x, y]) ** order * q([x, y]) ** (1 - order) * h * h;
      expect(valueAt(renyi(target, order), narrow)).toBeCloseTo(Math.log(total) / (order - 1), 9);
    }
    // D_a is smooth in a: off by 1e-7 times its slope
    expect(valueAt(renyi(target, 1 + 1e-7), mu)).toBeCloseTo(1.1085128379961093, 6);
  });

  it('are zero at the target', () => {
    for (const make of [chiSquare, hellinger, jensenShannon, reverseKl, (t: typeof target) => renyi(t, 3)])
      expect(Math.abs(valueAt(make(target), nu))).toBeLessThan(1e-14);
  });

  it('that are infinite read so, and have no gradient, in a sentence', () => {
    const wide: GaussianMeasure = {
      mean: [0, 0],
      covariance: [
        [4, 0],
        [0, 1],
      ],
    };
    for (const G of [chiSquare(target), renyi(target, 3)]) {
      expect(valueAt(G, wide)).toBe(Infinity);
      expect(() => G.facets!.gaussian!.gradient!(wide)).toThrow(
        'the divergence is +infinity and has no gradient: the measure is too wide',
      );
    }
    expect(valueAt(renyi(target, 0.5), wide)).toBeLessThan(Infinity);
  });
});

describe('gradients', () => {
  const all: [string, Functional][] = [
    ['chi-square', chiSquare(target)],
    ['renyi 3/2', renyi(target, 1.5)],
    ['renyi 1/4', renyi(target, 0.25)],
    ['hellinger', hellinger(target)],
    ['hellinger by quadrature', hellinger(anonymous(target))],
    ['jensen-shannon', jensenShannon(target)],
    ['reverse-kl', reverseKl(target)],
  ];
  const directions = [
    {
      linear: [
        [0.7, 0.2],
        [0.2, -0.4],
      ],
      center: [1, -1],
      constant: [0.3, 0.5],
    },
    {
      linear: [
        [0, -0.6],
        [-0.6, 0.1],
      ],
      center: [0, 0],
      constant: [-1, 0.2],
    },
  ];
  it.each(all)('are the derivative along affine fields: %s', (_, G) => {
    const { value, gradient } = G.facets!.gaussian!;
    for (const v of directions) {
      const e = 1e-5;
      const slope = (value(pushed(narrow, v, e)) - value(pushed(narrow, v, -e))) / (2 * e);
      // Central differences: e^2 times a third derivative of order 10, and rounding 1e-15 / e.
      expect(innerAffine(narrow, gradient!(narrow), v)).toBeCloseTo(slope, 7);
    }
  });

  it('by quadrature and in closed form agree', () => {
    const [exact, numeric] = [hellinger(target), hellinger(anonymous(target))].map((G) => G.facets!.gaussian!);
    expect(numeric!.value(mu)).toBeCloseTo(exact!.value(mu), 9);
    const [a, b] = [exact!.gradient!(mu), numeric!.gradient!(mu)];
    expect(
      b.linear
        .flat()
        .map((v, i) => v - a.linear.flat()[i]!)
        .every((e) => Math.abs(e) < 1e-8),
    ).toBe(true);
    expect(b.constant.every((v, i) => Math.abs(v - a.constant[i]!) < 1e-8)).toBe(true);
  });
});

it('no convexity is claimed', () => {
  for (const G of [chiSquare(target), hellinger(target), jensenShannon(target), reverseKl(target), renyi(target, 2)]) {
    expect(G).not.toHaveProperty('convexity');
    expect(G.target).toBe(target);
  }
});

it('refuses what it cannot be, in one sentence', () => {
  expect(() => renyi(target, 1)).toThrow('the order of `renyi` is 1; it has to be above 0 and other than 1');
  const { quadratic: _, ...bare } = target.potential!;
  const { logNormalizer: __, ...unnormalised } = { ...anonymous(target), potential: bare };
  expect(() => chiSquare(unnormalised)).toThrow('`chi-square` needs a Gaussian target, or one on R^1 or R^2');
});
