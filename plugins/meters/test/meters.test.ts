import type { Distribution, Functional, Meter, MeterContext, Space } from '@wasserflow/core';
import { meanError, mmd, nll, value, w2ToTarget } from '@wasserflow/meters';
import { fromRows, ndarray, stream, toRows, type NdArray, type Stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

const plane = (id: string, more: Partial<Distribution> = {}): Distribution => ({
  id,
  dimension: 2,
  sample: (n, rng) => rng.normal([n, 2]),
  ...more,
});
const target = plane('standard');
const G: Functional = { id: 'G', target };
const space = (operations: Partial<Space>): Space => ({
  id: 'fake',
  dimension: 2,
  initial: async () => 0,
  ...operations,
});

interface Setting {
  readonly space: Space;
  readonly functional?: Functional;
  readonly initial?: Distribution;
  readonly measure?: unknown;
  readonly step?: number;
}

/** Runs a meter as a run does: a fresh stream at each step. */
function measure(meter: Meter, { space, functional = G, initial = target, measure = 'mu', step = 1 }: Setting) {
  const problem = { space, functional } as MeterContext['problem'];
  return meter.measure({ problem, initial, measure, step, rng: stream(99).fork('meter', meter.id, step) });
}

const needs = (meter: Meter, functional: Functional, initial = target) =>
  meter.requires!({ functional, space: space({}), initial });

describe('value', () => {
  it('asks the space', async () => {
    const asked: unknown[] = [];
    const fake = space({ value: async (functional, mu) => asked.push(functional, mu) + 0.25 });
    expect(await measure(value(), { space: fake })).toBe(2.25);
    expect(asked).toEqual([G, 'mu']);
    expect(needs(value(), { id: 'no target' })).toEqual([{ operation: 'value' }]);
  });
});

/** A space in which W2^2 to anything is d. */
const square = (d: number): Space => space({ represent: async () => 0, distance2: async () => d });

describe('w2-to-target', () => {
  const random = stream('setup');
  // Point masses: W2 is the distance.
  const points = space({
    represent: async (law) => [law.dimension, 4],
    distance2: async ([a, b], [c, d]) => (a - c) ** 2 + (b - d) ** 2,
  });

  it('is a length', async () => {
    expect(await measure(w2ToTarget(random), { space: points, measure: [-1, 0] })).toBe(5);
  });

  it('is zero where rounding made the square negative, and NaN where there is none', async () => {
    expect(await measure(w2ToTarget(random), { space: square(-1e-17) })).toBe(0);
    expect(await measure(w2ToTarget(random), { space: square(NaN) })).toBeNaN();
  });

  it('compares with the same draws of the target at each step', async () => {
    const drawn = space({
      represent: async (law, rng) => law.sample!(3, rng),
      distance2: async (_, nu: NdArray) => nu.data[0]! ** 2,
    });
    const first = await measure(w2ToTarget(random), { space: drawn, step: 1 });
    expect(first).toBeGreaterThan(0);
    expect(await measure(w2ToTarget(random), { space: drawn, step: 2 })).toBe(first);
  });

  it('needs a target', () => {
    expect(() => needs(w2ToTarget(random), { id: 'bare' })).toThrow(/functional `bare` has none/);
    expect(needs(w2ToTarget(random), G).map((r) => r.operation)).toEqual(['distance2', 'represent']);
  });
});

describe('nll', () => {
  const random = stream('setup');
  /** The model is N(mu, I), mu the measure. */
  const normal = space({
    modelLogDensity: async ([a, b], _, x) =>
      Float64Array.from(toRows(x), ([u, v]) => -((u! - a) ** 2 + (v! - b) ** 2) / 2 - Math.log(2 * Math.PI)),
  });
  const rows = fromRows([[1, 0], [0, 3], [-1, 1]]); // prettier-ignore
  const data = plane('data', { heldOutRows: () => rows });

  it('is the mean over the held-out rows, in nats', async () => {
    // Squared distances to (1, 1): 1, 5, 4.
    const found = await measure(nll(random), { space: normal, initial: data, measure: [1, 1] });
    expect(found).toBeCloseTo((1 + 5 + 4) / 6 + Math.log(2 * Math.PI), 12);
  });

  it('is the entropy of the law itself, from fresh draws', async () => {
    const found = await measure(nll(random), { space: normal, measure: [0, 0] });
    // |x|^2 / 2 has variance d / 2 = 1: four standard errors of 2,000 draws.
    expect(Math.abs((found as number) - (1 + Math.log(2 * Math.PI)))).toBeLessThan(4 / Math.sqrt(2000));
  });

  it('dequantises alike at each step', async () => {
    const noisy = plane('noisy', { heldOutRows: (rng) => rng.uniform([20, 2]) });
    const at = (step: number) => measure(nll(random), { space: normal, initial: noisy, measure: [0, 0], step });
    expect(await at(2)).toBe(await at(1));
    const other = nll(stream('other seed'));
    expect(await measure(other, { space: normal, initial: noisy, measure: [0, 0] })).not.toBe(await at(1));
  });

  it('takes as many rows or draws as it is told, from everywhere in the data', async () => {
    const seen: NdArray[] = [];
    const watching = space({
      modelLogDensity: async (_, __, x) => {
        seen.push(x);
        return new Float64Array(x.shape[0]!);
      },
    });
    const sorted = ndarray(Float64Array.from({ length: 200 }, (_, i) => i), [100, 2]); // prettier-ignore
    await measure(nll(random, { rows: 10 }), { space: watching, initial: plane('s', { heldOutRows: () => sorted }) });
    await measure(nll(random, { draws: 7 }), { space: watching });
    expect(seen.map((x) => x.shape)).toEqual([[10, 2], [7, 2]]); // prettier-ignore
    const first = toRows(seen[0]!).map(([u]) => u!);
    expect(new Set(first).size).toBe(10);
    expect(Math.max(...first)).toBeGreaterThan(100);
  });

  it('needs a target, and data', () => {
    expect(() => needs(nll(random), { id: 'bare' })).toThrow(/functional `bare` has none/);
    const density: Distribution = { id: 'density', dimension: 2 };
    expect(() => needs(nll(random), G, density)).toThrow(/`density` has neither held-out rows nor `sample`/);
    expect(needs(nll(random), G)).toEqual([{ operation: 'modelLogDensity' }]);
  });
});

/** A space in which mu and what the model generates are N((shift, shift), I). */
function shifted(shift: number): Space {
  const draw = (n: number, rng: Stream): NdArray => {
    const z = rng.normal([n, 2]);
    return { shape: z.shape, data: Float32Array.from(z.data, (v) => v + shift) };
  };
  return space({ sample: async (_, n, rng) => draw(n, rng), generate: async (_, __, n, rng) => draw(n, rng) });
}

type Mmd = Readonly<Record<'squared' | 'bandwidth', number>>;
const measureMmd = async (meter: Meter, setting: Setting): Promise<Mmd> => (await measure(meter, setting)) as Mmd;

describe('mmd', () => {
  const random = stream('setup');
  const h = Math.SQRT2;

  it.each(['measure', 'generated'] as const)('of %s agrees with the closed form on average over seeds', async (of) => {
    const repeats = 20;
    const values: number[] = [];
    for (let seed = 0; seed < repeats; seed++) {
      const meter = mmd(stream(seed), { of, samples: 100, bandwidth: h });
      values.push((await measureMmd(meter, { space: shifted(1) })).squared);
    }
    const mean = values.reduce((s, v) => s + v, 0) / repeats;
    const variance = values.reduce((s, v) => s + (v - mean) ** 2, 0) / (repeats - 1);
    // E k between N(0, I) and N((s, s), I) at h^2 = 2 is exp(-s^2 / 4) / 2. Four standard errors.
    expect(Math.abs(mean - (1 - Math.exp(-1 / 4)))).toBeLessThan(4 * Math.sqrt(variance / repeats));
    expect(4 * Math.sqrt(variance / repeats)).toBeLessThan(0.05);
  });

  it('names its two numbers, and takes the bandwidth it is given', async () => {
    const found = await measureMmd(mmd(random, { samples: 10, bandwidth: 0.7 }), { space: shifted(0) });
    expect(Object.keys(found)).toEqual(['squared', 'bandwidth']);
    expect(found.bandwidth).toBe(0.7);
  });

  it('is largest where the laws are farthest', async () => {
    const meter = mmd(random, { samples: 200, bandwidth: h });
    const [near, middle, far] = await Promise.all([0, 0.7, 2].map((s) => measureMmd(meter, { space: shifted(s) })));
    expect(near!.squared).toBeLessThan(middle!.squared);
    expect(middle!.squared).toBeLessThan(far!.squared);
  });

  it('uses the same draws and the same bandwidth at each step', async () => {
    const meter = mmd(random, { samples: 100 });
    const [one, two] = await Promise.all([1, 2].map((step) => measureMmd(meter, { space: shifted(1), step })));
    expect(two).toEqual(one);
  });

  it('takes the median rule over the reference, wherever mu is', async () => {
    const { bandwidth } = await measureMmd(mmd(random, { samples: 500 }), { space: shifted(5) });
    // |X - X'|^2 / 2 is chi-square with 2 degrees of freedom, so that the median of |X - X'| is 2 sqrt(log 2),
    // and its density there 0.416. The standard error of the median over pairs of 500 draws is at most
    // 2 (1/2) / (0.416 sqrt(500)) = 0.108: four of them.
    expect(Math.abs(bandwidth - 2 * Math.sqrt(Math.LN2))).toBeLessThan(0.43);
  });

  it('compares what is generated with the held-out rows, not with the target', async () => {
    const rows = await shifted(3).sample!(0, 300, stream('rows'));
    const setting = { space: shifted(3), initial: plane('data', { heldOutRows: () => rows }) };
    const ofData = await measureMmd(mmd(random, { of: 'generated', samples: 200, bandwidth: h }), setting);
    const ofTarget = await measureMmd(mmd(random, { of: 'measure', samples: 200, bandwidth: h }), setting);
    // 0 against 1 - exp(-9 / 4) = 0.89.
    expect(ofData.squared).toBeLessThan(0.3);
    expect(ofTarget.squared).toBeGreaterThan(0.6);
  });

  it('is larger when biased', async () => {
    const unbiased = await measureMmd(mmd(random, { samples: 50, bandwidth: h }), { space: shifted(0) });
    const meter = mmd(random, { samples: 50, bandwidth: h, estimator: 'biased' });
    const biased = await measureMmd(meter, { space: shifted(0) });
    expect(biased.squared).toBeGreaterThan(Math.max(0, unbiased.squared));
  });

  it('needs a target, draws of both sides, and the operation that draws', () => {
    const density: Distribution = { id: 'density', dimension: 2 };
    expect(() => needs(mmd(random), { id: 'bare' })).toThrow(/functional `bare` has none/);
    expect(() => needs(mmd(random), { id: 'kl', target: density })).toThrow(/target `density` cannot be sampled/);
    expect(() => needs(mmd(random, { of: 'generated' }), G, density)).toThrow(/neither held-out rows nor `sample`/);
    expect(needs(mmd(random), G)).toEqual([{ operation: 'sample' }]);
    expect(needs(mmd(random, { of: 'generated' }), G)).toEqual([{ operation: 'generate' }]);
  });
});

describe('mean-error', () => {
  const space = {
    id: 's',
    dimension: 2,
    initial: async () => 0,
    moments: async () => ({ mean: [3, -1], covariance: [] }),
  };
  const problem = { space, functional: G } as unknown as MeterContext['problem'];

  it('is told in standard deviations: the root mean square, and the worst', async () => {
    const meter = meanError({ mean: [1, -1.5], std: [2, 0.1] });
    const found = await meter.measure({ problem, measure: 0 } as MeterContext);
    // |3 - 1| / 2 = 1 and |-1 + 1.5| / 0.1 = 5.
    expect(found).toEqual({ rms: expect.closeTo(Math.sqrt(13), 12), worst: expect.closeTo(5, 12) });
  });

  it('refuses what does not fit', () => {
    expect(() => meanError({ mean: [1], std: [1, 2] })).toThrow('`mean` has 1 numbers, but `std` 2');
    expect(() => meanError({ mean: [1], std: [0] })).toThrow('above 0');
    const parts = { space: space as unknown as Space, functional: G, initial: {} as Distribution };
    expect(() => meanError({ mean: [1], std: [1] }).requires!(parts)).toThrow('lives on R^2');
  });
});
