import { describe, expect, it } from 'vitest';
import {
  backDoors,
  buildOrder,
  dependencyLists,
  forbiddenArrows,
  impurities,
  loadedAtOnce,
  misplacedLibraries,
  slowStarts,
} from './rules.js';
import { codeOf, importsOf, packageOf, readPackages, type Package } from './sources.js';

const root = new URL('../..', import.meta.url).pathname;

describe('the house', () => {
  const packages = readPackages(root);

  it('is read whole', () => {
    const names = packages.map(({ name }) => name);
    expect(names).toContain('@wasserflow/core');
    expect(names).toContain('@wasserflow/space-flow');
    for (const { path, sources } of packages) expect(sources, path).not.toHaveLength(0);
    const imported = packages.flatMap((p) => p.sources.flatMap((s) => s.imports));
    expect(imported.length).toBeGreaterThan(300);
  });

  it.each([
    ['arrows only point down', forbiddenArrows],
    ['every package is entered by its front door', backDoors],
    ['libraries stay with those who keep them', misplacedLibraries],
    ['what is slow to load is loaded the short way, or later', slowStarts],
    ['plugins compute from their inputs alone', impurities],
    ['what is declared is what is used', dependencyLists],
    ['builds wait for what they need', buildOrder],
  ])('%s', (_, rule) => {
    expect(rule(packages)).toEqual([]);
  });

  it('answers --help without anything numerical', () => {
    const cli = packages.find(({ path }) => path === 'packages/cli')!;
    expect(loadedAtOnce(cli, 'src/bin.ts')).toEqual(['commander']);
  });
});

/** A package of one file. */
const made = (path: string, text: string, more: Partial<Package> = {}): Package => ({
  path,
  name: path === 'packages/core' ? '@wasserflow/core' : `@wasserflow/${path.split('/')[1]}`,
  dependencies: [],
  optional: [],
  references: [],
  sources: [{ path: 'src/a.ts', imports: importsOf(text), code: codeOf(text) }],
  ...more,
});

describe('a house that breaks a rule is told so:', () => {
  it.each<[string, (packages: readonly Package[]) => string[], Package]>([
    ['core knows a plugin', forbiddenArrows, made('packages/core', "import '@wasserflow/schemes';")],
    ['tensor knows core', forbiddenArrows, made('packages/tensor', "import type { A } from '@wasserflow/core';")],
    ['a plugin knows another', forbiddenArrows, made('plugins/a', "export * from '@wasserflow/schemes';")],
    ['a plugin knows the command', forbiddenArrows, made('plugins/a', "await import('wasserflow');")],
    ['a new package has no arrows yet', forbiddenArrows, made('packages/new', "import '@wasserflow/core';")],
    ['a back door', backDoors, made('plugins/a', "import x from '@wasserflow/core/dist/run/driver.js';")],
    ['a way out', backDoors, made('plugins/a', "import x from '../../schemes/src/jko.js';")],
    ['inversify in a plugin', misplacedLibraries, made('plugins/a', "import { Container } from 'inversify';")],
    ['inversify elsewhere in core', misplacedLibraries, made('packages/core', "import 'reflect-metadata';")],
    ['tfjs in a plugin', misplacedLibraries, made('plugins/a', "import * as tf from '@tensorflow/tfjs-core';")],
    ['tfjs in core', misplacedLibraries, made('packages/core', "import * as tf from '@tensorflow/tfjs-core';")],
    ['tfjs the long way', slowStarts, made('packages/tensor', "import * as tf from '@tensorflow/tfjs-core';")],
    ['assignment at once', slowStarts, made('packages/geometry', "import { l } from 'linear-sum-assignment';")],
    ['another emitter', misplacedLibraries, made('plugins/observers', "import E from 'eventemitter3';")],
    ['chance', impurities, made('plugins/a', 'const x = Math.random();')],
    ['a clock', impurities, made('plugins/a', 'const t = Date.now();')],
    ['another clock', impurities, made('plugins/a', 'const t = performance\n  .now();')],
    ['a date', impurities, made('plugins/a', 'const t = new Date();')],
    ['a switch', impurities, made('plugins/space-a', "tf.setBackend('cpu');")],
    ['an undeclared import', dependencyLists, made('plugins/a', "import { z } from 'zod/mini';")],
    ['an idle dependency', dependencyLists, made('plugins/a', "import 'node:fs';", { dependencies: ['zod'] })],
  ])('%s', (_, rule, broken) => {
    expect(rule([broken])).toHaveLength(1);
  });

  it('a build that does not wait', () => {
    const core = made('packages/core', '');
    const plugin = made('plugins/a', '', { dependencies: ['@wasserflow/core'] });
    expect(buildOrder([core, plugin])).toEqual(['plugins/a/tsconfig.json does not refer to packages/core']);
    expect(buildOrder([core, { ...plugin, references: ['packages/core'] }])).toEqual([]);
  });
});

describe('imports', () => {
  const names = (text: string): string[] => importsOf(text).map(({ name }) => name);

  it('are found in every form', () => {
    const text = `
      import a from 'a';
      import b, { c as d, type E } from "b";
      import * as f from 'f/sub';
      import {
        g,
      } from '@g/g';
      export { h } from 'h';
      export * from 'i';
      export * as j from 'j';
      import 'k';
      const l = await import('l');
      const m = createRequire(import.meta.url).resolve; require('m');
      import type { N } from 'n';
      import o = require('o');`;
    expect(names(text).sort()).toEqual(['@g/g', 'a', 'b', 'f/sub', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o']);
    const plain = { typesOnly: false, later: false, required: false };
    expect(importsOf(text).filter((i) => i.typesOnly)).toEqual([{ ...plain, name: 'n', typesOnly: true }]);
    expect(importsOf(text).filter((i) => i.required)).toEqual([{ ...plain, name: 'o', required: true }]);
    expect(
      importsOf(text)
        .filter((i) => i.later)
        .map(({ name }) => name),
    ).toEqual(['l', 'm']);
  });

  it('are not found in comments', () => {
    expect(names("// import 'a';\n/* import 'b'; */\nconst url = 'http://x'; import 'c'; /** import 'd' */")).toEqual([
      'c',
    ]);
  });

  it('belong to a package', () => {
    expect(['@a/b/c.js', 'd/e', 'f'].map(packageOf)).toEqual(['@a/b', 'd', 'f']);
  });

  it('leave the code without comments and strings', () => {
    const text = "f('Math.random()'); // Math.random()\ng(`${Date.now()}`)";
    expect(codeOf(text)).toBe("f('');  \ng(`${Date.now()}`)");
  });
});
