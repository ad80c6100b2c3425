import {
  calculusOf,
  energy,
  type Distribution,
  type Functional,
  type GridMeasure,
  type Interaction,
  type Potential,
} from '@wasserflow/core';
import { gridSpace, type GridSpaceOptions } from '@wasserflow/space-grid';
import { stream } from '@wasserflow/tensor';
import { describeSpace } from '@wasserflow/testkit';
import { describe, expect, it } from 'vitest';
import { inner } from '../src/fields/field.js';

const gaussian = (mean: number[], covariance: number[][]): Distribution => ({
  id: 'normal',
  dimension: mean.length,
  gaussian: { mean, covariance },
});
const quadratic = (precision: number[][], center: number[]): Potential => ({
  dimension: center.length,
  quadratic: { precision, center, constant: 0.1 },
});
const onLine = (options: Partial<GridSpaceOptions> = {}) =>
  gridSpace({
    initial: gaussian([0.3], [[0.5]]),
    cells: 128,
    lower: [-5],
    upper: [5],
    method: 'back-and-forth',
    ...options,
  });
const context = { rng: stream('grid') };
const klLike: Functional = energy('kl-like', { entropy: 0.8, potential: quadratic([[1.5]], [-0.4]), constant: 0.2 });
const porous: Functional = energy('porous', {
  entropy: 0,
  internal: [{ weight: 1, power: 2 }],
  potential: quadratic([[1]], [0]),
  constant: 0,
});

// Cells of 0.08 next to laws of width 0.7: second order errors are a few times (0.08 / 0.7)^2 / 12 = 1e-3.
for (const [name, functional] of Object.entries({ 'entropy and potential': klLike, 'porous medium': porous }))
  describeSpace<GridMeasure>(`grid, ${name}`, {
    // Wide enough for the law three times as large.
    space: async () => onLine({ cells: 256, lower: [-10], upper: [10] }),
    functional,
    norm2: (mu, field) => inner(mu, field, field),
    tolerance: 4e-3,
  });

const masses = (mu: GridMeasure): Float64Array => Float64Array.from(mu.mass.data);
const mean = (mu: GridMeasure): number => {
  const [n] = mu.mass.shape;
  const h = (mu.upper[0]! - mu.lower[0]!) / n!;
  return masses(mu).reduce((sum, m, i) => sum + m * (mu.lower[0]! + (i + 0.5) * h), 0);
};

describe('what it starts from', () => {
  it('has six standard deviations about the mean as its box', async () => {
    const mu = await gridSpace({ initial: gaussian([1], [[4]]), cells: 10, method: 'entropic' }).initial(stream(1));
    expect([mu.lower, mu.upper]).toEqual([[-11], [13]]);
  });

  it('has the exact masses of a Gaussian', async () => {
    const mu = await onLine().initial(stream(1));
    expect(masses(mu).reduce((a, b) => a + b)).toBeCloseTo(1, 14);
    // Three parts in a hundred billion lie beyond the walls.
    expect(mean(mu)).toBeCloseTo(0.3, 9);
  });

  it('takes the box from draws where a law tells no moments, and its masses from their shares', async () => {
    const uniform: Distribution = { id: 'draws', dimension: 1, sample: (n, rng) => rng.uniform([n, 1]) };
    const mu = await gridSpace({ initial: uniform, cells: 64, method: 'entropic' }).initial(stream(1));
    expect(mu.upper[0]).toBeCloseTo(0.5 + 6 / Math.sqrt(12), 1);
    expect(mean(mu)).toBeCloseTo(0.5, 2);
  });

  it('integrates a density in a plane: the moments of a correlated Gaussian', async () => {
    const covariance = [
      [0.5, 0.2],
      [0.2, 0.4],
    ];
    const precision = [
      [0.4 / 0.16, -0.2 / 0.16],
      [-0.2 / 0.16, 0.5 / 0.16],
    ];
    const law = { ...gaussian([0, 0], covariance), potential: quadratic(precision, [0.1, -0.2]) };
    const space = calculusOf(gridSpace({ initial: law, cells: [50, 60], method: 'entropic' }));
    const moments = await space.moments(await space.initial(stream(1)));
    expect(moments.mean[0]).toBeCloseTo(0.1, 6);
    expect(moments.covariance[0]![1]).toBeCloseTo(0.2, 6);
    // Masses of cells and the density constant on them add h^2 / 12 each.
    const h = (12 * Math.sqrt(0.5)) / 50;
    expect(moments.covariance[0]![0]! - h ** 2 / 6).toBeCloseTo(0.5, 6);
  });

  it.each([
    [{ lower: [-1], upper: [1] }, 'lies outside of the box from [-1] to [1]; set `lower` and `upper`'],
    [{ lower: [2], upper: [1] }, 'has to be finite, with each of its 1 `upper` above `lower`'],
    [{ cells: [10, 10] }, '`cells` has 2 numbers, but `normal` lives on R^1'],
    [{ initial: { id: 'unknown', dimension: 1 }, lower: undefined }, 'tells neither its moments nor samples'],
    [{ initial: { id: 'unknown', dimension: 1 } }, 'has neither a potential with `pointwise` values nor `sample`'],
    [
      {
        initial: gaussian(
          [0, 0, 0],
          [
            [1, 0, 0],
            [0, 1, 0],
            [0, 0, 1],
          ],
        ),
        cells: 4,
        lower: undefined,
      },
      'a grid has 1 or 2 dimensions, not 3',
    ],
  ] as [Partial<GridSpaceOptions>, string][])('refuses %j', async (options, message) => {
    await expect(async () => onLine(options).initial(stream(1))).rejects.toThrow(message);
  });
});

