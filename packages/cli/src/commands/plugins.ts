import { createCatalogue } from '@wasserflow/core';
import { firstPartyPlugins } from '../plugins.js';
import { table } from '../table.js';

/** `wasserflow plugins`: everything that a config can name. */
export async function listPlugins({ json }: { readonly json?: boolean }): Promise<void> {
  const entries = createCatalogue(await firstPartyPlugins())
    .list()
    .map(({ definition: { kind, id, title, cite = [] }, plugin }) => ({ kind, id, title, plugin, cite }))
    .sort((a, b) => a.kind.localeCompare(b.kind) || a.id.localeCompare(b.id));
  if (json) return console.log(JSON.stringify(entries));
  const rows = entries.map(({ kind, id, title, plugin, cite }) => [kind, id, title, plugin, cite.join(', ')]);
  process.stdout.write(table(['kind', 'id', 'title', 'plugin', 'cite'], rows));
}
