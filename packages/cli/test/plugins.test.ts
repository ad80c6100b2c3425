import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createCatalogue } from '@wasserflow/core';
import { afterAll, describe, expect, it } from 'vitest';
import { firstPartyPlugins, pluginsOf, readConfig } from 'wasserflow';

const folder = mkdtempSync(join(tmpdir(), 'wasserflow-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
};
const plugin = (name: string): string => `export default { name: '${name}', contract: 1, contributes: [] };`;
const file = write('mine.js', plugin('mine'));
write('node_modules/esm-only/package.json', '{"type":"module","exports":{".":{"import":"./a.js"},"./b":"./b.js"}}');
write('node_modules/esm-only/a.js', plugin('a'));
write('node_modules/esm-only/b.js', plugin('b'));
write('node_modules/@them/dual/package.json', '{"exports":{"require":"./c.cjs","import":"./c.mjs"}}');
write('node_modules/@them/dual/c.mjs', plugin('c'));
write('node_modules/@them/dual/c.cjs', 'throw new Error("not this one");');
write('node_modules/cut/package.json', '{"type":"module","exports":"./d.js"}');
write('node_modules/cut/d.js', "import 'no-such-part';");

const ours = await firstPartyPlugins();
const more = async (plugins: unknown, folders: readonly string[] = [folder]): Promise<string[]> =>
  (await pluginsOf({ plugins }, folders)).slice(ours.length).map(({ name }) => name);

describe('plugins', () => {
  it('of ours fit together', () => {
    const ids = createCatalogue(ours)
      .list()
      .map(({ definition: { kind, id } }) => `${kind}:${id}`);
    expect(ids).toEqual(expect.arrayContaining(['space:flow', 'scheme:jko', 'observer:terminal', 'engine:tfjs']));
  });

  it('of others are found by path and as packages, by the rules of ES modules', async () => {
    expect(await more([file, 'esm-only', 'esm-only/b', '@them/dual'])).toEqual(['mine', 'a', 'b', 'c']);
  });

  it('are looked for in one folder after the other', async () => {
    expect(await more(['esm-only'], [tmpdir(), folder])).toEqual(['a']);
  });

  it('that are there already may be named', async () => {
    expect(await more(['@wasserflow/schemes', file, file], [import.meta.dirname])).toEqual(['mine']);
  });

  it('are left to the validation of the config where their list is none', async () => {
    expect(await more('esm-only')).toEqual([]);
    expect(await more([7])).toEqual([]);
  });

  it.each([
    ['none', `there is no package "none" to be found from ${folder}; install it there`],
    [join(folder, 'none.js'), `there is no plugin at ${join(folder, 'none.js')}`],
    ['cut', 'plugin "cut" cannot be loaded: '],
    ['esm-only/z', `plugin "esm-only/z" cannot be loaded: Package subpath './z' is not defined`],
    [write('half.js', 'export default {'), /half\.js" cannot be loaded: /],
    [write('empty.js', ''), /empty\.js" has no plugin as its default export/],
  ])('like %s are refused', async (name, message) => {
    await expect(more([name])).rejects.toThrow(message);
  });
});

describe('a config', () => {
  it('has the name of its file, and its plugins by absolute paths', async () => {
    const path = write('deep/study.yml', 'plugins: [./a.js, ../b.js, /c.js, package, "@a/b"]');
    expect(await readConfig(path, [])).toEqual({
      name: 'study',
      plugins: [join(folder, 'deep/a.js'), join(folder, 'b.js'), '/c.js', 'package', '@a/b'],
    });
  });

  it('takes values in the order in which they stand', async () => {
    const path = write('order.yaml', 'name: own\nsteps: {size: 1}\nscheme: jko\n');
    const config = await readConfig(path, ['steps.size=[1, 2]', 'steps.size.1=3', 'scheme.x=a=b', 'y=']);
    expect(config).toEqual({
      name: 'own',
      steps: { size: [1, 3] },
      scheme: { id: 'jko', x: 'a=b' },
      y: null,
      plugins: [],
    });
  });
});
