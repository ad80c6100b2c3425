/**
 * A run on disk:
 *
 * config.json    the config with every default written out
 * manifest.json  versions, seeds, data, engine, machine
 * metrics.jsonl  one measured number a line
 * steps/0001/    the state after step 1: state.json, arrays.safetensors
 * partial/       a half-done step of an interrupted run
 * outcome.json   how it ended
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors } from '@wasserflow/tensor';
import type { StepInfo } from '../domain/scheme.js';
import type { Status } from '../domain/space.js';
import { WasserflowError, ensure } from '../errors.js';
import { onDisk, readIfThere, writeAtomic, writeFolderAtomic } from './files.js';
import { decodeState, encodeState } from './state.js';

/** What is known of one step, without its measure. */
export interface StepSummary {
  readonly step: number;
  readonly gamma: number;
  readonly status: Status;
  readonly message?: string;
  readonly info: StepInfo;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface Outcome {
  readonly status: Status | 'done' | 'stopped' | 'interrupted';
  readonly steps: number;
  readonly message?: string;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Everything that a step leaves behind. */
export interface Checkpoint {
  readonly state: unknown;
  readonly summaries: readonly StepSummary[];
}

export interface RunFolder {
  readonly path: string;
  readonly checkpoint: Checkpoint | undefined;
  readonly outcome: Outcome | undefined;
  commit(checkpoint: Checkpoint): Promise<string>;
  savePartial(step: number, state: unknown): Promise<void>;
  loadPartial(step: number): Promise<unknown>;
  finish(outcome: Outcome): Promise<void>;
  close(): Promise<void>;
}

/** 1e999 is how JSON spells infinity; NaN has no spelling and becomes null. */
const numberText = (value: number): string =>
  Number.isNaN(value) ? 'null' : Number.isFinite(value) ? JSON.stringify(value) : value > 0 ? '1e999' : '-1e999';

function metricLines(summaries: readonly StepSummary[]): string {
  const lines = summaries.flatMap(({ step, gamma, info, metrics }) => {
    const numbers = { ...metrics, ...(step > 0 && { 'step.gamma': gamma }) };
    const infos = Object.entries(info).map(([name, value]) => [`step.${name}`, value] as const);
    return [...Object.entries(numbers), ...infos].map(
      ([meter, value]) => `{"step":${step},"meter":${JSON.stringify(meter)},"value":${numberText(value)}}\n`,
    );
  });
  return lines.join('');
}

const stepName = (step: number): string => String(step).padStart(4, '0');

async function writeState(path: string, state: unknown): Promise<void> {
  const { json, arrays } = encodeState(state);
  await writeFolderAtomic(path, { 'state.json': json, 'arrays.safetensors': encodeSafetensors(arrays) });
}

async function readState(path: string): Promise<unknown> {
  try {
    const json = await readFile(join(path, 'state.json'), 'utf8');
    const arrays = decodeSafetensors(await readFile(join(path, 'arrays.safetensors')));
    return decodeState({ json, arrays });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new WasserflowError(
      'E_RUN_FOLDER',
      `${path} is damaged (${message}); remove that folder to go on from the step before`,
      {
        cause: error,
      },
    );
  }
}

async function listFolder(path: string): Promise<string[] | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    ensure(code !== 'ENOTDIR', 'E_RUN_FOLDER', `${path} is a file, not a run folder`);
    throw error;
  }
}

/** The last whole checkpoint; temporary leftovers of an interrupted write do not count. */
async function lastCheckpoint(path: string): Promise<Checkpoint | undefined> {
  const names = ((await listFolder(join(path, 'steps'))) ?? []).filter((name) => /^\d+$/.test(name)).sort();
  const last = names.at(-1);
  return last === undefined ? undefined : ((await readState(join(path, 'steps', last))) as Checkpoint);
}

async function readJson(path: string): Promise<unknown> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WasserflowError('E_RUN_FOLDER', `${path} is damaged: it is no JSON`, { cause: error });
  }
}

export interface SavedRun {
  readonly config: Readonly<Record<string, unknown>>;
  readonly checkpoint: Checkpoint | undefined;
  readonly outcome: Outcome | undefined;
}

/**
 * Reads a run folder.
 * @throws WasserflowError E_RUN_FOLDER when it is not one, or is damaged.
 */
export async function readRunFolder(path: string): Promise<SavedRun> {
  const config = await readJson(join(path, 'config.json'));
  ensure(config !== undefined, 'E_RUN_FOLDER', `${path} is not a run folder: it has no config.json`);
  return {
    config: config as SavedRun['config'],
    checkpoint: await lastCheckpoint(path),
    outcome: (await readJson(join(path, 'outcome.json'))) as Outcome | undefined,
  };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** One process at a time; the lock of a process that is gone does not count. */
async function lock(path: string): Promise<void> {
  const file = join(path, 'run.lock');
  const holder = Number(await readIfThere(file));
  ensure(
    !(holder > 0 && holder !== process.pid && isAlive(holder)),
    'E_RUN_FOLDER',
    `${path} is in use by process ${holder}`,
  );
  await onDisk(file, () => writeFile(file, String(process.pid)));
}

const sameConfig = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

async function prepare(path: string, config: unknown, manifest: unknown): Promise<SavedRun> {
  const entries = await listFolder(path);
  const isNew = entries === undefined || entries.every((name) => name === 'run.lock' || name.endsWith('.tmp'));
  if (isNew) {
    await onDisk(path, () => mkdir(join(path, 'steps'), { recursive: true }));
    await lock(path);
    await writeAtomic(join(path, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await writeAtomic(join(path, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
    return { config: config as SavedRun['config'], checkpoint: undefined, outcome: undefined };
  }
  if (entries.includes('manifest.json') && !entries.includes('config.json')) {
    // Interrupted before its config was written: nothing is lost by starting afresh.
    await rm(path, { recursive: true });
    return prepare(path, config, manifest);
  }
  const saved = await readRunFolder(path);
  ensure(
    sameConfig(saved.config, JSON.parse(JSON.stringify(config))),
    'E_RUN_FOLDER',
    `${path} holds a run of another config; choose another folder with --out, or remove it`,
  );
  await lock(path);
  return saved;
}

/**
 * Opens a folder for a run: a new one, or one of the same config to go on with.
 * @throws WasserflowError E_RUN_FOLDER for a foreign, damaged or busy folder, E_DISK where writing fails.
 */
export async function openRunFolder(path: string, config: unknown, manifest: unknown): Promise<RunFolder> {
  const { checkpoint, outcome } = await prepare(path, config, manifest);
  const partial = join(path, 'partial');
  return {
    path,
    checkpoint,
    outcome,
    async commit(next) {
      const step = next.summaries.at(-1)!.step;
      const folder = join(path, 'steps', stepName(step));
      await writeAtomic(join(path, 'metrics.jsonl'), metricLines(next.summaries));
      await writeState(folder, next);
      await onDisk(partial, () => rm(partial, { recursive: true, force: true }));
      return folder;
    },
    savePartial: (step, state) => writeState(partial, { step, state }),
    async loadPartial(step) {
      if ((await listFolder(partial)) === undefined) return undefined;
      const saved = (await readState(partial)) as { step: number; state: unknown };
      return saved.step === step ? saved.state : undefined;
    },
    finish: (end) => writeAtomic(join(path, 'outcome.json'), `${JSON.stringify(end, null, 2)}\n`),
    close: () => rm(join(path, 'run.lock'), { force: true }),
  };
}
