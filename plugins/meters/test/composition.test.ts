import {
  createWasserflow,
  defineController,
  defineDistribution,
  defineFunctional,
  definePlugin,
  defineScheme,
  defineSpace,
  part,
  stepTo,
  type Space,
} from '@wasserflow/core';
import meters from '@wasserflow/meters';
import { ndarray } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

/** Point masses on the line, by which every number can be told in advance. */
const points: Space<number> = {
  id: 'points',
  dimension: 1,
  initial: async () => 3,
  value: async (_, x) => x * x,
  represent: async () => 0,
  distance2: async (x, y) => (x - y) ** 2,
  sample: async (x, n) => ndarray(new Float64Array(n).fill(x), [n, 1]),
  modelLogDensity: async (x, _, at) => Float64Array.from(at.data, (u) => -x - u),
};

const world = definePlugin({
  name: 'world',
  contract: 1,
  contributes: [
    defineSpace({ id: 'points', title: '', create: () => points }),
    defineDistribution({
      id: 'noise',
      title: '',
      create: () => ({ id: 'noise', dimension: 1, sample: (n, rng) => rng.uniform([n, 1]) }),
    }),
    defineDistribution({ id: 'density', title: '', create: () => ({ id: 'density', dimension: 1 }) }),
    defineFunctional({
      id: 'towards',
      title: '',
      parts: { target: part('distribution') },
      create: ({ target }) => ({ id: 'towards', target }),
    }),
    defineFunctional({ id: 'bare', title: '', create: () => ({ id: 'bare' }) }),
    defineScheme({
      id: 'shrink',
      title: '',
      create: () => ({
        id: 'shrink',
        requires: () => [],
        init: (measure) => ({ measure }),
        step: async ({ measure }) => stepTo(measure - 1),
      }),
    }),
    defineController({ id: 'fixed', title: '', create: () => ({ next: () => 1 }) }),
  ],
});

const { open, run } = createWasserflow({ plugins: [world, meters] });
const towards = { id: 'towards', target: 'noise' };
const config = (functional: unknown, list: unknown[]) => ({
  space: 'points',
  problem: { initial: 'noise', functional },
  scheme: 'shrink',
  steps: { count: 2, size: 'fixed' },
  meters: list,
});

describe('meters in a run', () => {
  it('measure each step under their names', async () => {
    const all = await open(config(towards, ['value', 'w2-to-target', 'nll', { id: 'mmd', samples: 50 }]));
    const steps = [];
    for await (const { metrics } of all) steps.push(metrics);
    await all.dispose();
    expect(steps.map((m) => m['value'])).toEqual([9, 4, 1]);
    expect(steps.map((m) => m['w2-to-target'])).toEqual([3, 2, 1]);
    // The same data at each step: only the model moved, by exactly 1 nat a step up to rounding.
    expect(steps[0]!['nll']! - steps[1]!['nll']!).toBeCloseTo(1, 12);
    expect(steps[1]!['nll']! - steps[2]!['nll']!).toBeCloseTo(1, 12);
    expect(new Set(steps.map((m) => m['mmd.bandwidth'])).size).toBe(1);
    expect(steps[2]!['mmd.squared']!).toBeLessThan(steps[0]!['mmd.squared']!);
  });

  it.each([
    ['w2-to-target', 'bare', /functional `bare` has none.*such as `kl`/],
    ['nll', 'bare', /functional `bare` has none/],
    ['mmd', { id: 'towards', target: 'density' }, /target `density` cannot be sampled/],
    [{ id: 'mmd', of: 'generated' }, towards, /space `points` has no operation `generate`/],
  ])('%j says what it lacks of %j before the run', async (meter, functional, message) => {
    await expect(run(config(functional, [meter]))).rejects.toMatchObject({ code: 'E_UNSUPPORTED' });
    await expect(run(config(functional, [meter]))).rejects.toThrow(message);
  });

  it.each([
    [{ id: 'nll', rows: 0 }, /meters\.0\.rows: expected a whole number of at least 1, but got 0/],
    [{ id: 'mmd', samples: 1 }, /meters\.0\.samples: expected a whole number of at least 2, but got 1/],
    [{ id: 'mmd', bandwidth: 'wide' }, /meters\.0\.bandwidth: expected a number above 0, but got "wide"/],
    [{ id: 'mmd', bandwith: 1 }, /did you mean `bandwidth`/],
    [{ id: 'mmd', of: 'model' }, /meters\.0\.of.*"measure"\|"generated"/],
  ])('refuses the options %j', async (meter, message) => {
    await expect(run(config(towards, [meter]))).rejects.toThrow(message);
  });
});
