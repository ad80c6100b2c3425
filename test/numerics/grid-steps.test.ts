/** Steps on space `grid`: Gaussians, first-order conditions, crowds, conservation of mass. */
import { calculusOf, energy, type Functional, type GridMeasure, type Potential } from '@wasserflow/core';
import { congestion, sum } from '@wasserflow/functionals';
import { stream } from '@wasserflow/tensor';
import { assert, asyncProperty, constantFrom, double, integer, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confinement, gridOn, onGrid, porousMedium, spaceOn, totalMass } from './grid-laws.js';
import { measureOn } from '@wasserflow/space-grid';
import oracles from './oracles/grid.json' with { type: 'json' };

const context = { rng: stream('steps') };
const quadratic = (lambda: number, center: number): Potential => ({
  dimension: 1,
  quadratic: { precision: [[lambda]], center: [center], constant: 0 },
});
const klTo = (lambda: number, center: number): Functional =>
  energy('kl', { entropy: 1, potential: quadratic(lambda, center), constant: Math.log((2 * Math.PI) / lambda) / 2 });
const gaussian = (mean: number, std: number) => ({
  id: 'g',
  dimension: 1,
  gaussian: { mean: [mean], covariance: [[std * std]] },
});

/** h^2 / 12 for the masses of cells, and once more for a density that is constant on them. */
const binned = ({ lower, upper, mass: { shape } }: GridMeasure): number =>
  ((upper[0]! - lower[0]!) / shape[0]!) ** 2 / 6;

describe('a JKO step of KL between Gaussians', () => {
  const { inputs, outputs } = oracles.jko_kl_gaussian_1d;
  // The fifth case has a standard deviation of a thousandth, which no cell resolves.
  const cases = inputs.map((input, i) => [input, outputs[i]!] as const).filter(([input]) => input.sigma > 0.01);

  it.each(cases)('%o, by the dual on a line', async ({ m, sigma, m_star, lam, gamma }, expected) => {
    const half = 6 * Math.max(sigma, expected.sigma) + Math.abs(m) + Math.abs(m_star);
    const space = calculusOf(spaceOn([300], half));
    const mu = await space.represent(gaussian(m, sigma), stream('represent'));
    const { status, measure, moved2, objective } = await space.prox(klTo(lam, m_star), mu, gamma, context);
    expect(status).toBe('ok');
    const { mean, covariance } = await space.moments(measure);
    const h2 = binned(measure);
    // Second order in the size of a cell next to the width of the law.
    const scale = expected.sigma * (h2 / expected.sigma ** 2 + h2 / sigma ** 2);
    expect(Math.abs(mean[0]! - expected.m)).toBeLessThan(0.5 * scale);
    expect(Math.abs(Math.sqrt(covariance[0]![0]! - h2) - expected.sigma)).toBeLessThan(scale);
    expect(Math.abs(Math.sqrt(moved2!) - Math.sqrt(expected.W2sq_step))).toBeLessThan(scale);
    expect(Math.abs(objective! - expected.JKO_objective)).toBeLessThan((2 + expected.JKO_objective) * scale);
  });

  it('by entropic steps tends to it with the square of epsilon', async () => {
    const [{ m, sigma, m_star, lam, gamma }, expected] = cases[1]!;
    const errors: number[] = [];
    for (const epsilon of [3.2, 1.6, 0.8]) {
      const space = calculusOf(spaceOn([320], 12, { method: 'entropic', epsilon }));
      const mu = await space.represent(gaussian(m, sigma), stream('represent'));
      const { status, measure } = await space.prox(klTo(lam, m_star), mu, gamma, context);
      expect(status).toBe('ok');
      errors.push((await space.moments(measure)).covariance[0]![0]! - binned(measure) - expected.sigma ** 2);
    }
    // With the whole entropy of the plan it would be a share of epsilon / 2, and first order.
    expect(errors[2]!).toBeLessThan(0.01);
    expect(errors[0]! / errors[1]!).toBeCloseTo(4, 0);
    expect(errors[1]! / errors[2]!).toBeCloseTo(4, 0);
  });

  it('by entropic steps is the exact entropic step: Gaussian, with variance from its fixed point', async () => {
    // The masses of cells have h^2 / 12 more than s; the density that is constant on them once more.
    const [epsilon, gamma, s] = [0.5, 0.3, 1.3];
    const space = calculusOf(spaceOn([120], 9, { method: 'entropic', epsilon }));
    const mu = await space.represent(gaussian(0, Math.sqrt(s)), stream('represent'));
    const { measure } = await space.prox(klTo(1, 0), mu, gamma, context);
    const sigma = (2 * gamma) / epsilon;
    // log a = -A x^2 / 2, log b = -B x^2 / 2; convolving with K adds epsilon / 2 to the variance 1 / B.
    const h2 = binned(mu) / 2;
    const through = (p: number): number => 1 / (1 / p + epsilon / 2);
    let A = 0;
    for (let k = 0; k < 2000; k++) {
      const Kb = through(1 / (s + h2) - through(A));
      // Half a unit of entropy is taken off that of the plan.
      A = (Kb + sigma) / (1 / 2 + sigma) - Kb;
    }
    const precision = A + through(1 / (s + h2) - through(A));
    const { covariance } = await space.moments(measure);
    // Sums over cells of Gaussians wider than these are integrals.
    expect(covariance[0]![0]! - h2).toBeCloseTo(1 / precision, 6);
  });
});

