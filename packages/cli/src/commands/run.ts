import { dirname, resolve } from 'node:path';
import {
  createWasserflow,
  readRunFolder,
  WasserflowError,
  type Observer,
  type Outcome,
  type Run,
  type StepSummary,
} from '@wasserflow/core';
import { eventsFile, terminal } from '@wasserflow/observers';
import { defaultFolder, readConfig } from '../config.js';
import { exitCodes } from '../exit-codes.js';
import { interruption } from '../interruption.js';
import { pluginsOf } from '../plugins.js';
import { summaryTable } from '../summary.js';

export interface RunOptions {
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

interface Finished {
  readonly outcome: Outcome;
  readonly summaries: readonly StepSummary[];
  readonly folder: string;
}

/** Attaches ours, unless the config has its own of the kind. */
function observe(run: Run, observers: readonly Observer[]): () => Promise<void> {
  const theirs = new Set(run.composed.observers.map(({ id }) => id));
  const ends = observers.filter(({ id }) => !theirs.has(id)).map((observer) => observer.attach(run.events));
  return async () => {
    for (const end of ends) await end();
  };
}

/** Says that an interruption was heard; the step in progress may take a while to end. */
function tellInterruption({ events }: Run, signal: AbortSignal): void {
  const message = 'ends as soon as it can go on from there later; Ctrl-C once more ends it at once';
  signal.addEventListener('abort', () => events.emit('warning', { code: 'interrupted', message }));
}

/** All steps, those of earlier sittings too; one that failed is not in the folder. */
async function finish(run: Run, folder: string): Promise<Finished> {
  const failed: StepSummary[] = [];
  for await (const { measure: _, ...summary } of run) if (summary.status === 'non-finite') failed.push(summary);
  const { checkpoint } = await readRunFolder(folder);
  return { outcome: run.outcome!, summaries: [...(checkpoint?.summaries ?? []), ...failed], folder };
}

async function runConfig(file: string, overrides: readonly string[], options: RunOptions): Promise<Finished> {
  const config = await readConfig(file, overrides);
  const wasserflow = createWasserflow({ plugins: await pluginsOf(config, [dirname(file)]) });
  const folder = options.out ?? defaultFolder(config);
  const interrupt = interruption();
  try {
    const run = await wasserflow.open(config, { folder, base: dirname(file), signal: interrupt.signal });
    tellInterruption(run, interrupt.signal);
    const detach = observe(run, [terminal(options.quiet ? { progress: 'none' } : {}), eventsFile({ folder })]);
    try {
      return await finish(run, folder);
    } finally {
      await detach();
      await run.dispose();
    }
  } finally {
    interrupt.dispose();
  }
}

const exitCodeOf = ({ status }: Outcome): number => {
  if (status === 'non-finite') return exitCodes.failed;
  return status === 'interrupted' ? exitCodes.interrupted : exitCodes.done;
};

function sayInText({ outcome, summaries, folder }: Finished, quiet: boolean): void {
  const where = outcome.status === 'interrupted' ? 'the same command goes on from' : 'the run is in';
  // A run that a stop rule ended went as it should.
  const stopped = outcome.status === 'stopped' && outcome.message !== undefined;
  const status = stopped ? `stopped: ${outcome.message}` : outcome.status;
  if (!quiet) process.stdout.write(`${summaryTable(summaries)}\n${status}; ${where} ${folder}\n`);
  if (outcome.message !== undefined && !stopped) console.error(`error: ${outcome.message}`);
}

const sayInJson = ({ outcome, folder }: Finished): void =>
  console.log(JSON.stringify({ ...outcome, folder: resolve(folder) }));

/** A run that could not be one has an outcome for machines all the same. */
function sayErrorInJson(error: unknown): void {
  if (error instanceof WasserflowError)
    console.log(JSON.stringify({ status: 'error', code: error.code, message: error.message }));
}

/**
 * `wasserflow run`: returns the exit code.
 * @throws WasserflowError for misuse and bad input
 */
export async function run(file: string, overrides: readonly string[], options: RunOptions): Promise<number> {
  try {
    const finished = await runConfig(file, overrides, options);
    if (options.json) sayInJson(finished);
    else sayInText(finished, options.quiet ?? false);
    return exitCodeOf(finished.outcome);
  } catch (error) {
    if (options.json) sayErrorInJson(error);
    throw error;
  }
}
