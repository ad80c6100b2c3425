import type { Functional, Interaction, Kernel, ParticleMeasure, Potential, RadialKernel } from '@wasserflow/core';
import { fromRows, ops, stream, toRows, type NdArray } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { cloud, context, largestGap, line, potentialEnergy, quartic, space, vector } from './clouds.js';

const h = 0.8;
const radial: RadialKernel = {
  bandwidth: h,
  at: (s) => {
    const value = Math.exp(-s / (2 * h * h));
    return { value, first: -value / (2 * h * h), second: value / (4 * h ** 4) };
  },
  value: (s) => ops.exp(ops.mul(s, -1 / (2 * h * h))),
  slope: (s) => ops.mul(ops.exp(ops.mul(s, -1 / (2 * h * h))), -1 / (2 * h * h)),
};
const gaussian: Kernel = { id: 'gaussian', radial: () => radial };
const linear: Kernel = { id: 'linear', linear: true };

/** V = 3 (x - 1)^2 / 2 + y^2 / 2. */
const gradV = ([x, y]: readonly number[]): number[] => [3 * (x! - 1), y!];
const V: Potential = {
  dimension: 2,
  value: (x) => {
    const z = ops.sub(x, ops.tensor([[1, 0]]));
    return ops.sum(ops.mul(ops.square(z), ops.tensor([[1.5, 0.5]])), 1);
  },
};
const kl: Functional = { id: 'kl', terms: { entropy: 0.7, potential: V, constant: 0 } };

const masses = (mu: ParticleMeasure): ArrayLike<number> =>
  mu.weights?.data ?? new Float64Array(mu.points.shape[0]!).fill(1 / mu.points.shape[0]!);

/** sum_j w_j [k(x, y_j) grad V(y_j) - a grad_y k(x, y_j)], by the definition. */
function steinDirection(mu: ParticleMeasure, a: number, kernel: Kernel): number[] {
  const rows = toRows(mu.points);
  return rows.flatMap((x) => {
    const sum = [0, 0];
    for (const [j, y] of rows.entries()) {
      const s = (x[0]! - y[0]!) ** 2 + (x[1]! - y[1]!) ** 2;
      const { value, first } = kernel.linear ? { value: x[0]! * y[0]! + x[1]! * y[1]! + 1, first: 0 } : radial.at(s);
      for (const k of [0, 1]) {
        const slope = kernel.linear ? x[k]! : -2 * first * (x[k]! - y[k]!);
        sum[k]! += masses(mu)[j]! * (value * gradV(y)[k]! - a * slope);
      }
    }
    return sum;
  });
}

describe('the kernel gradient', () => {
  // 150 points are summed on the engine, 40 on the host.
  it.each([
    ['radial, few points', gaussian, 40, true],
    ['radial, in tiles', gaussian, 150, true],
    ['linear', linear, 40, true],
  ])('is that of the definition: %s', async (_, kernel, n, weighted) => {
    const mu = cloud('stein', n, 2, weighted);
    const { data } = await space().kernelGradient(kl, kernel, mu);
    expect(largestGap(data, steinDirection(mu, 0.7, kernel))).toBeLessThan(1e-5);
  });

  it('smooths the gradient where there is no entropy', async () => {
    const mu = cloud('smooth', 30);
    const { data } = await space().kernelGradient(potentialEnergy(V), gaussian, mu);
    expect(largestGap(data, steinDirection(mu, 0, gaussian))).toBeLessThan(1e-5);
  });

  it('refuses a kernel that it cannot sum', async () => {
    await expect(space().kernelGradient(kl, { id: 'odd' }, cloud('x', 3))).rejects.toThrow(
      /`odd` is neither radial nor linear/,
    );
  });
});

