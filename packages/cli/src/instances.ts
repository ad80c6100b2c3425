/** Small instances of what a config can name: looked at, not run. */
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
  type Space,
  type Wasserflow,
} from '@wasserflow/core';
import { stream, type Engine } from '@wasserflow/tensor';

/** Compiles nothing. */
const idleEngine: Engine = {
  id: 'idle',
  compile: () => Promise.reject(new WasserflowError('E_ENGINE', 'nothing is compiled for a catalogue')),
  report: () => ({ id: 'idle', version: '0', backend: 'none', threads: 0 }),
  dispose: () => undefined,
};

type Options = Readonly<Record<string, unknown>>;

/** Where instances are made: on the line or in the plane. */
interface Workshop {
  readonly wasserflow: Wasserflow;
  readonly dimension: number;
  readonly given: readonly Given[];
}

async function openWorkshop(wasserflow: Wasserflow, dimension: number): Promise<Workshop> {
  const { value: initial } = await wasserflow.create('distribution', { id: 'gaussian', dimension });
  const things = [given(ENGINE, idleEngine), given(INITIAL, initial), given(RANDOM, stream('catalogue'))];
  return { wasserflow, dimension, given: [...things, given(EVENTS, createEventBus())] };
}

/** An example with every `dimension` in it set to that of the workshop. */
function inDimension(example: unknown, dimension: number): unknown {
  if (Array.isArray(example)) return example.map((item) => inDimension(item, dimension));
  if (typeof example !== 'object' || example === null) return example;
  const entries = Object.entries(example).map(([key, value]) =>
    key === 'dimension' ? [key, dimension] : [key, inDimension(value, dimension)],
  );
  return Object.fromEntries(entries);
}

const definitionsOf = ({ wasserflow }: Workshop, kind: Kind): Definition[] =>
  wasserflow.catalogue.list().flatMap(({ definition }) => (definition.kind === kind ? [definition] : []));

/** Functionals in the parts of a functional: KL, which asks more of a space than any example without entropy does. */
function composed(workshop: Workshop, { kind, parts = {} }: Definition): Options {
  const kl = definitionsOf(workshop, 'functional').find(({ id }) => id === 'kl');
  if (kind !== 'functional' || !kl) return {};
  const reference = { id: kl.id, ...kl.example };
  const open = Object.entries(parts).filter(([, part]) => part.kind === 'functional' && !part.optional);
  return Object.fromEntries(open.map(([name, { many }]) => [name, many ? [reference] : reference]));
}

/** An instance by its example; undefined where there is none that can be made here. */
async function made<K extends Kind>(
  workshop: Workshop,
  kind: K,
  definition: Definition,
  options: Options = {},
): Promise<Contributions[K] | undefined> {
  const { id, example } = definition;
  const reference = { id, ...example, ...composed(workshop, definition), ...options };
  const { wasserflow, dimension } = workshop;
  try {
    return (await wasserflow.create(kind, inDimension(reference, dimension), workshop.given)).value;
  } catch (error) {
    if (error instanceof WasserflowError) return undefined;
    throw error;
  }
}

/** A space as functionals meet it. */
export interface Host {
  /** `particles`, or `particles with a score`. */
  readonly name: string;
  readonly space: Space;
}

/** The instances of a space, by name: as it is, and with an estimator of the score where it takes one. */
function faces(workshop: Workshop, { id, parts = {} }: Definition): Readonly<Record<string, Options>> {
  const [score] = definitionsOf(workshop, 'score');
  const part = Object.entries(parts).find(([, { kind, optional }]) => kind === 'score' && optional);
  return { [id]: {}, ...(score && part && { [`${id} with a score`]: { [part[0]]: score.id } }) };
}

async function hostsOf(workshop: Workshop): Promise<Host[]> {
  const hosts: Host[] = [];
  for (const definition of definitionsOf(workshop, 'space'))
    for (const [name, options] of Object.entries(faces(workshop, definition))) {
      const space = await made(workshop, 'space', definition, options);
      if (space) hosts.push({ name, space });
    }
  return hosts;
}

/** The line or the plane, with all spaces that there are on it. */
export interface Place {
  readonly dimension: number;
  readonly hosts: readonly Host[];
  /** An instance of a definition, by its example; undefined where there is none that can be made here. */
  readonly make: <K extends Kind>(kind: K, definition: Definition) => Promise<Contributions[K] | undefined>;
  readonly functional: (id: string) => Promise<Functional | undefined>;
}

/** The line, and the plane. */
export async function placesOf(plugins: readonly Plugin[]): Promise<[line: Place, plane: Place]> {
  const wasserflow = createWasserflow({ plugins });
  const open = async (dimension: number): Promise<Place> => {
    const workshop = await openWorkshop(wasserflow, dimension);
    return {
      dimension,
      hosts: await hostsOf(workshop),
      make: (kind, definition) => made(workshop, kind, definition),
      async functional(id) {
        const definition = definitionsOf(workshop, 'functional').find((f) => f.id === id);
        return definition && made(workshop, 'functional', definition);
      },
    };
  };
  return [await open(1), await open(2)];
}
