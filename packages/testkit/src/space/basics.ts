import { WasserflowError, type Functional, type SpaceOperation } from '@wasserflow/core';
import { inTurn, vanishes, type Findings } from '../check.js';
import type { Law, Subject } from './subject.js';

/** A functional that says nothing of itself, which no space can serve. */
const nothing: Functional = { id: 'nothing' };

const uses: readonly { operation: SpaceOperation; call: (subject: Subject) => Promise<unknown> }[] = [
  { operation: 'value', call: ({ space, measure }) => space.value(nothing, measure) },
  { operation: 'gradient', call: ({ space, measure }) => space.gradient(nothing, measure) },
  { operation: 'prox', call: ({ space, measure, rng }) => space.prox(nothing, measure, 0.1, { rng }) },
];

async function refusesClearly(subject: Subject): Promise<Findings> {
  const present = uses.filter(({ operation }) => operation in subject.space);
  return inTurn(present, async ({ operation, call }) => {
    const told = subject.space.refuses?.(operation, nothing) === undefined;
    const silent = told
      ? [`\`refuses\` does not tell that \`${operation}\` cannot serve a functional of no facets`]
      : [];
    try {
      await call(subject);
      return [...silent, `\`${operation}\` serves a functional of no facets`];
    } catch (error) {
      if (error instanceof WasserflowError) return silent;
      return [...silent, `\`${operation}\` fails on a functional of no facets with ${String(error)}`];
    }
  });
}

export const basics: readonly Law[] = [
  {
    id: 'refusal',
    says: 'a functional of no facets is refused by its name, before and when it is asked for',
    needs: [],
    check: refusesClearly,
  },
  {
    id: 'initial-measure',
    says: 'the initial measure has no defect',
    needs: [],
    async check({ space, measure }) {
      const defect = space.defect?.(measure);
      return defect === undefined ? [] : [`the initial measure has a defect: ${defect}`];
    },
  },
  {
    id: 'diffuse-nothing',
    says: 'noise of variance zero changes nothing',
    needs: ['diffuse', 'distance2'],
    async check({ space, measure, rng, tolerance }) {
      const still: unknown = await space.diffuse(measure, 0, rng);
      return vanishes('W2 to the measure without noise', await space.distance2(measure, still), tolerance);
    },
  },
];
