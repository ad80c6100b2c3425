import { checkPlugin, createCatalogue, defineFunctional, type Plugin } from '@wasserflow/core';
import { describe, expect, it } from 'vitest';

const functional = (id: string) => defineFunctional({ id, title: id, create: () => ({ id }) });
const plugin = (name: string, ...ids: string[]): Plugin => ({
  name,
  contract: 1,
  contributes: ids.map(functional),
});

describe('a catalogue', () => {
  it('finds definitions by kind and id', () => {
    const catalogue = createCatalogue([plugin('a', 'kl'), plugin('b', 'entropy')]);
    expect(catalogue.find('functional', 'entropy', '').id).toBe('entropy');
    expect(catalogue.list().map(({ definition, plugin }) => [definition.id, plugin])).toEqual([
      ['kl', 'a'],
      ['entropy', 'b'],
    ]);
  });

  it('says the nearest id, and all of them', () => {
    const catalogue = createCatalogue([plugin('a', 'kl', 'entropy', 'potential')]);
    expect(() => catalogue.find('functional', 'entrpy', 'problem.functional')).toThrow(
      'problem.functional: there is no functional `entrpy`; did you mean `entropy`? Allowed: entropy, kl, potential',
    );
    expect(() => catalogue.find('scheme', 'jko', 'scheme')).toThrow('no scheme `jko`; none is registered');
  });

  it('names both plugins that contribute one id', () => {
    expect(() => createCatalogue([plugin('a', 'kl'), plugin('b', 'kl')])).toThrow(
      'plugins "a" and "b" both contribute functional `kl`',
    );
  });

  it('lets one id stand for different kinds', () => {
    const scheme = { ...functional('kl'), kind: 'scheme' as const };
    expect(() => createCatalogue([plugin('a', 'kl'), { ...plugin('b'), contributes: [scheme] }])).not.toThrow();
  });

  it('refuses two plugins of one name', () => {
    expect(() => createCatalogue([plugin('a', 'kl'), plugin('a', 'entropy')])).toThrow('two plugins are called "a"');
  });
});

describe('what is no plugin is refused:', () => {
  it.each([
    [undefined, 'x.js has no plugin as its default export; write `export default definePlugin({ ... })`'],
    [() => plugin('a'), 'x.js has no plugin'],
    [{ name: 'a', contributes: {} }, 'x.js has no plugin'],
    [{ ...plugin('a'), contract: 2 }, 'plugin "a" was written for contract 2, this is contract 1'],
    [{ name: 'a', contributes: [] }, 'contract undefined'],
    [{ ...plugin('a', 'kl'), contributes: [functional('kl'), undefined] }, 'contribution 2 of plugin "a"'],
    [{ ...plugin('a'), contributes: [{ kind: 'scheme', id: 'x' }] }, 'has no kind, id or create'],
  ])('%o', (value, message) => {
    expect(() => checkPlugin(value, 'x.js')).toThrow(
      expect.objectContaining({ code: 'E_PLUGIN', message: expect.stringContaining(message) }),
    );
  });
});
