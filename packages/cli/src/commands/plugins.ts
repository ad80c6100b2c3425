import { WasserflowError } from '@wasserflow/core';
import { detailsText } from '../details.js';
import { factsOf, withoutScored, type Facts } from '../facts.js';
import { firstPartyPlugins } from '../plugins.js';
import { table } from '../table.js';

const serves = (names: readonly string[]): boolean => names.includes('value') || names.includes('gradient');

/** Of a functional the spaces that know it, of a scheme the operations that it needs, of others their parts. */
function summary({ services, needs, operations, parts }: Facts): string {
  if (services) {
    const able = services.flatMap((s) => (serves(s.operations) ? [s.space] : []));
    return withoutScored([...new Set(able)]).join(', ');
  }
  if (operations) return `${operations.length} operations`;
  return (needs ?? Object.values(parts)).join(', ');
}

const listText = (facts: readonly Facts[]): string =>
  table(
    ['kind', 'id', 'title', 'facets, needs, parts', 'plugin', 'cite'],
    facts.map((f) => [f.kind, f.id, f.title, summary(f), f.plugin, f.cite.join(', ')]),
  );

function named(facts: readonly Facts[], id: string): readonly Facts[] {
  const found = facts.filter((f) => f.id === id || f.kind === id);
  if (found.length > 0) return found;
  throw new WasserflowError('E_CONFIG', `nothing is called \`${id}\`; \`wasserflow plugins\` lists what there is`);
}

/** `wasserflow plugins [id]`: everything that a config can name, or all that is known of one id or kind. */
export async function listPlugins(id: string | undefined, { json }: { readonly json?: boolean }): Promise<void> {
  const facts = await factsOf(await firstPartyPlugins());
  const chosen = id === undefined ? facts : named(facts, id);
  if (json) return console.log(JSON.stringify(chosen));
  process.stdout.write(id === undefined ? listText(chosen) : chosen.map(detailsText).join(''));
}
