import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { overrideConfig, planRun, type Run } from '@wasserflow/core';
import { describe, expect, it } from 'vitest';
import { config, temporaryFolder, wasserflowOf } from './toy.js';

const stopping = (...rules: unknown[]) => overrideConfig(config, 'steps.stop', rules);
const near = { id: 'near', below: 3 };

async function stepsOf(run: Run): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { step } of run) numbers.push(step);
  await run.dispose();
  return numbers;
}

describe('a stop rule', () => {
  it('ends a run with its reason: 8, 4, 2', async () => {
    const run = await wasserflowOf().open(stopping(near));
    expect(await stepsOf(run)).toEqual([0, 1, 2]);
    expect(run.outcome).toMatchObject({ status: 'stopped', steps: 2, message: 'step 2 went from 4 to 2' });
  });

  it('lets a run be done that it never stops', async () => {
    const run = await wasserflowOf().open(stopping({ ...near, below: 0 }));
    expect(await stepsOf(run)).toHaveLength(5);
    expect(run.outcome!.status).toBe('done');
  });

  it('is one of several: the first that is met', async () => {
    const outcome = await wasserflowOf().run(stopping({ id: 'spent', gradients: 2 }, near));
    expect(outcome).toMatchObject({ steps: 2, message: '2 spent' });
  });

  it('sees the gradients of the whole run, also of one that goes on', async () => {
    const folder = temporaryFolder();
    const given = stopping({ id: 'spent', gradients: 3 });
    const abort = new AbortController();
    const run = await wasserflowOf().open(given, { folder, signal: abort.signal });
    run.events.on('step:end', ({ step }) => step === 2 && abort.abort());
    await stepsOf(run);
    const again = await wasserflowOf().open(given, { folder });
    expect(await stepsOf(again)).toEqual([3]);
    expect(again.outcome!.message).toBe('3 spent');
  });

  it('is not asked again by a run that was killed before it could tell its end', async () => {
    const folder = temporaryFolder();
    await wasserflowOf().run(stopping(near), { folder });
    rmSync(join(folder, 'outcome.json'));
    const again = await wasserflowOf().open(stopping(near), { folder });
    expect(await stepsOf(again)).toEqual([]);
    expect(again.outcome).toMatchObject({ status: 'stopped', steps: 2, message: 'step 2 went from 4 to 2' });
  });
});

describe('in a config', () => {
  it.each([
    [near, 'steps.stop: expected a list of stop rules'],
    [['nearer'], 'steps.stop.0: there is no stop-rule `nearer`; did you mean `near`?'],
    [['dense'], 'steps.stop.0: stop rule `dense` cannot be used here: space `line` has no operation `logDensity`'],
    [[{ id: 'near', below: 'all' }], 'steps.stop.0.below: expected number, but got "all"'],
  ])('%j is refused', async (rules, message) => {
    await expect(wasserflowOf().open(overrideConfig(config, 'steps.stop', rules))).rejects.toThrow(message);
  });

  it('rules are written out, and a run without any is written as before', () => {
    const { catalogue } = wasserflowOf();
    expect(planRun(catalogue, stopping(near)).config['steps']).toEqual({
      count: 4,
      size: { id: 'constant', size: 1 },
      stop: [near],
    });
    expect(planRun(catalogue, config).config['steps']).toEqual({ count: 4, size: { id: 'constant', size: 1 } });
  });
});
