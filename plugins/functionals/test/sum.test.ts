import { energy, type Functional, type GaussianMeasure, type Potential, type Quadratic } from '@wasserflow/core';
import { valueBySummands } from '@wasserflow/core';
import { entropy, interactionEnergy, internalEnergy, quadraticInteraction, scale, sum } from '@wasserflow/functionals';
import { describe, expect, it } from 'vitest';

const quadratic = (precision: number[][], center: number[], constant = 0): Potential => ({
  dimension: center.length,
  quadratic: { precision, center, constant },
});
const integral = (potential: Potential, entropyWeight = 0, constant = 0): Functional =>
  energy('v', { entropy: entropyWeight, potential, constant });

const valueAt = ({ precision, center, constant }: Quadratic, x: number[]): number =>
  precision.reduce(
    (total, row, i) => total + row.reduce((s, a, j) => s + a * (x[i]! - center[i]!) * (x[j]! - center[j]!), 0) / 2,
    constant,
  );

const round = quadratic(
  [
    [2, 0.5],
    [0.5, 1],
  ],
  [1, -1],
  0.3,
);
const steep = quadratic(
  [
    [1, -0.7],
    [-0.7, 4],
  ],
  [0, 2],
  -0.1,
);
const valley = quadratic(
  [
    [1, 0],
    [0, 0],
  ],
  [3, 5],
  1,
);
const points = [
  [0, 0],
  [1.3, -0.4],
  [-2, 5],
  [7, 1],
];

describe('quadratic potentials', () => {
  const cases: [string, Potential[], number[]][] = [
    ['two', [round, steep], [1, 1]],
    ['weighted', [round, steep], [0.3, 2.5]],
    ['of both signs', [steep, round], [1, -0.4]],
    ['singular', [valley, valley], [1, 2]],
    ['cancelled', [round, round], [1, -1]],
    ['three', [round, valley, steep], [1, 0.5, 2]],
  ];
  it.each(cases)('add as functions: %s', (_, potentials, weights) => {
    const q = sum(
      potentials.map((V) => integral(V)),
      weights,
    ).terms!.potential!.quadratic!;
    for (const x of points) {
      const expected = potentials.reduce((total, V, i) => total + weights[i]! * valueAt(V.quadratic!, x), 0);
      expect(valueAt(q, x)).toBeCloseTo(expected, 11);
    }
  });

  it('know the exact convexity and smoothness of their sum', () => {
    // [[1, -0.7], [-0.7, 4]] - [[2, 0.5], [0.5, 1]] = [[-1, -1.2], [-1.2, 3]]: eigenvalues 1 +- sqrt(4 + 1.44)
    const G = sum([integral(steep), integral(round)], [1, -1]);
    expect(G.convexity).toBeCloseTo(1 - Math.sqrt(5.44), 13);
    expect(G.smoothness).toBeCloseTo(1 + Math.sqrt(5.44), 13);
    expect(sum([integral(valley)]).convexity).toBe(0);
  });

  it('have no quadratic form about a center where their sum only slopes', () => {
    const shifted = quadratic(
      [
        [2, 0.5],
        [0.5, 1],
      ],
      [0, 3],
    );
    const G = sum([integral(round), integral(shifted)], [1, -1]);
    expect(G.terms!.potential).not.toHaveProperty('quadratic');
    expect(G).toMatchObject({ convexity: 0, smoothness: 0 });
  });
});

const bump = (convexity?: number, smoothness?: number): Potential => ({
  dimension: 2,
  gradient: (x) => x,
  ...(convexity !== undefined && { convexity }),
  ...(smoothness !== undefined && { smoothness }),
});

