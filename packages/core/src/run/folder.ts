/**
 * A run on disk:
 *
 * config.json    the config with every default written out
 * manifest.json  versions, seeds, data, engine, machine
 * metrics.jsonl  one measured number a line; grows with every step
 * steps/0001/    step 1: summary.json, and the state after it in state.json and arrays.safetensors
 * partial/       a half-done step of an interrupted run
 * outcome.json   how it ended
 */
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeSafetensors } from '@wasserflow/tensor';
import { onDisk, writeAtomic, writeFolderAtomic } from './files.js';
import { discardFolder, prepareFolder } from './prepare.js';
import { listFolder, readState, type Checkpoint, type Outcome, type StepSummary } from './saved.js';
import { encodeState } from './state.js';

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

/** JSON whose numbers may be infinite: JSON.stringify would make them null. */
function jsonText(value: unknown): string {
  const marked = JSON.stringify(
    value,
    (_, node: unknown) => (node === Infinity || node === -Infinity ? `\0${numberText(node)}` : node),
    2,
  );
  return marked.replaceAll(/"\\u0000(-?1e999)"/g, '$1');
}

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

async function writeState(path: string, state: unknown, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const { json, arrays } = encodeState(state);
  const numbers = arrays.size > 0 ? { 'arrays.safetensors': encodeSafetensors(arrays) } : {};
  await writeFolderAtomic(path, { 'state.json': json, ...numbers, ...more });
}

/**
 * Opens a folder for a run: a new one, or one of the same config to go on with.
 * @throws WasserflowError E_RUN_FOLDER for a foreign, damaged or busy folder, E_DISK where writing fails.
 */
export async function openRunFolder(path: string, config: unknown, manifest: unknown): Promise<RunFolder> {
  const { checkpoint, outcome } = await prepareFolder(path, { config, manifest });
  const partial = join(path, 'partial');
  const metrics = join(path, 'metrics.jsonl');
  // Lines past the last whole step, or half a line, are what an interruption leaves.
  if (checkpoint) await writeAtomic(metrics, metricLines(checkpoint.summaries));
  let kept = checkpoint !== undefined || outcome !== undefined;
  return {
    path,
    checkpoint,
    outcome,
    async commit(next) {
      const summary = next.summaries.at(-1)!;
      const folder = join(path, 'steps', stepName(summary.step));
      await writeState(folder, next.state, { 'summary.json': encodeState(summary).json });
      kept = true;
      await onDisk(metrics, () => appendFile(metrics, metricLines([summary])));
      await onDisk(partial, () => rm(partial, { recursive: true, force: true }));
      return folder;
    },
    savePartial: (step, state) => writeState(partial, { step, state }),
    async loadPartial(step) {
      if ((await listFolder(partial)) === undefined) return undefined;
      const saved = (await readState(partial)) as { step: number; state: unknown };
      return saved.step === step ? saved.state : undefined;
    },
    async finish(end) {
      kept = true;
      await writeAtomic(join(path, 'outcome.json'), `${jsonText(end)}\n`);
    },
    close: () => (kept ? rm(join(path, 'run.lock'), { force: true }) : discardFolder(path)),
  };
}
