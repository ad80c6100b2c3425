/** Means of quantile functions on a line: against Gaussians, and where a mean falls. */
import { calculusOf, energy } from '@wasserflow/core';
import { gridSpace, lineDistance2, makeGrid, measureOn } from '@wasserflow/space-grid';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { momentsOf } from '../src/cells/draw.js';
import { extrapolate, quantileMean } from '../src/transport/quantile-mean.js';

const law = (mean: number, deviation: number) => ({
  id: 'normal',
  dimension: 1,
  gaussian: { mean: [mean], covariance: [[deviation ** 2]] },
});
const on = (cells: number) => calculusOf(gridSpace({ initial: law(0, 1), cells, lower: [-7], upper: [7] }));
const context = { rng: stream('mean') };

describe('the mean of quantile functions', () => {
  it('of Gaussians has the means of means and deviations, to second order', async () => {
    const errors = [];
    for (const cells of [40, 80]) {
      const space = on(cells);
      const anchors = [];
      for (const [weight, mean, deviation] of [
        [2, 0.3, 0.9],
        [1, -1, 0.7],
        [-0.6, 0.5, 1.2],
      ] as const)
        anchors.push({ weight, measure: await space.represent(law(mean, deviation), stream(0)) });
      const { measure, apart } = quantileMean(anchors);
      expect(apart).toBeLessThan(1e-6);
      const exact = law((2 * 0.3 - 1 - 0.6 * 0.5) / 2.4, (2 * 0.9 + 0.7 - 0.6 * 1.2) / 2.4);
      errors.push(Math.sqrt(lineDistance2(measure, await space.represent(exact, stream(0)))));
    }
    expect(errors[1]).toBeLessThan(5e-3);
    expect(errors[1]).toBeLessThan(errors[0]! / 3);
  });

  it('extrapolates beyond where a geodesic ends to a point: all of the mass in a cell or two', async () => {
    const space = on(80);
    const [wide, narrow] = [await space.initial(stream(0)), await space.represent(law(0.5, 0.25), stream(0))];
    // Deviation 1 + 2 (0.25 - 1) < 0, mean 1.
    const { mean, covariance } = momentsOf(extrapolate(wide, narrow, 2));
    expect(Math.abs(mean[0]! - 1)).toBeLessThan(14 / 80);
    expect(Math.sqrt(covariance[0]![0]!)).toBeLessThan(14 / 80);
    expect(() => extrapolate(wide, narrow, 1)).toThrow('a finite t above 1, but got 1');
  });

  it('tells how far a mean that falls is from any law, and makes it one that does not', () => {
    const grid = makeGrid([8], [0], [8]);
    const mass = (...m: number[]) =>
      measureOn(
        grid,
        Float64Array.from(m, (v) => v / 4),
      );
    const from = mass(1, 3, 0, 0, 0, 0, 0, 0);
    // 2 (Q + 6) - Q increases.
    const anchors = [
      { weight: 2, measure: mass(0, 0, 0, 0, 0, 0, 1, 3) },
      { weight: -1, measure: from },
    ];
    expect(quantileMean(anchors).apart).toBe(0);
    // 11 Q less ten times what rises three times as far does not.
    const { apart, measure } = quantileMean([
      { weight: 1.1, measure: from },
      { weight: -1, measure: mass(1, 0, 0, 0, 0, 0, 0, 3) },
    ]);
    expect(apart).toBeGreaterThan(1);
    // Where it decreases throughout, it becomes a point.
    expect(Math.sqrt(momentsOf(measure).covariance[0]![0]!)).toBeLessThan(1);
  });
});

describe('a proximal step from several laws', () => {
  const G = energy('kl', {
    entropy: 1,
    potential: { dimension: 1, quadratic: { precision: [[1]], center: [0], constant: 0 } },
    constant: 0,
  });

  it('is that of Gaussians: d (1 + g) - g / d = c for the deviation', async () => {
    const space = on(80);
    const anchors = [
      { weight: 2, measure: await space.represent(law(0.5, 0.8), stream(0)) },
      { weight: -0.5, measure: await space.represent(law(0.9, 0.7), stream(0)) },
    ];
    const { measure, status, objective } = await space.anchoredProx(G, anchors, context);
    expect([status, objective]).toEqual(['ok', undefined]);
    const [g, m, c] = [1 / 3, (2 * 0.5 - 0.5 * 0.9) / 1.5, (2 * 0.8 - 0.5 * 0.7) / 1.5];
    const d = (c + Math.sqrt(c * c + 4 * g * (1 + g))) / (2 * (1 + g));
    const exact = await space.represent(law(m / (1 + g), d), stream(0));
    expect(Math.sqrt(await space.distance2(measure, exact))).toBeLessThan(5e-3);
  });

  it('tells where the anchors make no law', async () => {
    const space = on(40);
    const anchors = [
      { weight: 1, measure: await space.represent(law(0, 0.5), stream(0)) },
      { weight: -0.8, measure: await space.represent(law(0, 1), stream(0)) },
    ];
    const { status, message } = await space.anchoredProx(G, anchors, context);
    expect(status).toBe('not-converged');
    expect(message).toMatch(/the quantile functions falls somewhere, by 1.* in W2/);
  });

  it('refuses weights without a positive sum', async () => {
    const measure = await on(40).initial(stream(0));
    await expect(on(40).anchoredProx(G, [{ weight: -1, measure }], context)).rejects.toThrow('add up to -1');
    expect(() => quantileMean([])).toThrow('at least one anchor');
  });
});