describe('terms', () => {
  it('add with their weights', () => {
    const G = sum([integral(round, 1, 0.5), entropy(), integral(steep, 0, 2)], [2, 0.25, 3]);
    expect(G.id).toBe('sum');
    expect(G.terms!.entropy).toBe(2.25);
    expect(G.terms!.constant).toBe(7);
  });

  it('of entropies alone have no potential', () => {
    expect(sum([entropy(), entropy()]).terms).toEqual({ entropy: 2, constant: 0 });
  });

  it('claim no convexity with a negative entropy', () => {
    expect(sum([integral(round), entropy()], [1, -1])).not.toHaveProperty('convexity');
  });

  it('that are not quadratic add lambda and L where all know them', () => {
    expect(sum([integral(bump(1, 4)), integral(bump(-0.5, 2))], [2, 3])).toMatchObject({
      convexity: 0.5,
      smoothness: 14,
    });
    expect(sum([integral(bump(1, 4)), integral(bump(1))])).not.toHaveProperty('smoothness');
    expect(sum([integral(bump(1, 4)), integral(bump(1))], [1, -1])).not.toHaveProperty('convexity');
  });
});

const own = (value: number, center: number[], slope: number): Functional => ({
  id: 'own',
  convexity: value,
  facets: {
    gaussian: {
      value: () => value,
      gradient: () => ({
        linear: [
          [slope, 0],
          [1, slope],
        ],
        center,
        constant: [value, 0],
      }),
      prox: (rho) => rho,
    },
  },
});

describe('facets', () => {
  const mu: GaussianMeasure = {
    mean: [1, 2],
    covariance: [
      [1, 0],
      [0, 1],
    ],
  };

  it('on Gaussians: values and gradients add, proximal steps do not', () => {
    const { facets, convexity, terms } = sum([own(2, [0, 0], 1), own(5, [1, 1], -3)], [1, 10]);
    const { value, gradient, prox } = facets!.gaussian!;
    expect(value(mu)).toBe(52);
    expect(prox).toBeUndefined();
    expect(terms).toBeUndefined();
    expect(convexity).toBe(52);
    const { linear, center, constant } = gradient!(mu);
    const at = [4, -2];
    const sumAt = [0, 1].map((i) => linear[i]!.reduce((s, a, j) => s + a * (at[j]! - center[j]!), constant[i]!));
    // 1 * ((1, 0; 1, 1)(4, -2) + (2, 0)) + 10 * ((-3, 0; 1, -3)(3, -3) + (5, 0))
    expect(sumAt).toEqual([4 + 2 + 10 * (-9 + 5), 4 - 2 + 10 * (3 + 9)]);
    expect(sum([own(2, [0, 0], 1), own(5, [0, 0], 1)], [1, -1]).convexity).toBeUndefined();
  });

  it('only on spaces that all summands know', () => {
    const particles: Functional = { id: 'mmd', facets: { particles: { gradient: (x) => x } } };
    expect(() => sum([own(1, [0], 1), particles])).toThrow('there is no space on which all of `own`, `mmd` are known');
    expect(
      Object.keys(
        sum([particles, { ...own(1, [0], 1), facets: { ...own(1, [0], 1).facets, ...particles.facets } }]).facets!,
      ),
    ).toEqual(['particles']);
  });
});

describe('terms of every kind', () => {
  it('add with their weights', () => {
    const W = quadraticInteraction();
    const G = sum([internalEnergy({ power: 2, weight: 3 }), interactionEnergy(W, 5), integral(round)], [2, -1, 1]);
    expect(G.terms).toMatchObject({
      entropy: 0,
      internal: [{ weight: 6, power: 2 }],
      interactions: [{ weight: -5, interaction: W }],
    });
    expect(G).not.toHaveProperty('convexity');
    expect(scale(G, -2).terms!.internal).toEqual([{ weight: -12, power: 2 }]);
  });

  it('know V at single points where all summands do', () => {
    const quartic = (c: number): Potential => ({
      dimension: 1,
      gradient: (x) => x,
      pointwise: {
        value: ([x]) => c * x! ** 4,
        gradient: ([x]) => [4 * c * x! ** 3],
        hessian: ([x]) => [[12 * c * x! ** 2]],
      },
    });
    const line = quadratic([[3]], [1], 0.5);
    const { pointwise } = sum([integral(quartic(2)), integral(line)], [0.5, 2]).terms!.potential!;
    expect(pointwise!.value([2])).toBeCloseTo(16 + 2 * (1.5 + 0.5), 12);
    expect(pointwise!.gradient([2])).toEqual([32 + 6]);
    expect(pointwise!.hessian([2])).toEqual([[48 + 6]]);
    expect(
      sum([integral(quartic(2)), integral({ dimension: 1, gradient: (x) => x })]).terms!.potential,
    ).not.toHaveProperty('pointwise');
  });
});

