/** The fixed point behind steps with interactions and facets: its acceleration, inverse slopes, and what it tells. */
import { calculusOf, energy, type Functional, type GridFacet } from '@wasserflow/core';
import { gridSpace, type GridSpaceOptions } from '@wasserflow/space-grid';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { accelerated, type Pair } from '../src/prox/anderson.js';
import { inverseOf, slopeOf } from '../src/energy/cell-slope.js';

const space = (options: Partial<GridSpaceOptions> = {}) =>
  calculusOf(
    gridSpace({
      initial: { id: 'g', dimension: 1, gaussian: { mean: [0], covariance: [[1]] } },
      cells: 60,
      lower: [-5],
      upper: [5],
      ...options,
    }),
  );
const context = { rng: stream('linearised') };

describe('the acceleration', () => {
  it('finds the fixed point of an affine map of n numbers in n + 1 steps, also where the map expands', () => {
    const [A, b] = [
      [
        [0.5, 0.3, 0],
        [-2, 0.1, 0.4],
        [0.2, 0, -3],
      ],
      [1, -1, 0.5],
    ];
    const way = (x: Float64Array): Float64Array =>
      x.map((v, i) => b[i]! + A[i]!.reduce((sum, a, j) => sum + a * x[j]!, 0) - v);
    let pairs: Pair[] = [];
    let x = new Float64Array(3);
    for (let k = 0; k < 4; k++) {
      pairs = [{ x, d: way(x) }, ...pairs];
      x = Float64Array.from(accelerated(pairs, Float64Array.of(1, 2, 3)));
    }
    expect(Math.max(...way(x).map(Math.abs))).toBeLessThan(1e-12);
  });
});

describe('the inverse of a slope', () => {
  // -e^(-r) rises to 0, which it never reaches.
  const falling = { slope: (_: number, r: number) => -Math.exp(-r), rate: (_: number, r: number) => Math.exp(-r) };

  it('meets the slope over hundreds of orders of magnitude, from any start', () => {
    const terms = { linear: 0.3, internal: [{ weight: 2, power: 3 }], cells: [falling] };
    const local = slopeOf(terms);
    const inverse = inverseOf(local);
    for (const p of [-1e200, -50, -1, 0, 3, 1e5, -2]) {
      const r = inverse(p, 0);
      const slope = 0.3 * r + 3 * Math.exp(2 * r) - Math.exp(-r);
      expect(Math.abs(slope - p)).toBeLessThan(1e-11 * Math.max(1, Math.abs(p)));
    }
  });

  it('is infinite above the supremum of the slope, and nothing below a wall', () => {
    const only = inverseOf(slopeOf({ linear: 0, internal: [], cells: [falling] }));
    expect(only(0.1, 0)).toBe(Infinity);
    expect(Math.exp(only(-1e-3, 0))).toBeCloseTo(1e3, 9);
    const wall = { slope: () => Infinity, rate: () => 0 };
    expect(Math.exp(inverseOf(slopeOf({ linear: 1, internal: [], cells: [wall] }))(5, 0))).toBe(0);
  });
});

describe('a step of a facet with a first variation', () => {
  /** F = k / 2 (mean - a)^2, first variation k (mean - a) x. */
  const towards = (k: number, a: number): GridFacet => {
    const x = (i: number): number => -5 + (i + 0.5) / 6;
    const mean = (mass: ArrayLike<number>): number => Array.from(mass).reduce((sum, m, i) => sum + m * x(i), 0);
    return {
      value: ({ mass }) => (k / 2) * (mean(mass.data) - a) ** 2,
      firstVariation: ({ mass }) => Float64Array.from(mass.data, (_, i) => k * (mean(mass.data) - a) * x(i)),
    };
  };
  const G: Functional = {
    id: 'towards',
    summands: [
      { weight: 1, of: energy('entropy', { entropy: 1, constant: 0 }) },
      { weight: 2, of: { id: 'mean', facets: { grid: towards(1.5, 1) } } },
    ],
  };

  it('moves the mean as a point, is heard of, and can be ended', async () => {
    const on = space();
    const mu = await on.initial(stream(1));
    const seen: number[] = [];
    const result = await on.prox(G, mu, 0.4, { ...context, progress: ({ iteration }) => seen.push(iteration) });
    expect(result.status).toBe('ok');
    expect(result.residual).toBeLessThan(1e-9);
    // (y - 0) / gamma + 3 (y - 1) = 0, but for the walls at four deviations.
    expect((await on.moments(result.measure)).mean[0]).toBeCloseTo(1.2 / 2.2, 3);
    expect(seen).toEqual(seen.map((_, i) => i));
    expect(seen).toHaveLength(result.iterations!);
    expect(seen.length).toBeGreaterThan(1);
    const later = new AbortController();
    const progress = () => later.abort(new Error('enough'));
    const ended = on.prox(G, mu, 0.4, { ...context, progress, signal: later.signal });
    await expect(ended).rejects.toThrow('enough');
  });

  it('that nothing spreads is solved with entropic regularisation, unless another method is asked for', async () => {
    const alone: Functional = { id: 'mean', facets: { grid: towards(3, 1) } };
    const on = space({ epsilon: 0.05 });
    expect(on.refuses!('prox', alone)).toBeUndefined();
    expect(space({ method: 'back-and-forth' }).refuses!('prox', alone)).toContain('set `method: entropic`');
    const { status, measure } = await on.prox(alone, await on.initial(stream(1)), 0.4, context);
    expect(status).toBe('ok');
    expect((await on.moments(measure)).mean[0]).toBeCloseTo(1.2 / 2.2, 3);
  });

  it('says so where it is not finite at the start', async () => {
    const facet = { value: () => Infinity, firstVariation: () => new Float64Array(60) };
    const on = space();
    const mu = await on.initial(stream(1));
    const result = await on.prox({ id: 'inf', facets: { grid: facet } }, mu, 0.1, context);
    expect([result.status, result.message]).toEqual(['non-finite', 'G is not finite where the step starts']);
    expect(result.measure).toBe(mu);
  });
});
