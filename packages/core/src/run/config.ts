/** A run's config: what it may say, and the plan that it makes. */
import { z } from 'zod';
import { WasserflowError, ensure } from '../errors.js';
import { suggestion, type Catalogue } from '../plugin/catalogue.js';
import type { Kind } from '../plugin/definition.js';
import { issueText, plan, planToConfig, type Plan } from '../plugin/plan.js';

const reference = z.union([z.string(), z.looseObject({ id: z.string() })], {
  error: 'expected an id, or { id: ..., options }',
});

const schema = z.strictObject({
  name: z.string().default('run'),
  seed: z.int().nonnegative().default(0),
  engine: reference.optional(),
  space: reference,
  problem: z.strictObject({ initial: reference, functional: reference }),
  scheme: reference,
  steps: z.strictObject({
    /** Number of outer steps; a controller may stop earlier. */
    count: z.int().positive(),
    size: z.union([z.number(), z.array(z.number()).min(1), reference], {
      error: 'expected a step size, a list of them, or a controller { id: ... }',
    }),
    /** What ends the run before its last step. */
    stop: z.array(reference, { error: 'expected a list of stop rules, e.g. [{ id: gap, below: 1e-6 }]' }).default([]),
  }),
  /** `value` where the space can tell it, if absent. */
  meters: z.array(reference).optional(),
  observers: z.array(reference).default([]),
  plugins: z.array(z.string()).default([]),
});

export type RunConfig = z.input<typeof schema>;

/** A config whose every reference is planned, and the same config with all defaults written out. */
export interface RunPlan {
  readonly name: string;
  readonly seed: number;
  readonly count: number;
  readonly engine: Plan<'engine'> | undefined;
  readonly space: Plan<'space'>;
  readonly initial: Plan<'distribution'>;
  readonly functional: Plan<'functional'>;
  readonly scheme: Plan<'scheme'>;
  readonly controller: Plan<'controller'>;
  readonly stopRules: readonly Plan<'stop-rule'>[];
  readonly meters: readonly Plan<'meter'>[];
  /** Whether the config named its meters; those of the default must not stop a run. */
  readonly metersGiven: boolean;
  readonly observers: readonly Plan<'observer'>[];
  readonly config: Readonly<Record<string, unknown>>;
}

/** The keys allowed where zod found one that is not. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let node: unknown = schema;
  for (const name of path) node = (node as { shape: Record<PropertyKey, unknown> }).shape[name];
  return Object.keys((node as z.ZodObject).shape);
}

function parse(raw: unknown): z.output<typeof schema> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    throw new WasserflowError('E_CONFIG', `unknown key \`${key}\`; ${suggestion(key!, keysAt(issue.path))}`, { path });
  }
  throw new WasserflowError('E_CONFIG', issueText(issue, raw), { path });
}

/** `0.4` and `[0.4, 0.2]` are short for the controllers `constant` and `list`. */
function controllerReference(size: unknown): unknown {
  if (typeof size === 'number') return { id: 'constant', size };
  return Array.isArray(size) ? { id: 'list', sizes: size } : size;
}

const isRegistered = (catalogue: Catalogue, kind: string, id: string): boolean =>
  catalogue.list().some(({ definition: d }) => d.kind === kind && d.id === id);

const meterReferences = (catalogue: Catalogue, given: readonly unknown[] | undefined): readonly unknown[] =>
  given ?? (isRegistered(catalogue, 'meter', 'value') ? ['value'] : []);

/** What a config without an engine gets: the first of these that is registered. */
const DEFAULT_ENGINES = ['onnx', 'tfjs'];

const engineReference = (catalogue: Catalogue, given: unknown): unknown =>
  given ?? DEFAULT_ENGINES.find((id) => isRegistered(catalogue, 'engine', id));

/**
 * Validates a config and plans each of its references; creates nothing.
 * @param base - the folder where its relative paths start, but for those of `plugins`; the working directory by default
 * @throws WasserflowError E_CONFIG with the path of what is wrong.
 */
