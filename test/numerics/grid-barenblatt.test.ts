/**
 * Porous medium on space `grid` against Barenblatt: a JKO step keeps the family rho_s = s^-d B(x / s), so that the
 * exact result of every step is known.
 */
import { calculusOf, type Scheme } from '@wasserflow/core';
import { acceleratedJko, implicitMidpoint } from '@wasserflow/schemes';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import {
  barenblattOn,
  confinement,
  gridOn,
  l1,
  massesOf,
  nextScale,
  order,
  porousMedium,
  spaceOn,
  totalMass,
} from './grid-laws.js';
import oracles from './oracles/grid.json' with { type: 'json' };

const context = { rng: stream('barenblatt') };
const profile = (d: number, m: number) => {
  const i = oracles.barenblatt.inputs.findIndex((v) => v.d === d && v.m === m);
  return { d, m, ...oracles.barenblatt.outputs[i]! };
};
const { inputs, outputs } = oracles.jko_porous_medium_barenblatt;

/** W2 between a step of the grid and the exact law on the same cells, and what else there is to compare. */
async function step(
  shape: number[],
  m: number,
  method: 'entropic' | 'back-and-forth',
  options: { lambda?: number; epsilon?: number; half?: number } = {},
) {
  const { lambda = 0, epsilon, half = 3 } = options;
  const d = shape.length;
  const law = profile(d, m);
  const grid = gridOn(shape, half);
  const space = calculusOf(spaceOn(shape, half, { method, epsilon }));
  const mu = barenblattOn(grid, law, 1);
  const G = porousMedium(m, lambda ? confinement(lambda, d) : undefined);
  const result = await space.prox(G, mu, inputs.gamma, context);
  const exact = barenblattOn(grid, law, nextScale(law, 1, inputs.gamma, lambda));
  const second = async (nu: typeof mu) => (await space.moments(nu)).covariance[0]![0]!;
  return {
    ...result,
    w2: Math.sqrt(await space.distance2(result.measure, exact)),
    l1: l1(result.measure, exact),
    variance: (await second(result.measure)) - (await second(exact)),
    exact,
  };
}

describe('one JKO step of the porous medium on a line', () => {
  it('has the scales of the oracle', () => {
    expect(nextScale(profile(1, 2), inputs.s0, inputs.gamma)).toBeCloseTo(outputs.s1, 10);
    expect(nextScale(profile(1, 2), inputs.s0, inputs.gamma, 1)).toBeCloseTo(outputs.s1_confined_lam1, 10);
  });

  const sizes = [24, 48, 96, 192, 384];
  // Where the front falls within its cell changes the error by a factor; the mean over boxes does not show it.
  const boxes = [2.8, 2.9, 3, 3.1, 3.2, 3.3];
  it.each([
    // The front is known to a fraction of a cell: order 3/2, and 2 away from it.
    [2, 1.4],
    [3, 1.3],
  ])('m = %d: W2 to the exact step falls with order %d or more', async (m, least) => {
    const errors: number[] = [];
    for (const n of sizes) {
      let sum = 0;
      for (const half of boxes) sum += (await step([n], m, 'back-and-forth', { half })).w2 ** 2;
      errors.push(Math.sqrt(sum / boxes.length));
    }
    expect(order(sizes, errors), errors.join(', ')).toBeLessThan(-least);
    expect(errors.at(-1)!).toBeLessThan(5e-4);
  });

  it.each([2, 3])('m = %d: is solved to its tolerance, with mass one and the distance of the oracle', async (m) => {
    const { status, info, moved2, measure } = await step([128], m, 'back-and-forth');
    expect(status).toBe('ok');
    expect(info!['misplaced']).toBeLessThan(1e-9);
    expect(Math.abs(totalMass(measure) - 1)).toBeLessThan(1e-12);
    const law = profile(1, m);
    const moved = (nextScale(law, 1, inputs.gamma) - 1) * Math.sqrt(law.second_moment_t1);
    // W2 of the step is an error of W2 of the result at most.
    expect(Math.sqrt(moved2!)).toBeCloseTo(moved, 3);
  });

  it('with a potential contracts as the oracle says', async () => {
    const { w2, status } = await step([128], 2, 'back-and-forth', { lambda: 1 });
    expect(status).toBe('ok');
    expect(w2).toBeLessThan(1e-3);
  });

  it('many steps stay on the family: no blur of h^2 a step', async () => {
    const law = profile(1, 2);
    const space = calculusOf(spaceOn([96], 4));
    const grid = gridOn([96], 4);
    let [mu, s] = [barenblattOn(grid, law, 1), 1];
    for (let k = 0; k < 40; k++) {
      mu = (await space.prox(porousMedium(2), mu, 0.05, context)).measure;
      s = nextScale(law, s, 0.05);
    }
    expect(Math.abs(totalMass(mu) - 1)).toBeLessThan(1e-12);
    // A blur of h^2 / 12 a step would put W2 at 0.01; h = 0.083.
    expect(Math.sqrt(await space.distance2(mu, barenblattOn(grid, law, s)))).toBeLessThan(3e-3);
  });

  it('by entropic steps errs by the square of epsilon', async () => {
    const epsilon = 0.08;
    const { status, variance, measure } = await step([96], 2, 'entropic', { epsilon });
    expect(status).toBe('ok');
    // The whole entropy of the plan would leave a share of epsilon / 2; of s^2 = 0.3 this is epsilon^2 / (16 s^2).
    expect(Math.abs(variance)).toBeLessThan(epsilon ** 2 / (16 * 0.3));
    expect(Math.abs(totalMass(measure) - 1)).toBeLessThan(1e-12);
  });
});

