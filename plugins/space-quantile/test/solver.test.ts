/** The proximal solve where nodes meet, where there are several anchors, and where it cannot succeed. */
import { energy, type Functional, type Interaction } from '@wasserflow/core';
import { array, assert, asyncProperty, integer } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  absolute,
  atoms,
  bump,
  context,
  interacting,
  kl,
  largestGap,
  linear,
  logarithm,
  normal,
  numbers,
  potential,
  quadratic,
  rng,
  space,
} from './laws.js';

const onTheLine = space();
const zero: Functional = energy('zero', { entropy: 0, constant: 0 });

/** The projection on nondecreasing sequences by its min-max formula. */
const minMax = (z: readonly number[]): number[] => {
  const mean = (from: number, to: number): number => z.slice(from, to + 1).reduce((a, b) => a + b) / (to - from + 1);
  return z.map((_, i) =>
    Math.max(...z.slice(0, i + 1).map((__, from) => Math.min(...z.slice(i).map((___, k) => mean(from, i + k))))),
  );
};

const sequence = array(integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 9 });
const sorted = (z: readonly number[]): number[] => z.toSorted((a, b) => a - b);

describe('extrapolation is a projection', () => {
  test('of atoms: the min-max formula of isotonic regression', async () => {
    await assert(
      asyncProperty(sequence, async (z) => {
        // Any z is Q0 + t (Q1 - Q0) with t = 2: Q1 increasing fast, Q0 = 2 Q1 - z.
        const far = z.map((_, i) => 1000 * i);
        const from = far.map((v, i) => 2 * v - z[i]!);
        const found = await onTheLine.extrapolate(atoms(...from), atoms(...far), 2);
        expect(largestGap(numbers(found), minMax(z))).toBeLessThan(1e-10);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test('of cells: <z - x, y - x> <= 0 for all monotone y', async () => {
    await assert(
      asyncProperty(sequence, async (z) => {
        const far = z.map((_, i) => 1000 * i);
        const from = far.map((v, i) => 2 * v - z[i]!);
        const mu = await onTheLine.extrapolate(linear(...from), linear(...far), 2);
        const x = numbers(mu);
        expect(onTheLine.defect(mu)).toBeUndefined();
        // The cone is spanned by steps and both constants; the products vanish at x itself.
        const rest = { shape: [z.length], data: Float64Array.from(z, (v, i) => v - x[i]!) };
        const along = (y: number[]) => onTheLine.inner(mu, rest, { shape: [z.length], data: Float64Array.from(y) });
        for (let k = 0; k < z.length; k++) expect(await along(x.map((_, i) => (i >= k ? 1 : 0)))).toBeLessThan(1e-7);
        expect(Math.abs(await along(x.map(() => 1)))).toBeLessThan(1e-7);
        expect(Math.abs(await along(x))).toBeLessThan(1e-6);
      }),
      { numRuns: 60, seed: 2 },
    );
  });

  test('that stays monotone is the straight line', async () => {
    expect(numbers(await onTheLine.extrapolate(linear(0, 1), linear(1, 3), 1.5))).toEqual([1.5, 4]);
  });
});

describe('several anchors', () => {
  const [p, q] = [linear(-1, 0, 0.4, 2), linear(-2, -0.5, 0.5, 1)];

  test('are one around their weighted mean', async () => {
    const G = kl(0, 1);
    const anchors = [
      { weight: 2, measure: p },
      { weight: -0.5, measure: q },
    ];
    const { measure, objective, status } = await onTheLine.anchoredProx(G, anchors, context);
    expect(status).toBe('ok');
    const cost = async (nu: typeof p): Promise<number> =>
      (await onTheLine.value(G, nu)) +
      2 * (await onTheLine.distance2(p, nu)) -
      0.5 * (await onTheLine.distance2(q, nu));
    expect(objective).toBeCloseTo(await cost(measure), 12);
    const x = numbers(measure);
    for (let i = 0; i < 4; i++)
      for (const shift of [-1e-4, 1e-4])
        expect(await cost(linear(...x.with(i, x[i]! + shift)))).toBeGreaterThan(objective!);
  });

  test('whose mean is not monotone: the projection where nothing else pulls', async () => {
    const anchors = [
      { weight: 3, measure: atoms(0, 1, 2, 3) },
      { weight: -1, measure: atoms(-2, 1, 6, 7) },
    ];
    const mean = [1, 1, 0, 1];
    const { measure } = await onTheLine.anchoredProx(zero, anchors, context);
    expect(largestGap(numbers(measure), minMax(mean))).toBeLessThan(1e-10);
  });

  test('weights that do not add up to a positive number', async () => {
    const anchors = [
      { weight: 1, measure: p },
      { weight: -1, measure: q },
    ];
    await expect(onTheLine.anchoredProx(zero, anchors, context)).rejects.toThrow('their sum must be positive');
  });
});

test('a pull together with a potential: some atoms meet, and no neighbour is better', async () => {
  // Not quadratic, so that no single projection solves it.
  const quartic = { dimension: 1, pointwise: { value: ([x]: readonly number[]) => x! ** 4, gradient: ([x]: readonly number[]) => [4 * x! ** 3], hessian: ([x]: readonly number[]) => [[12 * x! ** 2]] } }; // prettier-ignore
  const G = energy('pull', {
    entropy: 0,
    potential: quartic,
    interactions: [{ weight: 1, interaction: absolute }],
    constant: 0,
  });
  const mu = atoms(-1, 0.2, 0.3, 0.35, 1.5);
  const { measure, status, objective, residual } = await onTheLine.prox(G, mu, 0.5, context);
  expect(status).toBe('ok');
  expect(residual).toBeLessThan(1e-9);
  const x = numbers(measure);
  expect(x[3]! - x[1]!).toBeLessThan(1e-9);
  const cost = async (y: number[]): Promise<number> =>
    (await onTheLine.value(G, atoms(...sorted(y)))) + (await onTheLine.distance2(mu, atoms(...sorted(y))));
  for (let i = 0; i < 5; i++)
    for (const shift of [-1e-3, 1e-3]) expect(await cost(x.with(i, x[i]! + shift))).toBeGreaterThan(objective!);
});

test.each(['linear', 'atoms'] as const)(
  'interactions that are not convex end at a stationary point, as %s',
  async (kind) => {
    const line = space({ kind, nodes: 30 });
    const mu = await line.represent(normal(0, 1), rng);
    const G = energy('bumps', {
      entropy: 0.1,
      potential: quadratic(0.2),
      interactions: [{ weight: -3, interaction: bump }],
      constant: 0,
    });
    const { status, residual } = await line.prox(G, mu, 1, context);
    expect(status).toBe('ok');
    expect(residual).toBeLessThan(1e-9);
  },
);

describe('a potential with a kink, with entropy', () => {
  const V = potential((x) => 3 * Math.abs(x), (x) => 3 * Math.sign(x), () => 0, 0); // prettier-ignore
  const G = energy('laplace', { entropy: 1, potential: V, constant: 0 });

  test.each([linear, atoms])('no node can be moved for the better', async (make) => {
    const mu = make(-0.2, 0.3, 0.9, 1.1, 1.6);
    const { measure, status, objective } = await onTheLine.prox(G, mu, 0.5, context);
    expect(status).toBe('ok');
    const x = numbers(measure);
    for (let i = 0; i < 5; i++)
      for (const shift of [-1e-4, 1e-4]) {
        const nu = make(...x.with(i, x[i]! + shift));
        expect((await onTheLine.value(G, nu)) + (await onTheLine.distance2(mu, nu))).toBeGreaterThan(objective!);
      }
  });

  test('holds an atom on it', async () => {
    const { measure } = await onTheLine.prox(G, atoms(-1, 0.05, 1), 0.5, context);
    // The middle atom feels less than 3 from its neighbours and its tether; the kink is rounded off by 1e-7.
    expect(Math.abs(numbers(measure)[1]!)).toBeLessThan(1e-6);
  });
});

test('beyond 1 / -lambda, with entropy: a local minimiser', async () => {
  const well = potential((x) => (x * x - 1) ** 2 / 4, (x) => x ** 3 - x, (x) => 3 * x * x - 1, -1); // prettier-ignore
  const G = energy('well', { entropy: 1, potential: well, constant: 0 });
  const mu = await onTheLine.represent(normal(0.2, 1), rng);
  const { status, residual } = await onTheLine.prox(G, mu, 20, context);
  expect(status).toBe('ok');
  expect(residual).toBeLessThan(1e-9);
});

describe('sums of terms and facets', () => {
  /** |mean|^2 / 2 by its facet alone. */
  const squaredMean: Functional = {
    id: 'squared-mean',
    facets: {
      quantile: {
        value: ({ nodes: { data } }) => (Array.from(data).reduce((a, b) => a + b) / data.length) ** 2 / 2,
        gradient: ({ nodes: { data } }) =>
          new Float64Array(data.length).fill(Array.from(data).reduce((a, b) => a + b) / data.length),
      },
    },
  };
  const G: Functional = { id: 'sum', summands: [{ weight: 1, of: kl(0, 1) }, { weight: 3, of: squaredMean }] }; // prettier-ignore
  const mu = atoms(0.5, 1, 2, 4);

  test('are added, value and gradient', async () => {
    expect(await onTheLine.value(G, mu)).toBeCloseTo((await onTheLine.value(kl(0, 1), mu)) + 1.5 * 1.875 ** 2, 12);
    const [own, all] = [await onTheLine.gradient(kl(0, 1), mu), await onTheLine.gradient(G, mu)];
    expect(
      largestGap(
        all.data,
        Array.from(own.data, (v) => v + 3 * 1.875),
      ),
    ).toBeLessThan(1e-12);
  });

  test('and solved as one', async () => {
    const { measure, status } = await onTheLine.prox(G, mu, 0.5, context);
    expect(status).toBe('ok');
    // The mean of the first-order condition: (m' - m) / gamma + m' + 3 m' = 0.
    expect((await onTheLine.moments(measure)).mean[0]).toBeCloseTo(1.875 / 3, 8);
  });
});

test("a facet's own proximal map goes first, and its residual is measured", async () => {
  const halved: Functional = {
    ...energy('halved', { entropy: 0, potential: quadratic(1), constant: 0 }),
    facets: {
      quantile: {
        value: () => 7,
        prox: ({ kind, nodes }) => ({ kind, nodes: { ...nodes, data: Float64Array.from(nodes.data, (x) => x / 2) } }),
      },
    },
  };
  const { measure, residual, objective, moved2 } = await onTheLine.prox(halved, atoms(1, 2), 1, context);
  expect(numbers(measure)).toEqual([0.5, 1]);
  expect(residual).toBeCloseTo(0, 12);
  expect(moved2).toBeCloseTo(0.625, 12);
  expect(objective).toBeCloseTo(7 + 0.3125, 12);
});

describe('what has no minimiser, or overflows', () => {
  test('attraction beyond what entropy resists', async () => {
    const G = energy('collapse', { entropy: 1, interactions: [{ weight: 6, interaction: logarithm }], constant: 0 });
    const { status, message } = await onTheLine.prox(G, atoms(0, 1e-3, 2e-3, 3e-3), 10, context);
    expect(status).not.toBe('ok');
    expect(message).toMatch(/^after a proximal step of size 10: /);
  });

  test('numbers that are not finite', async () => {
    const huge: Interaction = { ...bump, at: () => ({ value: NaN, first: NaN, second: NaN }) };
    const { status, measure } = await onTheLine.prox(
      interacting({ weight: 1, interaction: huge }),
      atoms(0, 1),
      1,
      context,
    );
    expect(status).toBe('non-finite');
    expect(numbers(measure)).toEqual([0, 1]);
  });
});

test('a step from a law that is nearly a point', async () => {
  const { status, measure } = await onTheLine.prox(kl(0, 1), linear(0, 1e-12, 1e-12, 1e-12, 1e-9), 0.1, context);
  expect(status).toBe('ok');
  expect(numbers(measure).every((x, i, all) => i === 0 || x > all[i - 1]!)).toBe(true);
});

describe('who watches a solve', () => {
  const mu = linear(-1, 0, 0.5, 2);
  const G = kl(0, 1);

  test('hears of each step', async () => {
    const seen: number[] = [];
    const losses: number[] = [];
    const progress = (at: { iteration: number; loss: number }) => {
      seen.push(at.iteration);
      losses.push(at.loss);
    };
    const { objective } = await space().prox(G, mu, 0.5, { ...context, progress });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual(seen.map((_, i) => i));
    expect(losses.at(-1)! - losses[0]!).toBeLessThan(0);
    expect(losses.at(-1)).toBeCloseTo(objective!, 9);
  });

  test('may end it before it begins, and between two of its steps', async () => {
    const anchors = [{ weight: 1, measure: mu }];
    const { signal } = ((before) => (before.abort(new Error('enough')), before))(new AbortController());
    await expect(space().prox(G, mu, 0.5, { ...context, signal })).rejects.toThrow('enough');
    await expect(space().anchoredProx(G, anchors, { ...context, signal })).rejects.toThrow('enough');
    const later = new AbortController();
    const progress = ({ iteration }: { iteration: number }): void => {
      if (iteration === 1) later.abort(new Error('midway'));
    };
    const solve = space().prox(G, mu, 0.5, { ...context, progress, signal: later.signal });
    await expect(solve).rejects.toThrow('midway');
  });
});