describe('what it refuses', () => {
  const attraction: Interaction = {
    at: (s) => ({ value: s / 2, first: 0.5, second: 0 }),
    value: (s) => s,
    slope: (s) => s,
  };
  const together = energy('together', {
    entropy: 1,
    interactions: [{ weight: 1, interaction: attraction }],
    constant: 0,
  });
  it.each([
    ['value', { id: 'loss' }, 'has neither terms nor a facet `grid`'],
    ['value', energy('blind', { entropy: 0, potential: { dimension: 1 }, constant: 0 }), 'no `pointwise` values'],
    ['gradient', { id: 'facet', facets: { grid: { value: () => 0 } } }, 'has no `firstVariation`'],
    ['prox', { id: 'facet', facets: { grid: { value: () => 0 } } }, 'a proximal solve on a grid knows no others'],
    ['prox', energy('anti', { entropy: -1, constant: 0 }), 'is negative'],
    ['prox', energy('V', { entropy: 0, potential: quadratic([[1]], [0]), constant: 0 }), 'set `method: entropic`'],
  ] as const)('%s of %o', async (operation, G, message) => {
    const space = onLine();
    expect(space.refuses!(operation, G as Functional)).toContain(message);
    const mu = await space.initial(stream(1));
    const call = {
      value: space.value!,
      gradient: space.gradient!,
      prox: (g: Functional, m: GridMeasure) => space.prox!(g, m, 0.1, context),
    }[operation];
    await expect(call(G as Functional, mu)).rejects.toThrow(message);
  });

  it('leaves entropy in a plane to the method that is its default there', () => {
    const initial = gaussian(
      [0, 0],
      [
        [1, 0],
        [0, 1],
      ],
    );
    const G = energy('entropy', { entropy: 1, constant: 0 });
    const dual = gridSpace({ initial, cells: 8, method: 'back-and-forth' });
    expect(dual.refuses!('prox', G)).toContain('set `method: entropic`');
    expect(gridSpace({ initial, cells: 8 }).refuses!('prox', G)).toBeUndefined();
  });

  it('has the gradient of interactions: k (x - mean) for k z^2 / 2', async () => {
    const space = calculusOf(onLine());
    const mu = await space.initial(stream(1));
    const { faces } = await space.gradient({ ...together, terms: { ...together.terms!, entropy: 0 } }, mu);
    for (const i of [20, 64, 100]) expect(faces[0]!.data[i]).toBeCloseTo(-5 + (i * 10) / 128 - 0.3, 9);
  });

  it('adds up a sum of a facet and terms', async () => {
    const facet: Functional = {
      id: 'five',
      facets: { grid: { value: () => 5, firstVariation: (mu) => new Float64Array(mu.mass.data.length) } },
    };
    const G: Functional = {
      id: 'sum',
      summands: [
        { weight: 2, of: facet },
        { weight: 3, of: klLike },
      ],
    };
    const space = calculusOf(onLine());
    const mu = await space.initial(stream(1));
    expect(await space.value(G, mu)).toBeCloseTo(10 + 3 * (await space.value(klLike, mu)), 12);
    const [all, one] = await Promise.all([space.gradient(G, mu), space.gradient(klLike, mu)]);
    expect(all.faces[0]!.data[60]).toBeCloseTo(3 * one.faces[0]!.data[60]!, 12);
  });
});