export function planRun(catalogue: Catalogue, raw: unknown, base?: string): RunPlan {
  const { name, seed, problem, steps, plugins, ...given } = parse(raw);
  const planned = <K extends Kind>(kind: K, reference: unknown, path: string): Plan<K> =>
    plan(catalogue, kind, reference, path, base);
  const computing = engineReference(catalogue, given.engine);
  const engine = computing === undefined ? undefined : planned('engine', computing, 'engine');
  const space = planned('space', given.space, 'space');
  const initial = planned('distribution', problem.initial, 'problem.initial');
  const functional = planned('functional', problem.functional, 'problem.functional');
  const scheme = planned('scheme', given.scheme, 'scheme');
  const controller = planned('controller', controllerReference(steps.size), 'steps.size');
  const stopRules = steps.stop.map((rule, i) => planned('stop-rule', rule, `steps.stop.${i}`));
  const meters = meterReferences(catalogue, given.meters).map((meter, i) => planned('meter', meter, `meters.${i}`));
  refuseTwice(meters);
  const observers = given.observers.map((observer, i) => planned('observer', observer, `observers.${i}`));
  const config = {
    name,
    seed,
    ...(engine && { engine: planToConfig(engine) }),
    space: planToConfig(space),
    problem: { initial: planToConfig(initial), functional: planToConfig(functional) },
    scheme: planToConfig(scheme),
    steps: {
      count: steps.count,
      size: planToConfig(controller),
      ...(stopRules.length > 0 && { stop: stopRules.map(planToConfig) }),
    },
    ...(given.meters && { meters: meters.map(planToConfig) }),
    observers: observers.map(planToConfig),
    plugins,
  };
  return {
    name,
    seed,
    count: steps.count,
    engine,
    space,
    initial,
    functional,
    scheme,
    controller,
    stopRules,
    meters,
    metersGiven: given.meters !== undefined,
    observers,
    config,
  };
}

/** Meters of one id would write their numbers over each other's. */
function refuseTwice(meters: readonly Plan<'meter'>[]): void {
  for (const [i, { definition, path }] of meters.entries())
    ensure(
      meters.findIndex((m) => m.definition.id === definition.id) === i,
      'E_CONFIG',
      `meter \`${definition.id}\` is there twice; a run has each meter once`,
      path,
    );
}

type Plain = Record<string, unknown>;

const isNode = (value: unknown): value is Plain => value !== null && typeof value === 'object';

/** A list takes the index of an item, or of the one after its last. */
function checkName(node: Plain, name: string, path: string): void {
  ensure(name !== '' && name !== '__proto__', 'E_CONFIG', `"${path}" is no path; write e.g. steps.size=0.1`);
  if (!Array.isArray(node)) return;
  const inside = /^\d+$/.test(name) && Number(name) <= node.length;
  ensure(inside, 'E_CONFIG', `expected a place in the list, from 0 to ${node.length}, but got \`${name}\``, path);
}

/** One level down, by name or by index; a bare id becomes `{ id }` so that options can be set on it. */
function descend(node: Plain, name: string, path: string): Plain {
  const child = Object.hasOwn(node, name) ? node[name] : undefined;
  if (child === undefined) return (node[name] = {}) as Plain;
  if (typeof child === 'string') return (node[name] = { id: child }) as Plain;
  ensure(isNode(child), 'E_CONFIG', `cannot set an option on ${String(child)}`, path);
  return child;
}

/**
 * The config with `value` at a dotted path such as `steps.size` or `meters.0`; the given one is not changed.
 * @throws WasserflowError E_CONFIG when there can be nothing at that path.
 */
export function overrideConfig(config: unknown, path: string, value: unknown): unknown {
  ensure(isNode(config), 'E_CONFIG', `a config is a set of keys and values, but got ${JSON.stringify(config)}`);
  const copy = structuredClone(config);
  const names = path.split('.');
  let node = copy;
  for (const [i, name] of names.entries()) {
    checkName(node, name, path);
    if (i < names.length - 1) node = descend(node, name, names.slice(0, i + 1).join('.'));
    else node[name] = value;
  }
  return copy;
}
