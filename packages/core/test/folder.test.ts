import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { overrideConfig, readRunFolder } from '@wasserflow/core';
import { ndarray } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { openRunFolder } from '../src/run/folder.js';
import type { Checkpoint } from '../src/run/saved.js';
import { config, temporaryFolder, wasserflowOf } from './toy.js';

const header = { problem: {}, steps: { count: 3 }, seed: 1 };
const open = (path: string, given: object = header) => openRunFolder(path, given, { format: 1 });
const checkpoint = (step: number): Checkpoint => ({
  state: { measure: { x: step, points: ndarray([step], [1]) } },
  summaries: [{ step, gamma: 1, status: 'ok', info: { moved: 2 }, metrics: { value: Infinity, w2: NaN } }],
});
/** Commits the steps from 0 to `last`. */
async function commitTo(folder: Awaited<ReturnType<typeof open>>, last: number): Promise<void> {
  for (let step = 0; step <= last; step++) await folder.commit(checkpoint(step));
}
/** A folder in which a run has kept its initial measure, and that nobody holds. */
async function begun(path: string): Promise<void> {
  const folder = await open(path);
  await commitTo(folder, 0);
  await folder.close();
}
const summariesTo = (last: number) => Array.from({ length: last + 1 }, (_, step) => checkpoint(step).summaries[0]!);
const refusal = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