describe('terms beside facets', () => {
  const G = own(7, [0, 0], 1);
  it('are summands, the terms in one', async () => {
    const mixed = sum([G, integral(round), entropy()], [2, 3, 5]);
    expect(mixed.terms).toBeUndefined();
    expect(mixed.facets).toBeUndefined();
    expect(mixed.summands!.map(({ weight, of }) => [weight, of.id])).toEqual([
      [1, 'sum.terms'],
      [2, 'own'],
    ]);
    expect(mixed.summands![0]!.of.terms!.entropy).toBe(5);
    expect(await valueBySummands(mixed, ({ id }) => (id === 'own' ? 7 : 100))).toBe(114);
  });

  it('stay flat in sums of sums, with what they chose to keep', () => {
    const recorded = { ...G, record: { bandwidth: 3 } };
    const outer = sum([sum([recorded, entropy()], [2, 1]), entropy()], [10, 4]);
    expect(outer.summands!.map(({ weight, of }) => [weight, of.id])).toEqual([
      [1, 'sum.terms'],
      [20, 'own'],
    ]);
    expect(outer.summands![0]!.of.terms!.entropy).toBe(14);
    expect(outer.record).toEqual({ bandwidth: 3 });
  });
});

describe('scale', () => {
  it('keeps the target for a positive weight only, and scales facets', () => {
    const target = { id: 'target', dimension: 2 };
    const mu: GaussianMeasure = {
      mean: [1, 2],
      covariance: [
        [1, 0],
        [0, 1],
      ],
    };
    const G = { ...own(7, [0, 0], 1), target };
    expect(scale(G, 3).target).toBe(target);
    expect(scale(G, 3).facets!.gaussian!.value(mu)).toBe(21);
    expect(scale(G, 3).convexity).toBe(21);
    expect(scale(G, -3)).not.toHaveProperty('target');
    expect(scale(integral(round), 2).smoothness).toBeCloseTo(3 + Math.sqrt(2), 12);
    const smooth = { ...G, smoothness: 5 };
    expect(scale(smooth, 3).smoothness).toBe(15);
    expect(scale(smooth, -3)).not.toHaveProperty('smoothness');
    expect(scale(G, 3)).not.toHaveProperty('smoothness');
    expect(sum([smooth, integral(round)], [2, 4]).smoothness).toBeCloseTo(10 + 2 * (3 + Math.sqrt(2)), 12);
  });

  it('takes finite numbers', () => {
    expect(() => scale(entropy(), NaN)).toThrow(
      expect.objectContaining({ code: 'E_ARGUMENT', message: 'the weight of `scale` is NaN; it has to be finite' }),
    );
  });
});

it('refuses what does not add up, in one sentence', () => {
  const line = integral(quadratic([[1]], [0]));
  expect(() => sum([])).toThrow('at least one functional');
  expect(() => sum([entropy()], [1, 2])).toThrow(
    '`sum` has 1 terms but 2 weights; give one weight for each term, or none',
  );
  expect(() => sum([entropy()], [NaN])).toThrow('finite number, but got NaN');
  expect(() => sum([entropy()], [1, 2])).toThrow(expect.objectContaining({ code: 'E_ARGUMENT' }));
  expect(() => sum([line, integral(round)])).toThrow('the terms of a sum live on different spaces: R^1, R^2');
});
