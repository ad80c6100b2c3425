/** Steps that are made by doubling, rejected and tried again. */
import {
  createWasserflow,
  defineController,
  defineScheme,
  definePlugin,
  overrideConfig,
  stepTo,
  WasserflowError,
  type Controller,
  type Run,
  type Scheme,
  type StepRecord,
} from '@wasserflow/core';
import { describe, expect, it } from 'vitest';
import { config, temporaryFolder, toy, wasserflowOf, type Point } from './toy.js';

const given = (first: number, tolerance: number, count = 4) =>
  overrideConfig(overrideConfig(config, 'steps.size', { id: 'doubling', first, tolerance }), 'steps.count', count);
async function steps(run: Run): Promise<StepRecord[]> {
  const records: StepRecord[] = [];
  for await (const record of run) records.push(record);
  await run.dispose();
  return records;
}
const x = ({ measure }: StepRecord): number => (measure as Point).x;
/** What one step and two halves of size gamma differ by, from 8. */
const difference = (gamma: number) => Math.abs(8 / (1 + gamma) - 8 / (1 + gamma / 2) ** 2);

const withParts = (scheme: Scheme, controller: Controller) =>
  createWasserflow({
    plugins: [
      toy(),
      definePlugin({
        name: 'parts',
        contract: 1,
        contributes: [
          defineScheme({ id: 'own', title: 'Own', create: () => scheme }),
          defineController({ id: 'own', title: 'Own', create: () => controller }),
        ],
      }),
    ],
  });
const own = overrideConfig(overrideConfig(config, 'scheme', 'own'), 'steps.size', 'own');
const halving: Controller = {
  next: (_, last) => last?.info['proposed'] ?? 1,
  judge: ({ gamma, error }) => ({ accept: error <= 1, size: error <= 1 ? gamma : gamma / 2 }),
};
const point: Pick<Scheme, 'id' | 'requires' | 'init'> = {
  id: 'own',
  requires: () => [],
  init: (measure) => ({ measure }),
};

describe('a step by doubling', () => {
  it('keeps the two halves, and tells the error, the rejections and what it cost', async () => {
    const [, first, second] = await steps(await wasserflowOf().open(given(1, 0.5)));
    // 8 / 2 - 8 / 1.5^2 = 0.444 passes; the next, of size 2, does not at once.
    expect(x(first!)).toBeCloseTo(8 / 1.5 ** 2, 14);
    expect(first).toMatchObject({ gamma: 1, status: 'ok', info: { rejected: 0, proposed: 2, gradients: 3 } });
    expect(first!.info['error']).toBeCloseTo(difference(1), 14);
    expect(second!.gamma).toBe(2);
  });

  it('keeps what the halves tell: sums of their ways and iterations, else what the last one says', async () => {
    const [, first] = await steps(await wasserflowOf().open(given(1, 0.5)));
    // Both halves go the same way; the objective of a half is not that of the step.
    expect(first!.info['moved']).toBeCloseTo(8 - 8 / 1.5 ** 2, 14);
    expect(first!.info).not.toHaveProperty('objective');
    let made = 0;
    const scheme: Scheme = {
      ...point,
      step: async ({ measure }) => stepTo(measure, { iterations: ++made, residual: 1 / made, acceptance: made / 10 }),
    };
    const [, told] = await steps(await withParts(scheme, halving).open(own));
    expect(told!.info).toEqual({
      iterations: 5,
      residual: 1 / 3,
      acceptance: 0.3,
      error: 0,
      rejected: 0,
      proposed: 1,
    });
  });

  it('is tried again with a smaller size until it passes', async () => {
    const [, first] = await steps(await wasserflowOf().open(given(1, 0.1, 1)));
    expect(difference(0.5)).toBeGreaterThan(0.1);
    expect(first).toMatchObject({ gamma: 0.25, info: { rejected: 2, proposed: 0.5, gradients: 9 } });
    expect(x(first!)).toBeCloseTo(8 / 1.125 ** 2, 14);
  });

  it('takes a result that is not finite as an infinite error', async () => {
    const scheme: Scheme = {
      ...point,
      step: async ({ measure }, _, { gamma }) =>
        gamma > 0.3
          ? { state: { measure }, status: 'non-finite', message: 'too far', info: {} }
          : stepTo({ x: measure.x * (1 - gamma) }),
    };
    const [, first] = await steps(await withParts(scheme, halving).open(own));
    // 1 and 1/2 break as a whole; at 1/4 both pass.
    expect(first).toMatchObject({ status: 'ok', gamma: 0.25, info: { rejected: 2 } });
    expect(x(first!)).toBeCloseTo(8 * 0.875 ** 2, 14);
  });

  it('ends a run where no size is small enough to be finite', async () => {
    const scheme: Scheme = {
      ...point,
      step: async ({ measure }) => ({ state: { measure }, status: 'non-finite', message: 'never', info: {} }),
    };
    const run = await withParts(scheme, halving).open(own);
    await steps(run);
    expect(run.outcome).toMatchObject({ status: 'non-finite', steps: 0 });
    expect(run.outcome!.message).toMatch(/^step 1 was rejected 30 times, down to size 9.3\S+e-10; never$/);
  });

  it('warns where no size is small enough to pass', async () => {
    const scheme: Scheme = { ...point, step: async (_, __, { rng }) => stepTo({ x: 10 * rng.uniform([]).data[0]! }) };
    const strict: Controller = { ...halving, judge: ({ gamma }) => ({ accept: false, size: gamma / 2 }) };
    const run = await withParts(scheme, strict).open(overrideConfig(own, 'steps.count', 1));
    const warnings: string[] = [];
    run.events.on('warning', ({ message }) => warnings.push(message));
    const [, first] = await steps(run);
    expect(first).toMatchObject({ status: 'not-converged', info: { rejected: 30 } });
    expect(warnings).toEqual([expect.stringMatching(/^step 1 was rejected 30 times, down to size/)]);
  });

  it('draws its random numbers apart, whole and halves', async () => {
    const keys: string[] = [];
    const scheme: Scheme = {
      ...point,
      step: async ({ measure }, _, { rng }) => (keys.push(rng.key), stepTo(measure)),
    };
    await steps(await withParts(scheme, halving).open(overrideConfig(own, 'steps.count', 1)));
    expect(new Set(keys).size).toBe(3);
  });

  it('refuses a size that is none', async () => {
    const wrong: Controller = { next: () => 1, judge: () => ({ accept: false, size: -1 }) };
    const still: Scheme = { ...point, step: async ({ measure }) => stepTo(measure) };
    await expect(withParts(still, wrong).run(own)).rejects.toThrow('steps.size: step 1 would have size -1');
  });
});