describe('a run folder', () => {
  it('goes on from its last step, by number, for the same config in any order of keys', async () => {
    const path = join(temporaryFolder(), 'deep', 'run');
    const folder = await open(path);
    expect(folder.checkpoint).toBeUndefined();
    await commitTo(folder, 11);
    await folder.close();
    const again = await open(path, { seed: 1, steps: { count: 3 }, problem: {} });
    expect(again.checkpoint).toEqual({ ...checkpoint(11), summaries: summariesTo(11) });
    await again.close();
  });

  it('keeps metrics as one JSON value a line', async () => {
    const path = temporaryFolder();
    const folder = await open(path);
    await folder.commit(checkpoint(2));
    const lines = readFileSync(join(path, 'metrics.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { step: 2, meter: 'value', value: Infinity },
      { step: 2, meter: 'w2', value: null },
      { step: 2, meter: 'step.gamma', value: 1 },
      { step: 2, meter: 'step.moved', value: 2 },
    ]);
  });

  it('keeps how it ended with numbers that are infinite', async () => {
    const path = temporaryFolder();
    const folder = await open(path);
    await folder.finish({ status: 'done', steps: 3, metrics: { value: Infinity, low: -Infinity, w2: 0.5 } });
    await folder.close();
    expect((await readRunFolder(path)).outcome?.metrics).toEqual({ value: Infinity, low: -Infinity, w2: 0.5 });
  });

  it('cuts metrics back to the last whole step', async () => {
    const path = temporaryFolder();
    const folder = await open(path);
    await commitTo(folder, 1);
    const whole = readFileSync(join(path, 'metrics.jsonl'), 'utf8');
    writeFileSync(join(path, 'metrics.jsonl'), `${whole}{"step":2,"met`);
    await folder.close();
    await (await open(path)).close();
    expect(readFileSync(join(path, 'metrics.jsonl'), 'utf8')).toBe(whole);
  });

  it('keeps a half-done step for that step only, until it is whole', async () => {
    const folder = await open(temporaryFolder());
    await folder.savePartial(2, { iteration: 5 });
    expect(await folder.loadPartial(2)).toEqual({ iteration: 5 });
    expect(await folder.loadPartial(3)).toBeUndefined();
    await folder.commit(checkpoint(2));
    expect(await folder.loadPartial(2)).toBeUndefined();
  });

  it('starts afresh over what a run left that ended before it began', async () => {
    const path = temporaryFolder();
    mkdirSync(join(path, 'steps'));
    writeFileSync(join(path, 'run.lock'), '');
    writeFileSync(join(path, 'config.json.tmp'), '{');
    await begun(path);
    expect((await readRunFolder(path)).config).toEqual(header);
  });

  it('mends a manifest that an interrupted start left out', async () => {
    const path = temporaryFolder();
    await begun(path);
    rmSync(join(path, 'manifest.json'));
    await (await open(path)).close();
    expect(JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8'))).toEqual({ format: 1 });
  });

  it('does not count steps that were not written whole', async () => {
    const path = temporaryFolder();
    const folder = await open(path);
    await commitTo(folder, 1);
    mkdirSync(join(path, 'steps', '0002.tmp'));
    expect((await readRunFolder(path)).checkpoint).toEqual({ ...checkpoint(1), summaries: summariesTo(1) });
  });
});

it('refuses steps with a gap', async () => {
  const path = temporaryFolder();
  await commitTo(await open(path), 3);
  rmSync(join(path, 'steps', '0002'), { recursive: true });
  await expect(readRunFolder(path)).rejects.toThrow(refusal('E_RUN_FOLDER', 'step 2 is missing'));
});

it('goes on with the data it began with, or not at all', async () => {
  const path = temporaryFolder();
  const withData = (hash: string) => openRunFolder(path, header, { format: 1, data: { initial: hash } });
  const folder = await withData('a');
  await commitTo(folder, 0);
  await folder.close();
  await expect(withData('b')).rejects.toThrow(refusal('E_RUN_FOLDER', 'a run on other data'));
  await (await withData('a')).close();
});

it('leaves nothing of a run that ended before its first measure', async () => {
  const path = join(temporaryFolder(), 'early');
  await (await open(path)).close();
  expect(existsSync(path)).toBe(false);
});

describe('a folder that is not this run is refused and left as it is:', () => {
  it.each([
    ['manifest.json', 'it has no config.json'],
    ['index.html', 'it has no config.json'],
    ['steps/0001/state.json', 'it has no config.json'],
  ])('one with %s', async (name, message) => {
    const path = temporaryFolder();
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), '{}');
    await expect(open(path)).rejects.toThrow(refusal('E_RUN_FOLDER', message));
    expect(readFileSync(join(path, name), 'utf8')).toBe('{}');
    expect(existsSync(join(path, 'run.lock'))).toBe(false);
  });

  it.each([
    ['{', 'config.json is damaged: it is no JSON'],
    ['[]', 'its config.json is not that of a run'],
    ['{"name":"app"}', 'its config.json is not that of a run'],
  ])('one whose config.json is %s', async (text, message) => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'config.json'), text);
    await expect(open(path)).rejects.toThrow(refusal('E_RUN_FOLDER', message));
    expect(readdirSync(path)).toEqual(['config.json']);
  });

  it('another config, with the first difference', async () => {
    const path = temporaryFolder();
    await begun(path);
    await expect(open(path, { ...header, steps: { count: 4 } })).rejects.toThrow(
      refusal('E_RUN_FOLDER', '(steps.count is 3 there, 4 here); choose another folder with --out, or remove it'),
    );
    await expect(open(path, { ...header, extra: 1 })).rejects.toThrow('(extra is absent there, 1 here)');
  });

  it('a file', async () => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, '');
    await expect(open(path)).rejects.toThrow(refusal('E_RUN_FOLDER', 'is a file, not a run folder'));
  });

  it.runIf(existsSync('/proc/self/stat'))('none whose number of a process was given again', async () => {
    const path = temporaryFolder();
    await begun(path);
    // The parent lives, but did not begin one tick after the machine.
    writeFileSync(join(path, 'run.lock'), `${process.ppid} 1`);
    await expect(open(path)).resolves.toBeDefined();
    expect(readFileSync(join(path, 'run.lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} \\d+$`));
  });

  it('one in use by a process that lives', async () => {
    const path = temporaryFolder();
    await begun(path);
    writeFileSync(join(path, 'run.lock'), String(process.ppid));
    await expect(open(path)).rejects.toThrow(refusal('E_RUN_FOLDER', `in use by process ${process.ppid}`));
    expect(readFileSync(join(path, 'run.lock'), 'utf8')).toBe(String(process.ppid));
  });
});

describe('a damaged step is refused with what to do:', () => {
  it.each<[string, (step: string) => void]>([
    ['no JSON', (step) => writeFileSync(join(step, 'state.json'), '{"state":')],
    ['another JSON', (step) => writeFileSync(join(step, 'state.json'), '{}')],
    ['a missing file', (step) => rmSync(join(step, 'arrays.safetensors'))],
    [
      'arrays cut off',
      (step) => writeFileSync(join(step, 'arrays.safetensors'), Uint8Array.of(255, 0, 0, 0, 0, 0, 0, 0)),
    ],
  ])('%s', async (_, damage) => {
    const path = temporaryFolder();
    const folder = await open(path);
    await commitTo(folder, 1);
    damage(join(path, 'steps', '0001'));
    await expect(readRunFolder(path)).rejects.toThrow(refusal('E_RUN_FOLDER', 'steps/0001 is damaged'));
  });
});

it('leaves nothing of a run that could not be started', async () => {
  const path = temporaryFolder();
  writeFileSync(join(path, 'file'), '');
  await expect(open(join(path, 'file', 'run'))).rejects.toThrow(refusal('E_RUN_FOLDER', 'is a file'));
  // The manifest cannot be written as JSON, after the config was.
  const circular: { self?: object } = {};
  circular.self = circular;
  await expect(openRunFolder(join(path, 'a', 'b'), header, circular)).rejects.toThrow(TypeError);
  expect(readdirSync(path)).toEqual(['file']);
  mkdirSync(join(path, 'empty'));
  await expect(openRunFolder(join(path, 'empty'), header, circular)).rejects.toThrow(TypeError);
  expect(readdirSync(join(path, 'empty'))).toEqual([]);
});

it('composes nothing and writes nothing for a config that does not hold', async () => {
  const path = join(temporaryFolder(), 'run');
  const bad = overrideConfig(config, 'scheme', 'euler');
  await expect(wasserflowOf().run(bad, { folder: path })).rejects.toThrow(refusal('E_UNSUPPORTED', 'gradient'));
  expect(existsSync(path)).toBe(false);
});
