/** What everything that a config can name offers and needs, found by making a small instance of each. */
import {
  createCatalogue,
  refusalOf,
  WasserflowError,
  type Definition,
  type Functional,
  type Kind,
  type Plugin,
  type Requirement,
  type Scheme,
  type Space,
  type SpaceOperation,
} from '@wasserflow/core';
import { placesOf, type Host, type Place } from './instances.js';

/** What a space does for a functional. */
export interface Service {
  /** Its id, or `particles with a score` for one with an estimator of the score. */
  readonly space: string;
  /** 1 on the line, 2 in the plane. */
  readonly dimension: number;
  readonly operations: readonly SpaceOperation[];
  /** Why not, for the operations on functionals that the space has but does not serve here. */
  readonly refusals: Readonly<Partial<Record<SpaceOperation, string>>>;
}

/** The spaces on which a scheme can minimise a functional to a Gaussian. */
export interface Reach {
  readonly functional: string;
  /** 1 on the line, 2 in the plane. */
  readonly dimension: number;
  readonly spaces: readonly string[];
}

export interface Facts {
  readonly kind: Kind;
  readonly id: string;
  readonly title: string;
  readonly plugin: string;
  readonly cite: readonly string[];
  /** Names of parts with their kinds. */
  readonly parts: Readonly<Record<string, Kind>>;
  /** Options that make a small instance, where some are needed. */
  readonly example?: Readonly<Record<string, unknown>>;
  /** Of a functional: which space does what for it, on the line and in the plane; of one of functionals, for KL. */
  readonly services?: readonly Service[];
  /** Of a space: its operations. */
  readonly operations?: readonly string[];
  /** Of a scheme: the operations that it calls to minimise KL, by name, with the part of KL that they are called for. */
  readonly needs?: readonly string[];
  /** Of a scheme: where it can minimise KL and MMD, on the line and in the plane. */
  readonly runsOn?: readonly Reach[];
}

/** The line or the plane, with functionals there for schemes to minimise. */
interface Setting {
  readonly place: Place;
  readonly problems: readonly Functional[];
}
type Settings = readonly [line: Setting, plane: Setting];

/** Operations that hang on the functional. */
const onFunctional = [
  'value',
  'gradient',
  'prox',
  'anchoredProx',
  'gradientAt',
  'kernelGradient',
  'regularizedGradient',
  'mirror',
  'metropolis',
] as const satisfies readonly SpaceOperation[];

function serviceOf({ name, space }: Host, dimension: number, G: Functional): Service {
  const present = onFunctional.filter((operation) => space[operation] !== undefined);
  const reasons = present.map((operation) => [operation, refusalOf(space, operation, G)] as const);
  return {
    space: name,
    dimension,
    operations: present.filter((_, i) => reasons[i]![1] === undefined),
    refusals: Object.fromEntries(reasons.filter(([, reason]) => reason !== undefined)),
  };
}

async function servicesIn({ dimension, hosts, make }: Place, definition: Definition): Promise<Service[]> {
  const functional = await make('functional', definition);
  return functional ? hosts.map((host) => serviceOf(host, dimension, functional)) : [];
}

const isMet = (space: Space, G: Functional, { operation, functional = G }: Requirement): boolean =>
  space[operation] !== undefined && space.refuses?.(operation, functional) === undefined;

/** `gradient of smooth`, where it is called for a part of G. */
function needText(G: Functional, { operation, functional = G }: Requirement): string {
  const own = functional.id === G.id || !(onFunctional as readonly string[]).includes(operation);
  return own ? operation : `${operation} of ${functional.id.replace(`${G.id}.`, '')}`;
}

/** Requirements of a scheme for G; undefined where it refuses G. */
function requirementsOf(scheme: Scheme, G: Functional): readonly Requirement[] | undefined {
  try {
    return scheme.requires(G);
  } catch (error) {
    if (error instanceof WasserflowError) return undefined;
    throw error;
  }
}

/** Whether `name` is the space `plain` with an estimator of the score. */
export const isScored = (name: string, plain: string): boolean => name === `${plain} with a score`;

/** Names of spaces; what runs on a space runs on it with an estimator of the score too, which is not said again. */
export const withoutScored = (names: readonly string[]): string[] =>
  names.filter((name) => !names.some((other) => isScored(name, other)));

function runsOn(scheme: Scheme, hosts: readonly Host[], G: Functional): string[] {
  const requirements = requirementsOf(scheme, G);
  if (requirements === undefined) return [];
  const able = hosts.filter(({ space }) => requirements.every((r) => isMet(space, G, r)));
  return withoutScored(able.map(({ name }) => name));
}

function needsOf(scheme: Scheme, problems: readonly Functional[]): string[] {
  const accepted = problems.find((G) => requirementsOf(scheme, G) !== undefined);
  const needs = accepted ? requirementsOf(scheme, accepted)!.map((r) => needText(accepted, r)) : [];
  return [...new Set(needs)];
}

async function reachIn({ place, problems }: Setting, definition: Definition): Promise<Reach[]> {
  const scheme = await place.make('scheme', definition);
  const { dimension, hosts } = place;
  return problems.map((G) => ({ functional: G.id, dimension, spaces: scheme ? runsOn(scheme, hosts, G) : [] }));
}

async function schemeFacts([line, plane]: Settings, definition: Definition): Promise<Partial<Facts>> {
  const scheme = await line.place.make('scheme', definition);
  if (!scheme) return {};
  const reach = [...(await reachIn(line, definition)), ...(await reachIn(plane, definition))];
  return { needs: needsOf(scheme, line.problems), runsOn: reach };
}

const basics = ({ kind, id, title, cite = [], parts = {}, example }: Definition, plugin: string): Facts => ({
  kind,
  id,
  title,
  plugin,
  cite,
  parts: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.kind])),
  ...(example && { example }),
});

/** What every space has. */
const always = new Set(['id', 'dimension', 'initial', 'refuses', 'defect', 'dispose']);

async function furtherFacts(settings: Settings, definition: Definition): Promise<Partial<Facts>> {
  const [{ place: line }, { place: plane }] = settings;
  if (definition.kind === 'functional') {
    const services = [...(await servicesIn(line, definition)), ...(await servicesIn(plane, definition))];
    return services.length > 0 ? { services } : {};
  }
  if (definition.kind === 'space') {
    const host = [...line.hosts, ...plane.hosts].find(({ name }) => name === definition.id);
    return host ? { operations: Object.keys(host.space).filter((name) => !always.has(name)) } : {};
  }
  return definition.kind === 'scheme' ? schemeFacts(settings, definition) : {};
}

async function settingIn(place: Place): Promise<Setting> {
  // One functional that is made of terms with an entropy, and one that is not.
  const problems = [await place.functional('kl'), await place.functional('mmd')];
  return { place, problems: problems.filter((G) => G !== undefined) };
}

/** Facts of all contributions, by kind and id. */
export async function factsOf(plugins: readonly Plugin[]): Promise<Facts[]> {
  const [line, plane] = await placesOf(plugins);
  const settings: Settings = [await settingIn(line), await settingIn(plane)];
  const facts: Facts[] = [];
  for (const { definition, plugin } of createCatalogue(plugins).list())
    facts.push({ ...basics(definition, plugin), ...(await furtherFacts(settings, definition)) });
  return facts.sort((a, b) => a.kind.localeCompare(b.kind) || a.id.localeCompare(b.id));
}
