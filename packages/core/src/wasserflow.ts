/** The front door: plugins in, runs out. */
import type { EventBus, Observer } from './events.js';
import { createCatalogue, type Catalogue } from './plugin/catalogue.js';
import { createScope } from './plugin/container.js';
import type { Contributions, Kind, Plugin } from './plugin/definition.js';
import { plan as planOf } from './plugin/plan.js';
import type { Token } from './plugin/tokens.js';
import { composeRun, type ComposedRun } from './run/compose.js';
import { planRun, type RunConfig } from './run/config.js';
import { drive, type StepRecord } from './run/driver.js';
import { openRunFolder, type RunFolder } from './run/folder.js';
import { manifestOf } from './run/manifest.js';
import type { Outcome } from './run/saved.js';

export interface OpenOptions {
  /** Where the run is kept; without it nothing is written. */
  readonly folder?: string;
  /** Where relative paths in the config start: the folder that it is in; the working directory by default. */
  readonly base?: string;
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

/** Something that composition hands to a contribution. */
export interface Given {
  readonly token: Token<unknown>;
  readonly value: unknown;
}

export const given = <T>(token: Token<T>, value: T): Given => ({ token, value });

export interface Wasserflow {
  readonly catalogue: Catalogue;
  /**
   * One contribution by itself, outside of any run, from a reference as a config has it.
   * @param given - what a run would hand to it, e.g. `given(ENGINE, engine)`
   * @throws WasserflowError E_CONFIG for a bad reference, E_PLUGIN where it needs something of a run that is not given.
   */
  create<K extends Kind>(
    kind: K,
    reference: unknown,
    given?: readonly Given[],
  ): Promise<{ readonly value: Contributions[K]; dispose(): Promise<void> }>;
  /** Validates, composes and checks a run; computes nothing yet. */
  open(config: RunConfig | unknown, options?: OpenOptions): Promise<Run>;
  /** Opens a run, iterates to its end, and cleans up. */
  run(config: RunConfig | unknown, options?: OpenOptions): Promise<Outcome>;
}

/** An observer that throws when it begins or ends breaks a run as little as one that throws in between. */
async function guarded<T>({ id }: Observer, events: EventBus, action: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    events.emit('observer:error', { observer: id, message });
    return undefined;
  }
}

/** Attaches each observer at once; what is returned ends them, the last one first. */
async function observe(observers: readonly Observer[], events: EventBus): Promise<() => Promise<void>> {
  const ends: (() => Promise<void>)[] = [];
  for (const observer of observers) {
    const end = await guarded(observer, events, () => observer.attach(events));
    ends.push(async () => void (await guarded(observer, events, () => end?.())));
  }
  return async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
}

const isOver = ({ status }: Outcome): boolean => status === 'done' || status === 'stopped';

function runOf(composed: ComposedRun, folder: RunFolder | undefined, signal: AbortSignal | undefined): Run {
  const { events, observers } = composed;
  let outcome = folder?.outcome && isOver(folder.outcome) ? folder.outcome : undefined;
  let detach: (() => Promise<void>) | undefined;
  async function* steps(): AsyncGenerator<StepRecord, void> {
    if (outcome !== undefined) return;
    // Only now, so that whoever opened the run can listen to what its observers have to say of themselves.
    detach ??= await observe(observers, events);
    const driven = drive(composed, { folder, signal });
    let next = await driven.next();
    for (; !next.done; next = await driven.next()) yield next.value;
    outcome = next.value;
  }
  return {
    events,
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
      try {
        await detach?.();
        await composed.dispose();
      } finally {
        await folder?.close();
      }
    },
  };
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
  async function open(config: unknown, { folder, base, signal }: OpenOptions = {}): Promise<Run> {
    const plan = planRun(catalogue, config, base);
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
    async create(kind, reference, things = []) {
      const scope = createScope();
      try {
        for (const { token, value } of things) scope.provide(token, value);
        const value = await scope.create(planOf(catalogue, kind, reference, kind));
        return { value, dispose: () => scope.dispose() };
      } catch (error) {
        await scope.dispose();
        throw error;
      }
    },
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