describe('crowds', () => {
  const crowd = (maximum: number): Functional =>
    sum([congestion(maximum), energy('V', { entropy: 0, potential: quadratic(1, 0), constant: 0 })]);
  const block = (n: number, from: number, to: number, half = 4) => {
    const grid = gridOn([n], half);
    const share = Array.from({ length: n }, (_, i) => {
      const [a, b] = [-half + i * grid.spacing[0]!, -half + (i + 1) * grid.spacing[0]!];
      return Math.max(0, Math.min(b, to) - Math.max(a, from)) / (to - from);
    });
    return measureOn(grid, Float64Array.from(share));
  };

  it.each(['back-and-forth', 'entropic'] as const)(
    '%s: a full block moves as one, to its centre / (1 + gamma)',
    async (method) => {
      // The mean obeys the step of a point in V = x^2 / 2; a block at the largest density keeps its shape.
      const space = calculusOf(spaceOn([160], 4, { method, ...(method === 'entropic' && { epsilon: 0.005 }) }));
      const { status, measure } = await space.prox(crowd(0.5), block(160, 0, 2), 0.25, context);
      expect(status).toBe('ok');
      expect(Math.max(...measure.mass.data) / 0.05).toBeLessThan(0.5 + 1e-6);
      expect(Math.abs(totalMass(measure) - 1)).toBeLessThan(1e-12);
      expect((await space.moments(measure)).mean[0]).toBeCloseTo(0.8, 3);
      const w2 = Math.sqrt(await space.distance2(measure, block(160, -0.2, 1.8)));
      expect(w2).toBeLessThan(method === 'entropic' ? 0.03 : 0.01);
    },
  );

  it('a thin block is drawn together, and stops at the bound', async () => {
    const space = calculusOf(spaceOn([200], 4));
    let mu = block(200, -3, 3);
    // Without the bound the density 1 / 6 becomes (1 + gamma) / 6: below 0.2 nothing is felt.
    mu = (await space.prox(crowd(0.3), mu, 0.2, context)).measure;
    expect(Math.sqrt(await space.distance2(mu, block(200, -2.5, 2.5)))).toBeLessThan(0.02);
    for (let k = 0; k < 12; k++) mu = (await space.prox(crowd(0.3), mu, 0.5, context)).measure;
    expect(Math.sqrt(await space.distance2(mu, block(200, -1 / 0.6, 1 / 0.6)))).toBeLessThan(0.01);
  });

  it('in a plane a full disc moves as one', async () => {
    const space = calculusOf(spaceOn([32, 32], 2));
    const grid = gridOn([32, 32], 2);
    // The share of each cell in the disc, by 8 x 8 points.
    const points = Array.from({ length: 64 }, (_, i) =>
      [Math.floor(i / 8), i % 8].map((k) => ((k + 0.5) / 8 - 0.5) / 8),
    );
    const inside = (x: number, y: number): number => ((x - 0.6) ** 2 + y * y < 1 ? 1 : 0);
    const share = onGrid(grid, ([x, y]) => points.reduce((n, [a, b]) => n + inside(x! + a!, y! + b!) / 64, 0));
    const all = share.reduce((a, b) => a + b);
    const mu = measureOn(
      grid,
      share.map((v) => v / all),
    );
    const maximum = 1 / Math.PI;
    const G = sum([congestion(maximum), energy('V', { entropy: 0, potential: confinement(1, 2), constant: 0 })]);
    const { status, measure } = await space.prox(G, mu, 0.1, context);
    expect(status).toBe('ok');
    expect(Math.max(...measure.mass.data) / grid.volume).toBeLessThan(maximum * (1 + 1e-6));
    expect(Math.abs(totalMass(measure) - 1)).toBeLessThan(1e-12);
    const [before, after] = [await space.moments(mu), await space.moments(measure)];
    expect(after.mean[0]).toBeCloseTo(before.mean[0]! / 1.1, 2);
    // A disc of radius 1, with h^2 / 6 = 0.003 of the cells.
    expect(Math.abs(after.covariance[0]![0]! - before.covariance[0]![0]!)).toBeLessThan(0.01);
  });
});