describe('the source-type solution in a plane', () => {
  it.each([2, 3])('m = %d: has the densities, front, moments and energy of the oracle at t = 1 and 2', async (m) => {
    const law = profile(2, m);
    const [n, half] = [120, 2.5];
    const grid = gridOn([n, n], half);
    const space = calculusOf(spaceOn([n, n], half));
    const [one, two] = [1, 2].map((t) => barenblattOn(grid, law, t ** law.beta));
    const h = grid.spacing[0]!;
    const at = (mu: typeof one, x: number): number =>
      mu!.mass.data[Math.floor((x + half) / h) * n + n / 2]! / grid.volume;
    const radius = law.radius_t1!;
    // Means over cells of side 0.04 near the centre, and the slope at half of the radius over half a cell.
    expect(at(one, 0) / law.rho_0_t1!).toBeCloseTo(1, 3);
    expect(at(two, 0) / law.rho_0_t2!).toBeCloseTo(1, 3);
    expect(at(one, radius / 2) / law.rho_half_radius_t1!).toBeCloseTo(1, 1);
    expect(at(one, radius + 2 * h)).toBe(0);
    expect(at(one, radius - 2 * h)).toBeGreaterThan(0);
    const second = async (mu: typeof one) => {
      const { covariance } = await space.moments(mu!);
      return covariance[0]![0]! + covariance[1]![1]! - h ** 2 / 3;
    };
    expect((await second(one)) / law.second_moment_t1).toBeCloseTo(1, 3);
    expect((await second(two)) / law.second_moment_t2!).toBeCloseTo(1, 3);
    expect((await space.value(porousMedium(m), one!)) / law.energy_t1!).toBeCloseTo(1, 2);
    expect((await space.value(porousMedium(m), two!)) / law.energy_t2!).toBeCloseTo(1, 2);
    expect(Math.sqrt(await space.distance2(one!, two!)) / law.W2_t1_t2!).toBeCloseTo(1, 2);
  });
});

describe('one JKO step of the porous medium in a plane', () => {
  it.each([
    // Near the exact step already on the coarsest cells, and then as exact as the ascent, which leaves about h.
    [2, 1],
    [3, 2],
  ])('m = %d: W2 to the exact step falls with order %d or more', async (m, least) => {
    const sizes = [20, 32, 48];
    const runs = new Map<number, Awaited<ReturnType<typeof step>>[]>();
    for (const n of sizes) {
      const found = [];
      // As on a line: where the front falls within its cell changes the error.
      for (const half of [2.3, 2.5, 2.7]) found.push(await step([n, n], m, 'back-and-forth', { half }));
      runs.set(n, found);
    }
    const fine = runs.get(48)![1]!;
    expect(fine.status).toBe('ok');
    expect(Math.abs(totalMass(fine.measure) - 1)).toBeLessThan(1e-12);
    const errors = (of: 'l1' | 'w2'): number[] =>
      sizes.map((n) => Math.sqrt(runs.get(n)!.reduce((sum, run) => sum + run[of] ** 2, 0) / 3));
    expect(order(sizes, errors('l1')), errors('l1').join(', ')).toBeLessThan(-1.2);
    expect(order(sizes, errors('w2')), errors('w2').join(', ')).toBeLessThan(-least);
    expect(errors('l1').at(-1)!).toBeLessThan(0.006);
    expect(errors('w2').at(-1)!).toBeLessThan(1e-3);
    expect(Math.abs(fine.variance)).toBeLessThan(2e-3);
  });

  it('is symmetric under exchange of the axes', async () => {
    const { measure } = await step([32, 32], 2, 'back-and-forth', { half: 2.5 });
    const transposed = massesOf(measure).map((_, i) => measure.mass.data[(i % 32) * 32 + Math.floor(i / 32)]!);
    // Transforms take the axes in turn; what is left is the error of the solve.
    expect(massesOf(measure).reduce((s, v, i) => s + Math.abs(v - transposed[i]!), 0)).toBeLessThan(2e-3);
  });
});

describe('schemes that go on along maps in a plane, on the confined porous medium', () => {
  const law = profile(2, 2);
  const [gamma, half, lambda] = [0.3, 2.5, 1];
  const jkoScale = (s: number, size: number): number => nextScale(law, s, size, lambda);
  // Maps between scales are dilations, so that both schemes are recursions of scales.
  const midpoint = ([s]: readonly number[]): number => 2 * jkoScale(s!, gamma / 2) - s!;
  /** Momentum 0, 0, 1/6 in the first three steps. */
  const accelerated = ([s, before]: readonly number[], k: number): number =>
    jkoScale(k < 2 ? s! : s! + (s! - before!) / 6, gamma);
  const schemes: [string, Scheme<any>, typeof accelerated][] = [
    ['implicit-midpoint', implicitMidpoint(), midpoint],
    ['accelerated-jko', acceleratedJko(), accelerated],
  ];

  it.each(schemes)('%s has the scales of its recursion', async (_, scheme, next) => {
    const grid = gridOn([32, 32], half);
    const problem = {
      functional: porousMedium(2, confinement(lambda, 2)),
      space: calculusOf(spaceOn([32, 32], half)),
    };
    let state = scheme.init(barenblattOn(grid, law, 1), problem);
    let scales = [1];
    for (let k = 0; k < 3; k++) {
      const result = await scheme.step(state, problem, { step: k + 1, gamma, rng: stream(0) });
      expect([result.status, result.message]).toEqual(['ok', undefined]);
      state = result.state;
      scales = [next(scales, k), ...scales];
    }
    // The measure moves by 0.25, and a step of the other scheme would be off by 0.02; a cell has side 0.16.
    const exact = barenblattOn(grid, law, scales[0]!);
    expect(Math.sqrt(await problem.space.distance2(state.measure, exact))).toBeLessThan(6e-3);
  });
});
