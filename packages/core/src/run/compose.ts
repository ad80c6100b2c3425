/** From a plan to objects that fit together, checked before anything is computed. */
import { stream, type Stream } from '@wasserflow/tensor';
import type { Controller } from '../domain/controller.js';
import type { Distribution } from '../domain/distribution.js';
import type { Functional } from '../domain/functional.js';
import type { Meter } from '../domain/meter.js';
import type { Problem, Requirement, Scheme } from '../domain/scheme.js';
import { calculusOf, type Space } from '../domain/space.js';
import type { StopRule } from '../domain/stop-rule.js';
import { WasserflowError, ensure } from '../errors.js';
import { createEventBus, type EventBus, type Observer } from '../events.js';
import { createScope, type Scope } from '../plugin/container.js';
import type { Catalogue } from '../plugin/catalogue.js';
import { plan as planOf, type Plan } from '../plugin/plan.js';
import { ENGINE, EVENTS, INITIAL, RANDOM } from '../plugin/tokens.js';
import type { EngineReport } from '@wasserflow/tensor';
import type { RunPlan } from './config.js';

export interface ComposedRun {
  readonly plan: RunPlan;
  readonly problem: Problem;
  readonly initial: Distribution;
  readonly scheme: Scheme;
  readonly controller: Controller;
  readonly stopRules: readonly StopRule[];
  readonly meters: readonly Meter[];
  readonly observers: readonly Observer[];
  readonly events: EventBus;
  readonly random: Stream;
  readonly engine: EngineReport | undefined;
  dispose(): Promise<void>;
}

const plansIn = (p: Plan): Plan[] => [
  p,
  ...Object.values(p.parts)
    .flat()
    .flatMap(plansIn as (q: any) => Plan[]),
];

/** Engines load native or wasm code: only for runs in which something computes with one. */
const usesEngine = (run: RunPlan): boolean =>
  [run.space, run.initial, run.functional, run.scheme, run.controller, ...run.stopRules, ...run.meters]
    .flatMap((p) => plansIn(p as Plan))
    .some((p) => p.definition.inject?.includes(ENGINE));

async function provideEngine(scope: Scope, run: RunPlan): Promise<EngineReport | undefined> {
  if (!usesEngine(run)) return undefined;
  ensure(run.engine, 'E_CONFIG', 'this run computes with tensors; name an engine, and register its plugin', 'engine');
  const engine = await scope.create(run.engine);
  scope.provide(ENGINE, engine);
  return engine.report();
}

/** Why a space cannot serve a requirement; undefined where it can. */
export function unmet(space: Space, G: Functional, { operation, functional = G }: Requirement): string | undefined {
  if (space[operation] === undefined) return `space \`${space.id}\` has no operation \`${operation}\``;
  const reason = space.refuses?.(operation, functional);
  return reason && `\`${operation}\` of \`${functional.id}\` on space \`${space.id}\`: ${reason}`;
}

/** What is checked before the space's gaps are hidden behind errors. */
interface Parts {
  readonly space: Space;
  readonly functional: Functional;
}

/** The first reason why `scheme` cannot run; undefined where it can. */
function obstacle(scheme: Scheme, { space, functional }: Parts): string | undefined {
  try {
    return scheme
      .requires(functional)
      .map((r) => unmet(space, functional, r))
      .find((reason) => reason !== undefined);
  } catch (error) {
    if (error instanceof WasserflowError) return error.message;
    throw error;
  }
}

/** Schemes that, with their default options, would serve this problem. */
async function alternatives(catalogue: Catalogue, parts: Parts): Promise<string[]> {
  const found: string[] = [];
  for (const { definition } of catalogue.list().filter((e) => e.definition.kind === 'scheme')) {
    const scope = createScope();
    try {
      const scheme = await scope.create(planOf(catalogue, 'scheme', definition.id, 'scheme'));
      if (obstacle(scheme, parts) === undefined) found.push(definition.id);
    } catch (error) {
      // A scheme that needs options of its own is no alternative to suggest.
      if (!(error instanceof WasserflowError)) throw error;
    }
  }
  return found;
}

async function checkScheme(catalogue: Catalogue, id: string, scheme: Scheme, parts: Parts): Promise<void> {
  const reason = obstacle(scheme, parts);
  if (reason === undefined) return;
  const others = await alternatives(catalogue, parts);
  const advice = others.length > 0 ? `schemes that can: ${others.join(', ')}` : 'no registered scheme can';
  throw new WasserflowError('E_UNSUPPORTED', `\`${id}\` cannot run here: ${reason}; ${advice}`, { path: 'scheme' });
}

