import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { overrideConfig, readRunFolder } from '@wasserflow/core';
import { describe, expect, it } from 'vitest';
import { config, temporaryFolder, wasserflowOf, type Hooks } from './toy.js';

const watched = overrideConfig(config, 'observers', ['spy']);
const fail = (): never => {
  throw new Error('broken');
};

describe('an observer', () => {
  it.each<[string, Hooks['attach'] & {}]>([
    ['when it begins', fail],
    ['at an event', (bus) => bus.on('step:end', fail, 'spy')],
    ['when it ends', () => fail],
    ['later than it ends', () => () => Promise.reject(new Error('broken'))],
  ])('that throws %s does not break the run and is told of once', async (_, attach) => {
    const run = await wasserflowOf({ attach }).open(watched, { folder: temporaryFolder() });
    const errors: unknown[] = [];
    run.events.on('observer:error', (error) => errors.push(error));
    expect(await run.finish()).toMatchObject({ status: 'done', steps: 4 });
    await run.dispose();
    expect(errors).toEqual([{ observer: 'spy', message: 'broken' }]);
  });

  it('hears everything and is ended once', async () => {
    const heard: string[] = [];
    const attach: Hooks['attach'] = (bus) => {
      bus.on('run:start', () => heard.push('start'));
      bus.on('step:end', ({ step }) => heard.push(`step ${step}`));
      return () => void heard.push('end');
    };
    await wasserflowOf({ attach }).run(watched);
    expect(heard).toEqual(['start', 'step 0', 'step 1', 'step 2', 'step 3', 'step 4', 'end']);
  });
});

describe('a run in a folder', () => {
  it('keeps its config, its machine, its metrics, its steps and its outcome', async () => {
    const folder = temporaryFolder();
    const outcome = await wasserflowOf().run(config, { folder });
    expect(outcome).toMatchObject({ status: 'done', steps: 4, metrics: { value: 0.125, 'draw.step': 4 } });
    const saved = await readRunFolder(folder);
    expect(saved.outcome).toEqual(outcome);
    expect(saved.checkpoint!.summaries).toHaveLength(5);
    expect(saved.config).toMatchObject({ seed: 3, scheme: { id: 'jko' } });
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as object;
    expect(manifest).toMatchObject({ format: 1, seed: 3, plugins: ['toy'], engine: null });
    expect(readFileSync(join(folder, 'metrics.jsonl'), 'utf8')).toMatch(/^\{"step":0,"meter":"value","value":32\}\n/);
    expect(existsSync(join(folder, 'run.lock'))).toBe(false);
  });

  it('is not computed again once it is done', async () => {
    const folder = temporaryFolder();
    const first = await wasserflowOf().run(config, { folder });
    const again = await wasserflowOf({ prox: fail }).open(config, { folder });
    expect(again.outcome).toEqual(first);
    expect(await again.finish()).toEqual(first);
    await again.dispose();
  });

  it('can be opened again after it failed', async () => {
    const folder = temporaryFolder();
    await expect(wasserflowOf({ prox: fail }).run(config, { folder })).rejects.toThrow('broken');
    expect(await wasserflowOf().run(config, { folder })).toMatchObject({ status: 'done' });
  });
});

describe('one contribution by itself', () => {
  it('is made from a reference', async () => {
    const { value, dispose } = await wasserflowOf().create('distribution', { id: 'dirac', at: 2 });
    expect(value.gaussian?.mean).toEqual([2]);
    await dispose();
  });

  it('is refused where it only lives inside a run', async () => {
    await expect(wasserflowOf().create('space', 'line')).rejects.toThrow(
      'space `line` asks for `wasserflow:initial`, which is not there',
    );
  });
});
