/**
 * From a config's `{ id, ...options }` to a plan: the definition, its validated options, the plans of its
 * parts. Nothing is created, so that a bad config costs nothing.
 */
import { resolve } from 'node:path';
import type { z } from 'zod';
import { WasserflowError, ensure } from '../errors.js';
import { suggestion, type Catalogue } from './catalogue.js';
import type { Definition, Kind, OptionsSchema, PartSpec } from './definition.js';

export interface Plan<K extends Kind = Kind> {
  readonly definition: Definition<K>;
  readonly path: string;
  /** Validated, with defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly parts: Readonly<Record<string, Plan | readonly Plan[]>>;
}

type Plain = Record<string, unknown>;
const isPlain = (value: unknown): value is Plain =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
const at = (path: string, name: string | number): string => (path === '' ? String(name) : `${path}.${name}`);

/** A reference is a string or has an `id`. */
function reference(value: unknown, kind: string, path: string): { id: string; given: Plain } {
  if (typeof value === 'string') return { id: value, given: {} };
  ensure(
    isPlain(value) && typeof value['id'] === 'string',
    'E_CONFIG',
    () => `expected the id of a ${kind}, or { id: ..., options }, but got ${JSON.stringify(value)}`,
    path,
  );
  const { id, ...given } = value;
  return { id: id as string, given };
}

export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { key: PropertyKey })[];
}

/** Option names that the schema lists, where it lists them (zod does). */
const namesOf = (schema: OptionsSchema | undefined): string[] => {
  const shape = (schema as { shape?: object } | undefined)?.shape;
  return shape ? Object.keys(shape) : [];
};

function refuseUnknown(given: Plain, allowed: readonly string[], owner: string, path: string): void {
  for (const name of Object.keys(given))
    if (!allowed.includes(name)) {
      const hint = allowed.length === 0 ? `${owner} takes no options` : suggestion(name, allowed);
      throw new WasserflowError('E_CONFIG', `${owner} has no option \`${name}\`; ${hint}`, { path: at(path, name) });
    }
}

const namesIn = (issue: Issue): string[] => (issue.path ?? []).map((p) => String(typeof p === 'object' ? p.key : p));

const valueAt = (given: unknown, names: readonly string[]): unknown =>
  names.reduce<unknown>((node, name) => (node as Plain | undefined)?.[name], given);

/** What a validator says is wrong, with the value that it got. */
export function issueText(issue: Issue, given: unknown): string {
  if (/\bgot\b/.test(issue.message)) return issue.message;
  const value = valueAt(given, namesIn(issue));
  const expected = issue.message.replace(/^Invalid input: /, '').replace(/, received \w+$/, '');
  const shown = typeof value === 'number' ? String(value) : JSON.stringify(value)?.slice(0, 80);
  return `${expected}, but ${shown === undefined ? 'nothing is there' : `got ${shown}`}`;
}

/** Validates with any Standard Schema. @throws WasserflowError E_CONFIG with the path of the first issue. */
export function validateOptions(schema: OptionsSchema, given: unknown, path: string): Plain {
  const standard = (schema as z.ZodType)['~standard'];
  const result = standard.validate(given) as { value?: Plain; issues?: readonly Issue[] };
  ensure(!(result instanceof Promise), 'E_PLUGIN', 'its options have a schema that validates asynchronously', path);
  const [issue] = result.issues ?? [];
  if (issue) {
    const inner = namesIn(issue).join('.');
    throw new WasserflowError('E_CONFIG', issueText(issue, given), { path: inner ? at(path, inner) : path });
  }
  return result.value ?? {};
}

/** `{ clip: 1 }` where a part has a default means options of that default. */
function withDefaultId(value: unknown, fallback: unknown): unknown {
  if (fallback === undefined || !isPlain(value) || 'id' in value) return value;
  return { ...(typeof fallback === 'string' ? { id: fallback } : (fallback as Plain)), ...value };
}

/** The options with relative paths made absolute, so that they mean the same anywhere. */
const withPaths = (options: Plain, names: readonly string[], base: string): Plain =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) =>
      names.includes(name) && typeof value === 'string' ? [name, resolve(base, value)] : [name, value],
    ),
  );

type Specs = Readonly<Record<string, PartSpec>>;

function planParts(catalogue: Catalogue, specs: Specs, given: Plain, path: string, base: string) {
  const parts: Record<string, Plan | Plan[]> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = withDefaultId(given[name] ?? spec.default, spec.default);
    const where = at(path, name);
    if (value === undefined) {
      ensure(spec.optional, 'E_CONFIG', `a ${spec.kind} is needed here, e.g. { id: ... }`, where);
    } else if (spec.many) {
      ensure(Array.isArray(value), 'E_CONFIG', `expected a list of ${spec.kind}s`, where);
      parts[name] = value.map((item, i) => plan(catalogue, spec.kind, item, at(where, i), base));
    } else parts[name] = plan(catalogue, spec.kind, value, where, base);
  }
  return parts;
}

/**
 * The plan of one reference.
 * @param path - where it stands in the config
 * @param base - the folder where relative paths start
 */
export function plan<K extends Kind>(catalogue: Catalogue, kind: K, value: unknown, path: string, base = '.'): Plan<K> {
  const { id, given } = reference(value, kind, path);
  const definition = catalogue.find(kind, id, path);
  const specs = definition.parts ?? {};
  const known = namesOf(definition.options);
  const own = Object.fromEntries(Object.entries(given).filter(([name]) => !(name in specs)));
  if (known.length > 0 || definition.options === undefined)
    refuseUnknown(given, [...Object.keys(specs), ...known], `${kind} \`${id}\``, path);
  const options = definition.options ? validateOptions(definition.options, own, path) : {};
  if (definition.options)
    refuseUnknown(own, [...new Set([...known, ...Object.keys(options)])], `${kind} \`${id}\``, path);
  const parts = planParts(catalogue, specs, given, path, base);
  return { definition, path, options: withPaths(options, definition.paths ?? [], base), parts };
}

/** The plan as config again, with every default written out. */
export function planToConfig(p: Plan): Plain {
  const parts = Object.entries(p.parts).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(planToConfig) : planToConfig(value as Plan),
  ]);
  return { id: p.definition.id, ...p.options, ...Object.fromEntries(parts) };
}