describe('gradients with entropy', () => {
  const score = {
    id: 'made-up',
    score: async ({ points }: ParticleMeasure): Promise<NdArray> => ({ shape: points.shape, data: points.data.map((v) => 10 * v) as Float64Array }), // prettier-ignore
  };

  it('add the estimated score, times the weight of the entropy', async () => {
    const mu = cloud('score', 12);
    const { data } = await space({ score }).gradient(kl, mu);
    const expected = toRows(mu.points).flatMap((x) => gradV(x).map((g, k) => g + 7 * x[k]!));
    expect(largestGap(data, expected)).toBeLessThan(1e-5);
  });

  it('still have no value, and no gradient elsewhere', async () => {
    const scored = space({ score });
    expect(scored.refuses('gradient', kl)).toBeUndefined();
    expect(scored.refuses('value', kl)).toMatch(/infinite/);
    expect(scored.refuses('gradientAt', kl)).toMatch(/at the points only/);
    expect(space().refuses('gradient', kl)).toMatch(/score: kde/);
    const porous: Functional = {
      id: 'porous',
      terms: { entropy: 0, internal: [{ weight: 1, power: 2 }], constant: 0 },
    };
    expect(scored.refuses('gradient', porous)).toMatch(/no density.*`quantile` or `grid`/);
  });
});

describe('gradients of interactions', () => {
  const morse: Interaction = radial;
  const G: Functional = {
    id: 'W',
    terms: { entropy: 0, interactions: [{ weight: 2, interaction: morse }], constant: 1 },
  };
  const mu = cloud('interaction', 25, 2, true);

  it('are the derivatives of values per weight', async () => {
    const s = space();
    const gradient = await s.gradient(G, mu);
    const moved = (e: number): ParticleMeasure => {
      const data = Float64Array.from(mu.points.data);
      data[9]! += e;
      return { ...mu, points: { shape: [25, 2], data } };
    };
    const slope = ((await s.value(G, moved(1e-4))) - (await s.value(G, moved(-1e-4)))) / 2e-4;
    // Central differences err by 1e-8.
    expect(slope / masses(mu)[4]!).toBeCloseTo(gradient.data[9]!, 6);
  });

  it('are known at other points: grad W * mu', async () => {
    const s = space();
    const u = stream('u').normal([25, 2]);
    const { data } = await s.gradientAt(G, mu, u);
    const rows = toRows(mu.points);
    const z = [rows[3]![0]! + u.data[6]!, rows[3]![1]! + u.data[7]!];
    const expected = [0, 1].map((k) =>
      rows.reduce((sum, y, j) => {
        const { first } = radial.at((z[0]! - y[0]!) ** 2 + (z[1]! - y[1]!) ** 2);
        return sum + 2 * masses(mu)[j]! * 2 * first * (z[k]! - y[k]!);
      }, 0),
    );
    expect(largestGap(data.subarray(6, 8), expected)).toBeLessThan(1e-12);
  });

  it('differentiate a facet that has a value only, and refuse weights there', async () => {
    const spread: Functional = { id: 'spread', facets: { particles: { value: (x) => ops.mean(ops.square(x)) } } };
    const plain = cloud('facet', 5);
    // The mean over 2 n numbers: gradient 2 x / 2 per point.
    expect(largestGap((await space().gradient(spread, plain)).data, plain.points.data)).toBeLessThan(1e-6);
    await expect(space().value(spread, mu)).rejects.toThrow(/equally weighted points/);
  });

  it('take pairs and computations of their own, and sum up summands', async () => {
    const other = { points: fromRows([[1, 1], [0, 2]]) }; // prettier-ignore
    const pairs: Functional = {
      id: 'pairs',
      facets: { particles: { pairs: () => ({ sums: [{ weight: 3, f: radial, against: other }], constant: 5 }) } },
    };
    const own: Functional = {
      id: 'own',
      facets: { particles: { evaluate: async ({ points }) => ({ value: 4, gradient: points }) } },
    };
    const sum: Functional = { id: 'sum', summands: [{ weight: 2, of: pairs }, { weight: -1, of: own }] }; // prettier-ignore
    const mean = toRows(mu.points).reduce((total, [x, y], i) => {
      const k = (c: number, d: number) => radial.at((x! - c) ** 2 + (y! - d) ** 2).value;
      return total + (3 * masses(mu)[i]! * (k(1, 1) + k(0, 2))) / 2;
    }, 5);
    expect(await space().value(sum, mu)).toBeCloseTo(2 * mean - 4, 12);
    const [a, b] = [await space().gradient(pairs, mu), await space().gradient(sum, mu)];
    expect(
      largestGap(
        b.data,
        Array.from(a.data, (v, i) => 2 * v - mu.points.data[i]!),
      ),
    ).toBeLessThan(1e-12);
    expect(space().refuses('gradientAt', sum)).toMatch(/own points only/);
  });
});

