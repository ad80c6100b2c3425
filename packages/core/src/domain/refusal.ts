import type { Functional } from './functional.js';
import type { Space, SpaceOperation } from './space.js';
import { summandsOf } from './summands.js';

/**
 * Why the space cannot serve G, as the end of a sentence; undefined where it can. Where G, or a summand of it, says why
 * it has no facet there, that is the reason, which knows more than the space does.
 */
export function refusalOf(space: Space, operation: SpaceOperation, G: Functional): string | undefined {
  const reason = space.refuses?.(operation, G);
  if (reason === undefined) return undefined;
  const lacking = summandsOf(G).find(({ of }) => of.lacks && space.id in of.lacks);
  return lacking?.of.lacks![space.id] ?? reason;
}
