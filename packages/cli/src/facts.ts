/** What everything that a config can name offers and needs, found by making a small instance of each. */
import {
  createEventBus,
  createWasserflow,
  ENGINE,
  EVENTS,
  given,
  INITIAL,
  RANDOM,
  WasserflowError,
  type Contributions,
  type Definition,
  type Functional,
  type Given,
  type Kind,
  type Plugin,
  type Requirement,
  type Scheme,
  type Space,
  type SpaceOperation,
  type Wasserflow,
} from '@wasserflow/core';
import { stream, type Engine } from '@wasserflow/tensor';

/** What a space does for a functional, on the line. */
export interface Service {
  readonly space: string;
  readonly operations: readonly SpaceOperation[];
  /** Why not, for the operations on functionals that the space has but does not serve here. */
  readonly refusals: Readonly<Partial<Record<SpaceOperation, string>>>;
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
  /** Of a functional: which space does what for it. */
  readonly services?: readonly Service[];
  /** Of a space: its operations. */
  readonly operations?: readonly string[];
  /** Of a scheme: the operations that it calls to minimise KL, by name, with the part of KL that they are called for. */
  readonly needs?: readonly string[];
  /** Of a scheme: spaces on which it can minimise KL and MMD to a Gaussian on the line. */
  readonly runsOn?: Readonly<Record<string, readonly string[]>>;
}

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

/** Compiles nothing: instances are looked at, not run. */
const idleEngine: Engine = {
  id: 'idle',
  compile: () => Promise.reject(new WasserflowError('E_ENGINE', 'nothing is compiled for a catalogue')),
  report: () => ({ id: 'idle', version: '0', backend: 'none', threads: 0 }),
  dispose: () => undefined,
};

interface Workshop {
  readonly wasserflow: Wasserflow;
  readonly given: readonly Given[];
}

async function openWorkshop(plugins: readonly Plugin[]): Promise<Workshop> {
  const wasserflow = createWasserflow({ plugins });
  const { value: initial } = await wasserflow.create('distribution', { id: 'gaussian', dimension: 1 });
  const things = [given(ENGINE, idleEngine), given(INITIAL, initial), given(RANDOM, stream('catalogue'))];
  return { wasserflow, given: [...things, given(EVENTS, createEventBus())] };
}

const exampleOf = ({ id, example }: Definition) => ({ id, ...example });

/** An instance by its example; undefined where there is none that can be made here. */
async function made<K extends Kind>(
  { wasserflow, given: things }: Workshop,
  kind: K,
  definition: Definition,
): Promise<Contributions[K] | undefined> {
  try {
    return (await wasserflow.create(kind, exampleOf(definition), things)).value;
  } catch (error) {
    if (error instanceof WasserflowError) return undefined;
    throw error;
  }
}

async function madeAll<K extends Kind>(workshop: Workshop, kind: K): Promise<Contributions[K][]> {
  const instances: Contributions[K][] = [];
  for (const { definition } of workshop.wasserflow.catalogue.list())
    if (definition.kind === kind) {
      const instance = await made(workshop, kind, definition);
      if (instance !== undefined) instances.push(instance);
    }
  return instances;
}

function serviceOf(space: Space, G: Functional): Service {
  const present = onFunctional.filter((operation) => space[operation] !== undefined);
  const reasons = present.map((operation) => [operation, space.refuses?.(operation, G)] as const);
  return {
    space: space.id,
    operations: present.filter((_, i) => reasons[i]![1] === undefined),
    refusals: Object.fromEntries(reasons.filter(([, reason]) => reason !== undefined)),
  };
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

function runsOn(scheme: Scheme, spaces: readonly Space[], G: Functional): string[] {
  const requirements = requirementsOf(scheme, G);
  if (requirements === undefined) return [];
  return spaces.filter((space) => requirements.every((r) => isMet(space, G, r))).map(({ id }) => id);
}

function schemeFacts(scheme: Scheme, { spaces, problems }: Surroundings): Pick<Facts, 'needs' | 'runsOn'> {
  const accepted = problems.find((G) => requirementsOf(scheme, G) !== undefined);
  const needs = accepted ? requirementsOf(scheme, accepted)!.map((r) => needText(accepted, r)) : [];
  const pairs = problems.map((G) => [G.id, runsOn(scheme, spaces, G)] as const);
  return { needs: [...new Set(needs)], runsOn: Object.fromEntries(pairs) };
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

/** One functional that is made of terms with an entropy, and one that is not. */
const isProblem = ({ kind, id }: Definition): boolean => kind === 'functional' && (id === 'kl' || id === 'mmd');

/** What instances are looked at with. */
interface Surroundings {
  readonly spaces: readonly Space[];
  /** Functionals for schemes to minimise. */
  readonly problems: readonly Functional[];
}

async function furtherFacts(workshop: Workshop, surroundings: Surroundings, definition: Definition) {
  const { kind } = definition;
  const { spaces } = surroundings;
  if (kind === 'functional') {
    const functional = await made(workshop, 'functional', definition);
    return functional ? { services: spaces.map((space) => serviceOf(space, functional)) } : {};
  }
  if (kind === 'space') {
    const space = spaces.find(({ id }) => id === definition.id);
    return space ? { operations: Object.keys(space).filter((name) => !always.has(name)) } : {};
  }
  if (kind !== 'scheme') return {};
  const scheme = await made(workshop, 'scheme', definition);
  return scheme ? schemeFacts(scheme, surroundings) : {};
}

/** Facts of all contributions, by kind and id. */
export async function factsOf(plugins: readonly Plugin[]): Promise<Facts[]> {
  const workshop = await openWorkshop(plugins);
  const spaces = await madeAll(workshop, 'space');
  const { wasserflow } = workshop;
  const problems: Functional[] = [];
  for (const { definition } of wasserflow.catalogue.list().filter((entry) => isProblem(entry.definition))) {
    const functional = await made(workshop, 'functional', definition);
    if (functional) problems.push(functional);
  }
  const facts: Facts[] = [];
  for (const { definition, plugin } of wasserflow.catalogue.list())
    facts.push({
      ...basics(definition, plugin),
      ...(await furtherFacts(workshop, { spaces, problems }, definition)),
    });
  return facts.sort((a, b) => a.kind.localeCompare(b.kind) || a.id.localeCompare(b.id));
}