describe('weights and order', () => {
  // Point 2 twice, or once with double weight.
  const rows = toRows(cloud('base', 9).points);
  const twice: ParticleMeasure = { points: fromRows([...rows, rows[2]!]) };
  const once: ParticleMeasure = { points: fromRows(rows), weights: vector(rows.map((_, i) => (i === 2 ? 2 : 1) / 10)) };
  const W: Functional = {
    id: 'both',
    terms: { entropy: 0, potential: V, interactions: [{ weight: 1, interaction: radial }], constant: 0 },
  };
  const s = space();

  it('a weight of two is the point twice, for values, moments and distances', async () => {
    expect(await s.value(W, once)).toBeCloseTo(await s.value(W, twice), 6);
    const [a, b] = [await s.moments(once), await s.moments(twice)];
    expect(largestGap(a.covariance.flat(), b.covariance.flat())).toBeLessThan(1e-14);
    expect(await s.inner(once, once.points, once.points)).toBeCloseTo(
      await s.inner(twice, twice.points, twice.points),
      14,
    );
  });

  it.each([
    ['gradient', (mu: ParticleMeasure) => s.gradient(W, mu)],
    ['kernelGradient', (mu: ParticleMeasure) => s.kernelGradient(kl, gaussian, mu)],
    ['linear kernelGradient', (mu: ParticleMeasure) => s.kernelGradient(kl, linear, mu)],
    ['regularizedGradient', (mu: ParticleMeasure) => s.regularizedGradient(kl, mu, 0.2)],
    ['prox', async (mu: ParticleMeasure) => (await s.prox(W, mu, 0.3, context)).measure.points],
  ])('a weight of two is the point twice, and order does not matter: %s', async (_, of) => {
    const [a, b] = [(await of(once)).data, (await of(twice)).data];
    expect(largestGap(a, b.subarray(0, 18))).toBeLessThan(2e-5);
    const order = [4, 2, 8, 0, 1, 3, 7, 5, 6];
    const shuffled = await of({
      points: fromRows(order.map((i) => rows[i]!)),
      weights: vector(order.map((i) => once.weights!.data[i]!)),
    });
    const expected = order.flatMap((i) => [a[2 * i]!, a[2 * i + 1]!]);
    expect(largestGap(shuffled.data, expected)).toBeLessThan(2e-5);
  });

  it('draws by weight', async () => {
    const drawn = await s.sample(once, 5000, stream('draws'));
    const hits = toRows(drawn).filter(([x]) => x === rows[2]![0]).length;
    // Binomial(5000, 0.2) has standard deviation 28: four of them.
    expect(Math.abs(hits - 1000)).toBeLessThan(113);
    expect(s.defect({ ...once, weights: vector([...Array<number>(8).fill(0.125), 0]) })).toMatch(
      /weight of point 8 is 0/,
    );
  });
});

describe('Metropolis steps', () => {
  it('refuse what has no density', () => {
    expect(space({ dimension: 1 }).refuses('metropolis', potentialEnergy(quartic))).toMatch(
      /entropy of positive weight/,
    );
    const known: Functional = {
      id: 'score',
      terms: { entropy: 1, potential: { dimension: 1, gradient: (x) => x }, constant: 0 },
    };
    expect(space({ dimension: 1 }).refuses('metropolis', known)).toMatch(/gradient only/);
  });

  it('accept nearly all tiny proposals and hardly any wild ones', async () => {
    const s = space({ dimension: 1 });
    const diffusion: Functional = { id: 'kl', terms: { entropy: 1, potential: quartic, constant: 0 } };
    const mu = line(Array.from({ length: 200 }, (_, i) => (i - 100) / 80));
    expect((await s.metropolis(diffusion, mu, 1e-5, stream(1))).acceptance).toBeGreaterThan(0.98);
    expect((await s.metropolis(diffusion, mu, 50, stream(1))).acceptance).toBeLessThan(0.2);
  });
});
