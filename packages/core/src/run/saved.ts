/** What a run left on disk, and reading it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSafetensors } from '@wasserflow/tensor';
import type { StepInfo } from '../domain/scheme.js';
import type { Status } from '../domain/space.js';
import { WasserflowError, ensure } from '../errors.js';
import { readIfThere } from './files.js';
import { decodeState } from './state.js';

/** What is known of one step, without its measure. */
export interface StepSummary {
  readonly step: number;
  readonly gamma: number;
  readonly status: Status;
  readonly message?: string;
  readonly info: StepInfo;
  readonly metrics: Readonly<Record<string, number>>;
  /** Why the run ends with this step, where a stop rule says so. */
  readonly stop?: string;
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

/** A state that `writeState` wrote. @throws WasserflowError E_RUN_FOLDER when it is not whole. */
export async function readState(path: string): Promise<unknown> {
  try {
    const json = await readFile(join(path, 'state.json'), 'utf8');
    const names = await readdir(path);
    const arrays = names.includes('arrays.safetensors')
      ? decodeSafetensors(await readFile(join(path, 'arrays.safetensors')))
      : new Map<string, never>();
    return decodeState({ json, arrays });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new WasserflowError(
      'E_RUN_FOLDER',
      `${path} is damaged (${message}); remove that folder to go on from the step before`,
      { cause: error },
    );
  }
}

/** The names in a folder; undefined where there is none. */
export async function listFolder(path: string): Promise<string[] | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return undefined;
    ensure(code !== 'ENOTDIR', 'E_RUN_FOLDER', `${path} is a file, not a run folder`);
    throw new WasserflowError('E_RUN_FOLDER', `cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

const isSummary = (value: unknown): value is StepSummary =>
  value !== null && typeof value === 'object' && 'metrics' in value && 'info' in value;

async function readSummary(path: string): Promise<StepSummary> {
  try {
    const summary = decodeState({ json: await readFile(join(path, 'summary.json'), 'utf8'), arrays: new Map() });
    if (isSummary(summary)) return summary;
    throw new Error('its summary.json is not that of a step');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new WasserflowError('E_RUN_FOLDER', `${path} is damaged (${message})`, { cause: error });
  }
}

/** The last whole step, and what is known of all; temporary leftovers of an interrupted write do not count. */
async function lastCheckpoint(path: string): Promise<Checkpoint | undefined> {
  const names = ((await listFolder(join(path, 'steps'))) ?? []).filter((name) => /^\d+$/.test(name));
  const folders = names.sort((a, b) => Number(a) - Number(b)).map((name) => join(path, 'steps', name));
  const last = folders.at(-1);
  if (last === undefined) return undefined;
  const state = await readState(last);
  ensure(
    state !== null && typeof state === 'object' && 'measure' in state,
    'E_RUN_FOLDER',
    `${last} is damaged: its state.json holds no state of a run`,
  );
  const summaries = await Promise.all(folders.map(readSummary));
  const gap = summaries.findIndex(({ step }, i) => step !== i);
  ensure(gap < 0, 'E_RUN_FOLDER', `${path} is damaged: of its ${folders.length} steps, step ${gap} is missing`);
  return { state, summaries };
}

async function readJson(path: string): Promise<unknown> {
  const text = await readIfThere(path).catch((error: Error) => {
    throw new WasserflowError('E_RUN_FOLDER', `cannot read ${path}: ${error.message}`, { cause: error });
  });
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

const isRunConfig = (value: unknown): value is SavedRun['config'] =>
  value !== null && typeof value === 'object' && 'problem' in value && 'steps' in value;

/**
 * Reads a run folder.
 * @throws WasserflowError E_RUN_FOLDER when it is not one, or is damaged.
 */
export async function readRunFolder(path: string): Promise<SavedRun> {
  const config = await readJson(join(path, 'config.json'));
  ensure(config !== undefined, 'E_RUN_FOLDER', `${path} is not a run folder: it has no config.json`);
  ensure(isRunConfig(config), 'E_RUN_FOLDER', `${path} is not a run folder: its config.json is not that of a run`);
  return {
    config,
    checkpoint: await lastCheckpoint(path),
    outcome: (await readJson(join(path, 'outcome.json'))) as Outcome | undefined,
  };
}