/** Why a meter cannot measure here; undefined where it can. */
function meterObstacle(meter: Meter, { space, functional }: Parts, initial: Distribution): string | undefined {
  const requirements = meter.requires?.({ functional, space, initial }) ?? [];
  return requirements.map((r) => unmet(space, functional, r)).find((reason) => reason !== undefined);
}

/** The meters that can measure here: all that the config names, or it is refused; of the default, those that can. */
function usableMeters(meters: readonly Meter[], run: RunPlan, parts: Parts, initial: Distribution): Meter[] {
  return meters.filter((meter, i) => {
    const reason = meterObstacle(meter, parts, initial);
    if (reason === undefined) return true;
    const message = `meter \`${meter.id}\` cannot measure here: ${reason}`;
    ensure(!run.metersGiven, 'E_UNSUPPORTED', message, `meters.${i}`);
    return false;
  });
}

/** The first of these that the space cannot serve is an error at `path`. */
function checkRequired(what: string, { space, functional }: Parts, needs: readonly Requirement[], path: string): void {
  const reason = needs.map((r) => unmet(space, functional, r)).find((found) => found !== undefined);
  ensure(reason === undefined, 'E_UNSUPPORTED', `${what} cannot be used here: ${reason}`, path);
}

const at = <T>(path: string, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    if (error instanceof WasserflowError && error.path === undefined)
      throw new WasserflowError(error.code, error.message, { path, cause: error });
    throw error;
  }
};

/** The controller that knows its problem. */
async function createController(scope: Scope, run: RunPlan, parts: Parts, bound: { problem: Problem; scheme: Scheme }) {
  const made = await scope.create(run.controller);
  const { definition, path } = run.controller;
  checkRequired(`controller \`${definition.id}\``, parts, made.requires ?? [], path);
  return at(path, () => made.bind?.(bound) ?? made);
}

async function createStopRules(scope: Scope, run: RunPlan, parts: Parts): Promise<StopRule[]> {
  const rules: StopRule[] = [];
  for (const planned of run.stopRules) {
    const rule = await scope.create(planned);
    const needs = at(planned.path, () => rule.requires?.(parts) ?? []);
    checkRequired(`stop rule \`${rule.id}\``, parts, needs, planned.path);
    rules.push(rule);
  }
  return rules;
}

function checkDimensions(initial: Distribution, G: Functional): void {
  const dimension = G.terms?.potential?.dimension ?? G.target?.dimension;
  ensure(
    dimension === undefined || dimension === initial.dimension,
    'E_CONFIG',
    `\`${G.id}\` lives on R^${dimension}, but the initial law \`${initial.id}\` on R^${initial.dimension}`,
    'problem',
  );
}

async function createAll<K extends 'meter' | 'observer'>(scope: Scope, plans: readonly Plan<K>[]) {
  const created = [];
  for (const p of plans) created.push(await scope.create(p));
  return created;
}

/**
 * Creates everything that a run needs and checks that scheme, functional, space and meters fit.
 * @throws WasserflowError E_UNSUPPORTED that says what is missing and what would do.
 */
export async function composeRun(catalogue: Catalogue, run: RunPlan): Promise<ComposedRun> {
  const scope = createScope();
  try {
    return await composeIn(scope, catalogue, run);
  } catch (error) {
    await scope.dispose();
    throw error;
  }
}

async function composeIn(scope: Scope, catalogue: Catalogue, run: RunPlan): Promise<ComposedRun> {
  const events = createEventBus();
  const random = stream(run.seed);
  scope.provide(EVENTS, events);
  scope.provide(RANDOM, random.fork('setup'));
  const engine = await provideEngine(scope, run);
  const initial = await scope.create(run.initial);
  scope.provide(INITIAL, initial);
  const functional = await scope.create(run.functional);
  checkDimensions(initial, functional);
  const parts: Parts = { functional, space: await scope.create(run.space) };
  const scheme = await scope.create(run.scheme);
  await checkScheme(catalogue, run.scheme.definition.id, scheme, parts);
  const problem: Problem = { functional, space: calculusOf(parts.space) };
  const controller = await createController(scope, run, parts, { problem, scheme });
  const stopRules = await createStopRules(scope, run, parts);
  const created = (await createAll(scope, run.meters)) as Meter[];
  const meters = usableMeters(created, run, parts, initial);
  const observers = (await createAll(scope, run.observers)) as Observer[];
  return {
    plan: run,
    problem,
    initial,
    scheme,
    controller,
    stopRules,
    meters,
    observers,
    events,
    random,
    engine,
    dispose: () => scope.dispose(),
  };
}
