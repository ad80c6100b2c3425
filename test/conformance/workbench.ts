/** Contributions of all first-party plugins, made outside of any run as a config would name them. */
import {
  createWasserflow,
  ENGINE,
  EVENTS,
  given,
  INITIAL,
  RANDOM,
  createEventBus,
  type Contributions,
  type Definition,
  type Distribution,
  type Kind,
  type Space,
} from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { gaussian } from '@wasserflow/targets';
import { gaussiansInPlane } from '@wasserflow/testkit';
import { stream } from '@wasserflow/tensor';
import { firstPartyPlugins } from 'wasserflow';

const wasserflow = createWasserflow({ plugins: await firstPartyPlugins() });
export const engine = await tfjsEngine('cpu');

/** The laws that the suites start from and lead to, on the line and in the plane. */
export const laws = {
  line: { initial: gaussian({ mean: [0.6], variance: 1.5 }), target: gaussian({ mean: [-0.2], variance: 0.8 }) },
  plane: {
    initial: gaussian(gaussiansInPlane.initial),
    target: gaussian(gaussiansInPlane.target),
  },
} as const;

/** One contribution, with what a run that starts from `initial` would hand to it. */
export async function make<K extends Kind>(
  kind: K,
  reference: unknown,
  initial: Distribution = laws.plane.initial,
): Promise<Contributions[K]> {
  const { value } = await wasserflow.create(kind, reference, [
    given(ENGINE, engine),
    given(INITIAL, initial),
    given(RANDOM, stream('set-up')),
    given(EVENTS, createEventBus()),
  ]);
  return value;
}

export const definitionsOf = (kind: Kind): readonly Definition[] =>
  wasserflow.catalogue
    .list()
    .map(({ definition }) => definition)
    .filter((definition) => definition.kind === kind);

/** The options that a definition gives as an example; none where it needs none. */
export const exampleOf = (kind: Kind, id: string): Readonly<Record<string, unknown>> =>
  definitionsOf(kind).find((definition) => definition.id === id)?.example ?? {};

/** Ids of a kind that `cases` does not have, and the other way round. */
export function strangers(kind: Kind, cases: readonly string[]): { missing: string[]; unknown: string[] } {
  const ids = definitionsOf(kind).map(({ id }) => id);
  return { missing: ids.filter((id) => !cases.includes(id)), unknown: cases.filter((id) => !ids.includes(id)) };
}

export const spaceOf =
  (reference: unknown, initial: Distribution): (() => Promise<Space>) =>
  () =>
    make('space', reference, initial);
