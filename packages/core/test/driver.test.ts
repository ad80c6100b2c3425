import { setTimeout as pause } from 'node:timers/promises';
import { overrideConfig, type EventName, type Run, type RunEvents, type StepRecord } from '@wasserflow/core';
import { describe, expect, it } from 'vitest';
import { config, temporaryFolder, wasserflowOf, type Hooks, type Point } from './toy.js';

async function steps(run: Run): Promise<StepRecord[]> {
  const records: StepRecord[] = [];
  for await (const record of run) records.push(record);
  await run.dispose();
  return records;
}

const positions = (records: readonly StepRecord[]): number[] => records.map(({ measure }) => (measure as Point).x);
const abortError = () => Object.assign(new Error('aborted'), { name: 'AbortError' });

function record(run: Run, ...names: EventName[]): [EventName, RunEvents[EventName]][] {
  const heard: [EventName, RunEvents[EventName]][] = [];
  for (const name of names) run.events.on(name, (payload) => heard.push([name, payload]));
  return heard;
}

const draws = async () => (await steps(await wasserflowOf().open(config))).map(({ metrics }) => metrics['draw.u']);

describe('the driver', () => {
  it('yields the initial measure, then every step: 8/(1 + 1)^n', async () => {
    const records = await steps(await wasserflowOf().open(config));
    expect(positions(records)).toEqual([8, 4, 2, 1, 0.5]);
    expect(records.map(({ metrics }) => metrics['value'])).toEqual([32, 8, 2, 0.5, 0.125]);
    expect(records[0]).toMatchObject({ step: 0, gamma: 0, status: 'ok', info: {} });
    expect(records[2]).toMatchObject({ step: 2, gamma: 1, info: { moved: 2, objective: 2 + 2 ** 2 / 2 } });
  });

  it('gives each meter a random stream of its step', async () => {
    const first = await draws();
    expect(new Set(first).size).toBe(5);
    expect(await draws()).toEqual(first);
  });

  it('takes step sizes from the controller, which may stop', async () => {
    const run = await wasserflowOf().open(overrideConfig(config, 'steps.size', [1, 3]));
    expect(positions(await steps(run))).toEqual([8, 4, 1]);
    expect(run.outcome).toMatchObject({ status: 'stopped', steps: 2 });
  });

  it.each([0, -1, Number.NaN, Infinity])('refuses a step of size %d', async (size) => {
    const run = await wasserflowOf().open(overrideConfig(config, 'steps.size', { id: 'constant', size: 1 }));
    const controller = { next: () => size };
    Object.assign(run.composed, { controller });
    await expect(run.finish()).rejects.toThrow(`steps.size: step 1 would have size ${size}`);
  });

  it('tells what happens, in order, in plain values', async () => {
    const hooks: Hooks = { prox: ({ progress }) => progress?.({ iteration: 1, iterations: 2, loss: 0.5 }) };
    const run = await wasserflowOf(hooks).open(overrideConfig(config, 'steps.count', 1), { folder: temporaryFolder() });
    const heard = record(run, 'run:start', 'step:start', 'inner:iteration', 'checkpoint', 'step:end', 'run:end');
    await steps(run);
    expect(heard.map(([name]) => name)).toEqual([
      'run:start',
      'checkpoint',
      'step:end',
      'step:start',
      'inner:iteration',
      'checkpoint',
      'step:end',
      'run:end',
    ]);
    expect(heard[0]![1]).toEqual({ name: 'toy', steps: 1, resumedAt: 0 });
    expect(heard[4]![1]).toEqual({ step: 1, iteration: 1, iterations: 2, loss: 0.5 });
    expect(heard.at(-1)![1]).toEqual({ status: 'done', steps: 1 });
    expect(structuredClone(heard)).toEqual(heard);
  });
});

describe('a step that is not finite', () => {
  const given = overrideConfig(config, 'steps.size', [1, 1, 1]);

  it('ends the run, leaves the state as it was, and says so', async () => {
    const folder = temporaryFolder();
    const run = await wasserflowOf().open(given, { folder });
    const { space } = run.composed.problem;
    const prox = space.prox.bind(space);
    const broken: typeof prox = async (G, mu, gamma, context) => {
      const result = await prox(G, mu, gamma, context);
      const last = (mu as Point).x === 4;
      return last ? { ...result, measure: { x: NaN }, status: 'non-finite', message: 'NaN at iteration 7' } : result;
    };
    Object.assign(run.composed, { problem: { ...run.composed.problem, space: { ...space, prox: broken } } });
    const records = await steps(run);
    expect(positions(records)).toEqual([8, 4, 4]);
    expect(records[2]).toMatchObject({ step: 2, status: 'non-finite', metrics: {} });
    const outcome = { status: 'non-finite', steps: 1, message: 'NaN at iteration 7' };
    expect(run.outcome).toMatchObject({ ...outcome, metrics: { value: 8 } });
    const again = await wasserflowOf().open(given, { folder });
    expect(positions(await steps(again))).toEqual([2, 1]);
  });
});

describe('a run that is aborted', () => {
  it('ends between two steps and goes on from there', async () => {
    const folder = temporaryFolder();
    for (const last of [0, 1, 2, 3]) {
      const abort = new AbortController();
      const run = await wasserflowOf().open(config, { folder, signal: abort.signal });
      run.events.on('step:end', ({ step }) => step === last && abort.abort());
      const records = await steps(run);
      expect(records.at(-1)?.step).toBe(last);
      expect(run.outcome).toMatchObject({ status: 'interrupted', steps: last });
    }
    const rest = await steps(await wasserflowOf().open(config, { folder }));
    expect(positions(rest)).toEqual([0.5]);
    const whole = await steps(await wasserflowOf().open(config));
    expect(rest[0]).toEqual(whole[4]);
  });

  it('drops a step whose solve heard it, and keeps what the solve saved', async () => {
    const folder = temporaryFolder();
    const abort = new AbortController();
    const stopping: Hooks = {
      async prox({ savePartial, signal }, step) {
        if (step < 2) return;
        await savePartial!({ iteration: 17 });
        abort.abort();
        if (signal!.aborted) throw abortError();
      },
    };
    const run = await wasserflowOf(stopping).open(config, { folder, signal: abort.signal });
    expect(positions(await steps(run))).toEqual([8, 4]);
    expect(run.outcome).toMatchObject({ status: 'interrupted', steps: 1 });
    const partials: unknown[] = [];
    const looking: Hooks = { prox: ({ partial }) => void partials.push(partial) };
    await steps(await wasserflowOf(looking).open(config, { folder }));
    expect(partials).toEqual([{ iteration: 17 }, undefined, undefined]);
  });

  it('is done all the same where the last step was', async () => {
    const abort = new AbortController();
    const run = await wasserflowOf().open(config, { signal: abort.signal });
    run.events.on('step:end', ({ step }) => step === 4 && abort.abort());
    await steps(run);
    expect(run.outcome?.status).toBe('done');
  });

  it('hears an abort that comes from a timer, though no step ever waits', async () => {
    const abort = new AbortController();
    const endless = overrideConfig(config, 'steps.count', Number.MAX_SAFE_INTEGER);
    const run = await wasserflowOf().open(endless, { signal: abort.signal });
    const finished = run.finish();
    await pause(1);
    abort.abort();
    expect(await finished).toMatchObject({ status: 'interrupted' });
  });

  it('lets an error be that is none of its own', async () => {
    const failing: Hooks = {
      prox() {
        throw abortError();
      },
    };
    await expect(wasserflowOf(failing).run(config)).rejects.toThrow(expect.objectContaining({ step: 1 }));
  });
});