describe('every operation conserves mass to 1e-12', () => {
  const functionals = {
    kl: (d: number) => energy('kl', { entropy: 1, potential: confinement(1.3, d), constant: 0 }),
    'porous medium, m = 2': (d: number) => porousMedium(2, confinement(0.7, d)),
    'porous medium, m = 3': () => porousMedium(3),
    'fast diffusion, m = 3/4': () => porousMedium(0.75),
  };
  const arbitrary = record({
    d: constantFrom(1, 2),
    method: constantFrom('entropic' as const, 'back-and-forth' as const),
    name: constantFrom(...(Object.keys(functionals) as (keyof typeof functionals)[])),
    gamma: double({ min: 0.05, max: 0.5, noNaN: true }),
    seed: integer({ min: 0, max: 1e6 }),
  });

  it('on random masses', async () => {
    await assert(
      asyncProperty(arbitrary, async ({ d, method, name, gamma, seed }) => {
        const shape = d === 1 ? [30] : [12, 15];
        const space = calculusOf(
          spaceOn(shape, 3, { method: name === 'kl' && d === 2 ? 'entropic' : method, iterations: 30 }),
        );
        const raw = Float64Array.from(stream(seed).uniform([shape.reduce((a, b) => a * b)]).data, (u) => 0.05 + u);
        const all = raw.reduce((a, b) => a + b);
        const mu = measureOn(
          gridOn(shape, 3),
          raw.map((v) => v / all),
        );
        const G = functionals[name](d);
        const v = await space.gradient(G, mu);
        const results = [
          (await space.prox(G, mu, gamma, context)).measure,
          await space.push(mu, v, -gamma),
          await space.diffuse(mu, gamma, stream('none')),
        ];
        for (const nu of results) {
          expect(Math.abs(totalMass(nu) - 1)).toBeLessThan(1e-12);
          expect(Math.min(...nu.mass.data)).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 40, seed: 4 },
    );
  });
});

describe('the entropic step and the dual agree in a plane', () => {
  it('on the porous medium', async () => {
    const G = porousMedium(2, confinement(1, 2));
    const shape = [40, 40];
    const [dual, entropic] = [spaceOn(shape, 2.5), spaceOn(shape, 2.5, { method: 'entropic', epsilon: 0.01 })];
    const mu = await calculusOf(dual).represent(
      {
        id: 'g',
        dimension: 2,
        gaussian: {
          mean: [0.2, -0.1],
          covariance: [
            [0.2, 0],
            [0, 0.1],
          ],
        },
      },
      stream('represent'),
    );
    const [a, b] = [
      await calculusOf(dual).prox(G, mu, 0.2, context),
      await calculusOf(entropic).prox(G, mu, 0.2, context),
    ];
    expect([a.status, b.status]).toEqual(['ok', 'ok']);
    const [p, q] = [await calculusOf(dual).moments(a.measure), await calculusOf(dual).moments(b.measure)];
    for (const k of [0, 1]) {
      expect(p.mean[k]).toBeCloseTo(q.mean[k]!, 2);
      // Of second order in a cell of 1/8, whose own variance is 0.0013.
      expect(Math.abs(p.covariance[k]![k]! - q.covariance[k]![k]!)).toBeLessThan(0.002);
      // The mean obeys the step of a point in |x|^2 / 2.
      expect(q.mean[k]).toBeCloseTo([0.2, -0.1][k]! / 1.2, 3);
    }
  });
});
