/** Every contribution of every first-party plugin, through the same door as a third party's. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createCatalogue } from '@wasserflow/core';
import { firstPartyPlugins } from 'wasserflow';
import { describe, expect, test } from 'vitest';
import { laws, make } from './workbench.js';

const bibliography = readFileSync(new URL('../../references.bib', import.meta.url), 'utf8');
const keys = new Set([...bibliography.matchAll(/^@\w+\{([^,]+),/gm)].map((match) => match[1]));
const catalogue = createCatalogue(await firstPartyPlugins());

describe.each(
  catalogue
    .list()
    .map(({ definition, plugin }) => [`${definition.kind} ${definition.id}`, definition, plugin] as const),
)('%s', (_, definition) => {
  test('has an id in kebab case and a title of one line', () => {
    expect(definition.id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    expect(definition.title).toMatch(/^[A-Z0-9][^\n]{3,100}$/);
  });

  test('cites what references.bib has', () => {
    expect((definition.cite ?? []).filter((key) => !keys.has(key) && !key.startsWith('https://'))).toEqual([]);
  });

  // Engines are started by their own suites, and a file that is an example is not there.
  test.skipIf(definition.kind === 'engine' || definition.id === 'csv')('can be made from its example', async () => {
    const { kind, id, example } = definition;
    expect(await make(kind, { id, ...example }, laws.line.initial)).toBeTypeOf('object');
  });

  test('has parts that are apart from its options', () => {
    const options = Object.keys((definition.options as { shape?: object } | undefined)?.shape ?? {});
    expect(Object.keys(definition.parts ?? {}).filter((name) => options.includes(name))).toEqual([]);
  });
});

const folder = (path: string): URL => new URL(`../../${path}`, import.meta.url);

const textsIn = (path: string): string[] =>
  readdirSync(folder(path), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(folder(`${path}/${file}`), 'utf8'));

const sources = (root: string): string[] =>
  readdirSync(folder(root))
    .map((name) => `${root}/${name}/src`)
    .filter((path) => existsSync(folder(path)))
    .flatMap(textsIn);

test('every source named in a docstring is in references.bib', () => {
  const named = ['packages', 'plugins'].flatMap(sources).flatMap((text) => [...text.matchAll(/@see ([a-z0-9, ]+)/g)]);
  const cited = named.flatMap((match) => match[1]!.split(',').map((key) => key.trim()));
  expect(cited.filter((key) => !keys.has(key) && key !== 'https')).toEqual([]);
});