it('a run by doubling that is interrupted after every step ends with the bits of the whole run', async () => {
  const options = given(3, 0.02, 6);
  const whole = await steps(await wasserflowOf().open(options));
  expect(whole.some(({ info }) => info['rejected']! > 0)).toBe(true);
  const folder = temporaryFolder();
  const parts: StepRecord[] = [];
  for (const last of whole.keys()) {
    const abort = new AbortController();
    const run = await wasserflowOf().open(options, { folder, signal: abort.signal });
    run.events.on('step:end', ({ step }) => step === last && abort.abort());
    parts.push(...(await steps(run)));
  }
  expect(parts).toEqual(whole);
});

describe('a controller', () => {
  const refusing = (controller: Controller) =>
    withParts({ ...point, step: async (s) => stepTo(s.measure) }, controller).open(own);

  it('says what it needs of a space', async () => {
    const needy: Controller = { next: () => 1, requires: [{ operation: 'extrapolate' }] };
    await expect(refusing(needy)).rejects.toThrow(
      expect.objectContaining({
        code: 'E_UNSUPPORTED',
        message: 'steps.size: controller `own` cannot be used here: space `line` has no operation `extrapolate`',
      }),
    );
  });

  it('is bound to the problem and the scheme before the first step', async () => {
    const bound: Controller = {
      next: () => 'stop',
      bind: ({ problem, scheme }) => ({ next: () => `${problem.functional.id}/${scheme.id}`.length }),
    };
    const [, first] = await steps(await refusing(bound));
    expect(first!.gamma).toBe('square/own'.length);
    const unknown: Controller = {
      next: () => 1,
      bind() {
        throw new WasserflowError('E_UNSUPPORTED', 'nothing is known');
      },
    };
    await expect(refusing(unknown)).rejects.toThrow('steps.size: nothing is known');
  });
});

describe('a size beyond the limit of its scheme', () => {
  const limited: Scheme = {
    ...point,
    bounds: () => ({ limit: { size: 0.5, name: '1 / L', beyond: 'it is unstable' } }),
    step: async (s) => stepTo(s.measure),
  };
  async function warnings(sizes: number[]): Promise<unknown[]> {
    const run = await withParts(limited, halving).open(overrideConfig(own, 'steps.size', sizes));
    const heard: unknown[] = [];
    run.events.on('warning', (warning) => heard.push(warning));
    await steps(run);
    return heard;
  }

  it('is warned of once', async () => {
    const message = 'step 2 of scheme `own` has size 0.75, but beyond 1 / L = 0.5 it is unstable';
    expect(await warnings([0.5, 0.75, 1, 0.25])).toEqual([{ code: 'step-size', message }]);
  });

  it('is warned of by what the discretisation stands where that is less, at each measure anew', async () => {
    const sizes: (number | undefined)[] = [];
    const scheme: Scheme = {
      ...limited,
      limitAt: (_, { x: at }: Point) => ({ size: at / 20, name: 'h^2 / 2', beyond: 'its cells are too small' }),
      step: async ({ measure }) => stepTo({ x: measure.x / 2 }),
    };
    const controller: Controller = {
      next: (_, __, limit) => (sizes.push(limit?.size), 0.3),
    };
    const run = await withParts(scheme, controller).open(own);
    const heard: string[] = [];
    run.events.on('warning', ({ message }) => heard.push(message));
    await steps(run);
    // From 8 the limit is 0.4, then 0.2.
    expect(sizes).toEqual([0.4, 0.2, 0.1, 0.05]);
    expect(heard).toEqual(['step 2 of scheme `own` has size 0.3, but beyond h^2 / 2 = 0.2 its cells are too small']);
  });

  it('is none where it is the limit itself', async () => expect(await warnings([0.5, 0.1])).toEqual([]));
});
