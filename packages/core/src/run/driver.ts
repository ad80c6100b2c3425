/** The one loop that every run is: an async iterator over steps. */
import { setImmediate } from 'node:timers/promises';
import { WasserflowError } from '../errors.js';
import { makeStep } from './attempt.js';
import type { ComposedRun } from './compose.js';
import type { RunFolder } from './folder.js';
import { nextSize, sizeWarning } from './next-size.js';
import type { Checkpoint, Outcome, StepSummary } from './saved.js';
import { measureAll, summarise, type Position } from './summary.js';

/** A step that was done; step 0 is the initial measure. */
export interface StepRecord extends StepSummary {
  readonly measure: unknown;
}

export interface DriveOptions {
  readonly folder?: RunFolder | undefined;
  readonly signal?: AbortSignal | undefined;
}

async function start(run: ComposedRun): Promise<Position> {
  const { problem, scheme, random } = run;
  const measure: unknown = await problem.space.initial(random.fork('initial'));
  const state = scheme.init(measure, problem);
  const metrics = await measureAll(run, measure, 0);
  return { state, summaries: [{ step: 0, gamma: 0, status: 'ok', info: {}, metrics }] };
}

/** One step of the scheme, measured. A step that went non-finite is not measured and leaves the state as it was. */
async function advance(
  run: ComposedRun,
  position: Position,
  gamma: number,
  { folder, signal }: DriveOptions,
): Promise<Position> {
  const { random, events } = run;
  const { state, summaries } = position;
  const step = summaries.length;
  const made = await makeStep(run, state, {
    step,
    gamma,
    rng: random.fork('step', step),
    signal,
    partial: await folder?.loadPartial(step),
    ...(folder && { savePartial: (partial: unknown) => folder.savePartial(step, partial) }),
    progress: (at) => events.emit('inner:iteration', { step, ...at }),
  });
  const summary = await summarise(run, position, made);
  return { state: made.status === 'non-finite' ? state : made.state, summaries: [...summaries, summary] };
}

function outcomeOf(run: ComposedRun, { summaries }: Position, aborted: boolean): Outcome {
  const last = summaries.at(-1)!;
  const good = summaries.findLast((s) => s.status !== 'non-finite')!;
  const steps = good.step;
  if (last.status === 'non-finite')
    return {
      status: 'non-finite',
      steps,
      metrics: good.metrics,
      message: last.message ?? `step ${last.step} is not finite`,
    };
  if (steps === run.plan.count) return { status: 'done', steps, metrics: good.metrics };
  if (last.stop !== undefined) return { status: 'stopped', steps, metrics: good.metrics, message: last.stop };
  return { status: aborted ? 'interrupted' : 'stopped', steps, metrics: good.metrics };
}

const record = ({ state, summaries }: Position): StepRecord => ({ ...summaries.at(-1)!, measure: state.measure });

async function keep({ events }: ComposedRun, position: Position, folder: RunFolder | undefined): Promise<void> {
  if (folder) events.emit('checkpoint', { step: position.summaries.at(-1)!.step, path: await folder.commit(position) });
}

/**
 * Runs a composed problem step by step and returns how it ended. With a folder, each step is kept on disk
 * before it is yielded, and a folder with steps in it goes on after the last one.
 */
export async function* drive(run: ComposedRun, options: DriveOptions = {}): AsyncGenerator<StepRecord, Outcome> {
  const { events, plan } = run;
  const { folder, signal } = options;
  const saved = folder?.checkpoint as (Checkpoint & Position) | undefined;
  let position = saved ?? (await start(run));
  const resumedAt = position.summaries.at(-1)!.step;
  events.emit('run:start', { name: plan.name, steps: plan.count, resumedAt });
  if (saved === undefined) {
    await keep(run, position, folder);
    events.emit('step:end', position.summaries[0]!);
    yield record(position);
  }
  let failed = false;
  const warn = sizeWarning(run);
  const aborted = (): boolean => signal?.aborted ?? false;
  for (let size = await nextSize(run, position); size !== 'stop' && !failed && !aborted();) {
    const { gamma } = size;
    warn(size, position.summaries.length);
    events.emit('step:start', { step: position.summaries.length, gamma });
    const next = await stepOrAbort(run, position, gamma, options);
    if (next === 'aborted') break;
    position = next;
    const summary = position.summaries.at(-1)!;
    failed = summary.status === 'non-finite';
    if (summary.status === 'not-converged')
      events.emit('warning', {
        code: summary.status,
        message: summary.message ?? `step ${summary.step} did not converge`,
      });
    if (!failed) await keep(run, position, folder);
    events.emit('step:end', summary);
    yield record(position);
    if (!failed) size = await nextSize(run, position);
    // A step that never waits would keep timers and signals, and so an abort, from being heard.
    await setImmediate();
  }
  const outcome = outcomeOf(run, position, aborted());
  await folder?.finish(outcome);
  events.emit('run:end', {
    status: outcome.status,
    steps: outcome.steps,
    ...(outcome.message && { message: outcome.message }),
  });
  return outcome;
}

/** A solve that heard the abort signal may end in the middle of its step; that step then does not count. */
async function stepOrAbort(run: ComposedRun, position: Position, gamma: number, options: DriveOptions) {
  try {
    return await advance(run, position, gamma, options);
  } catch (error) {
    if (options.signal?.aborted && error instanceof Error && error.name === 'AbortError') return 'aborted';
    throw error instanceof WasserflowError ? error : Object.assign(error as Error, { step: position.summaries.length });
  }
}
