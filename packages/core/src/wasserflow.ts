/** The front door: plugins in, runs out. */
import type { EventBus } from './events.js';
import { createCatalogue, type Catalogue } from './plugin/catalogue.js';
import type { Plugin } from './plugin/definition.js';
import { composeRun, type ComposedRun } from './run/compose.js';
import { planRun, type RunConfig } from './run/config.js';
import { drive, type StepRecord } from './run/driver.js';
import { openRunFolder, type Outcome, type RunFolder } from './run/folder.js';
import { manifestOf } from './run/manifest.js';

export interface OpenOptions {
  /** Where the run is kept; without it nothing is written. */
  readonly folder?: string;
  /** Ends the run between two steps, or inside one where the solve allows it. */
  readonly signal?: AbortSignal;
}

/** A run that is ready to go: iterate over it for its steps. */
export interface Run extends AsyncIterable<StepRecord> {
  readonly events: EventBus;
  readonly composed: ComposedRun;
  /** How the run ended, once it has; known at once for a folder whose run is done. */
  readonly outcome: Outcome | undefined;
  /** Iterates to the end. */
  finish(): Promise<Outcome>;
  dispose(): Promise<void>;
}

export interface Wasserflow {
  readonly catalogue: Catalogue;
  /** Validates, composes and checks a run; computes nothing yet. */
  open(config: RunConfig | unknown, options?: OpenOptions): Promise<Run>;
  /** Opens a run, iterates to its end, and cleans up. */
  run(config: RunConfig | unknown, options?: OpenOptions): Promise<Outcome>;
}

function runOf(composed: ComposedRun, folder: RunFolder | undefined, signal: AbortSignal | undefined): Run {
  let outcome =
    folder?.outcome?.status === 'done' || folder?.outcome?.status === 'stopped' ? folder.outcome : undefined;
  const detach = composed.observers.map((o) => o.attach(composed.events));
  async function* steps(): AsyncGenerator<StepRecord, void> {
    if (outcome !== undefined) return;
    const driven = drive(composed, { folder, signal });
    let next = await driven.next();
    for (; !next.done; next = await driven.next()) yield next.value;
    outcome = next.value;
  }
  const run: Run = {
    events: composed.events,
    composed,
    get outcome() {
      return outcome;
    },
    [Symbol.asyncIterator]: steps,
    async finish() {
      for await (const _ of steps()) void _;
      return outcome!;
    },
    async dispose() {
      for (const end of detach.splice(0).reverse()) await end();
      await composed.dispose();
      await folder?.close();
    },
  };
  return run;
}

/**
 * A framework with these plugins.
 *
 * @example
 * const wasserflow = createWasserflow({ plugins: [spaceGaussian, functionals, schemes, distributions] });
 * for await (const step of await wasserflow.open(config)) console.log(step.step, step.metrics);
 *
 * @throws WasserflowError E_PLUGIN when plugins clash or do not fit this version.
 */
export function createWasserflow({ plugins }: { plugins: readonly Plugin[] }): Wasserflow {
  const catalogue = createCatalogue(plugins);
  async function open(config: unknown, { folder, signal }: OpenOptions = {}): Promise<Run> {
    const plan = planRun(catalogue, config);
    const composed = await composeRun(catalogue, plan);
    try {
      const names = plugins.map((p) => p.name);
      const opened =
        folder === undefined ? undefined : await openRunFolder(folder, plan.config, manifestOf(composed, names));
      return runOf(composed, opened, signal);
    } catch (error) {
      await composed.dispose();
      throw error;
    }
  }
  return {
    catalogue,
    open,
    async run(config, options) {
      const run = await open(config, options);
      try {
        return await run.finish();
      } finally {
        await run.dispose();
      }
    },
  };
}
