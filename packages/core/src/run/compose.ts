/** From a plan to objects that fit together, checked before anything is computed. */
import { stream, type Stream } from '@wasserflow/tensor';
import type { Controller } from '../domain/controller.js';
import type { Distribution } from '../domain/distribution.js';
import type { Meter } from '../domain/meter.js';
import type { Problem, Scheme } from '../domain/scheme.js';
import { calculusOf } from '../domain/space.js';
import type { StopRule } from '../domain/stop-rule.js';
import { ensure } from '../errors.js';
import { createEventBus, type EventBus, type Observer } from '../events.js';
import { createScope, type Scope } from '../plugin/container.js';
import type { Catalogue } from '../plugin/catalogue.js';
import type { Plan } from '../plugin/plan.js';
import { ENGINE, EVENTS, INITIAL, RANDOM } from '../plugin/tokens.js';
import type { EngineReport } from '@wasserflow/tensor';
import type { RunPlan } from './config.js';
import { at, checkDimensions, checkRequired, checkScheme, usableMeters, type Parts } from './fit.js';

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