describe('a proximal solve', () => {
  const plane = gaussian(
    [0, 0],
    [
      [1, 0],
      [0, 1],
    ],
  );
  const spread = energy('spread', { entropy: 0, internal: [{ weight: 1, power: 2 }], constant: 0 });
  const spaces = {
    'on a line': () => onLine({ cells: 32 }),
    entropic: () => onLine({ cells: 32, method: 'entropic' }),
    'in a plane': () => gridSpace({ initial: plane, cells: 12, method: 'back-and-forth' }),
  };

  it.each(Object.entries(spaces))('%s is heard of, and can be ended', async (_, make) => {
    const space = calculusOf(make());
    const mu = await space.initial(stream(1));
    const seen: number[] = [];
    const { signal } = ((controller) => (controller.abort(new Error('enough')), controller))(new AbortController());
    await space.prox(spread, mu, 0.2, { ...context, progress: ({ iteration }) => seen.push(iteration) });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen).toEqual(seen.map((__, i) => i));
    await expect(space.prox(spread, mu, 0.2, { ...context, signal })).rejects.toThrow('enough');
    // From within: the third look at the signal ends it.
    const later = new AbortController();
    const progress = ({ iteration }: { iteration: number }) => iteration === 1 && later.abort(new Error('midway'));
    const half = space.prox(spread, mu, 0.2, { ...context, progress, signal: later.signal });
    await expect(half).rejects.toThrow('midway');
  });

  it('on a line is `ok` only within its tolerance', async () => {
    const few = calculusOf(onLine({ iterations: 2, tolerance: 1e-12 }));
    const mu = await few.initial(stream(1));
    const short = await few.prox(klLike, mu, 0.3, context);
    expect(short.status).toBe('not-converged');
    expect(short.message).toMatch(/^after 2 iterations .* % of the mass is not where the map brings it/);
    expect(short.residual).toBeGreaterThan(1e-12);
    expect(short.residual).toBe(short.info!['misplaced']);
    const full = await calculusOf(onLine({ tolerance: 1e-12 })).prox(klLike, mu, 0.3, context);
    expect(full.status).toBe('ok');
    expect(full.residual).toBeLessThanOrEqual(1e-12);
  });
});

describe('draws', () => {
  it('have the moments of the measure, and its density', async () => {
    const space = calculusOf(onLine());
    const mu = await space.initial(stream(1));
    const { data } = await space.sample(mu, 20_000, stream('draw'));
    const average = Float64Array.from(data).reduce((a, b) => a + b, 0) / data.length;
    // The standard error is 0.005.
    expect(Math.abs(average - 0.3)).toBeLessThan(0.02);
    const [inside, outside] = await space.logDensity(mu, { shape: [2, 1], data: Float64Array.of(0.3, 7) });
    expect(inside).toBeCloseTo(-Math.log(2 * Math.PI * 0.5) / 2, 2);
    expect(outside).toBe(-Infinity);
  });
});

describe('a broken measure', () => {
  it('is named', async () => {
    const space = calculusOf(onLine({ cells: 4 }));
    const of = (...mass: number[]): GridMeasure => ({
      mass: { shape: [4], data: Float64Array.from(mass) },
      lower: [-5],
      upper: [5],
    });
    expect(space.defect!(of(0.5, -0.1, 0.3, 0.3))).toBe('the mass of cell 1 is -0.1');
    expect(space.defect!(of(0.5, NaN, 0.3, 0.3))).toBe('the mass of cell 1 is NaN');
    expect(space.defect!(of(0.5, 0, 0.3, 0.3))).toContain('not to 1');
    expect(space.defect!(of(0.5, 0.5, 0, 0))).toBeUndefined();
  });
});
