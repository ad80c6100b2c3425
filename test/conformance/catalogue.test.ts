/** `pnpm catalogue` writes docs/catalogue.md; here it has to be what the definitions say. */
import { readFileSync } from 'node:fs';
import { factsOf, firstPartyPlugins } from 'wasserflow';
import { expect, test } from 'vitest';
import { catalogueText, sourcesOf } from './catalogue.js';

const bibliography = readFileSync(new URL('../../references.bib', import.meta.url), 'utf8');
const facts = await factsOf(await firstPartyPlugins());

test('docs/catalogue.md is up to date; `pnpm catalogue` writes it anew', async () => {
  await expect(catalogueText(facts, sourcesOf(bibliography))).toMatchFileSnapshot('../../docs/catalogue.md');
});

test('every functional and every scheme can be made from its example', () => {
  const silent = facts.filter((f) => (f.kind === 'functional' && !f.services) || (f.kind === 'scheme' && !f.needs));
  expect(silent.map(({ kind, id }) => `${kind} ${id}`)).toEqual([]);
});

test('every functional is known by some space, and every scheme runs on one', () => {
  const unknown = facts.filter(
    ({ services, needs, runsOn }) =>
      services?.every(({ operations }) => !operations.includes('value')) ||
      (needs && (runsOn ?? []).every(({ spaces }) => spaces.length === 0)),
  );
  expect(unknown.map(({ kind, id }) => `${kind} ${id}`)).toEqual([]);
});
