import { createCatalogue, overrideConfig, planRun } from '@wasserflow/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { config, toy } from './toy.js';

const catalogue = createCatalogue([toy()]);

describe('a run config', () => {
  it('is written out with every default, and is then its own plan', () => {
    const { config: full } = planRun(catalogue, { ...config, name: undefined, seed: undefined, meters: undefined });
    expect(full).toMatchObject({ name: 'run', seed: 0, observers: [], plugins: [] });
    expect(full['steps']).toEqual({ count: 4, size: { id: 'constant', size: 1 } });
    expect(planRun(catalogue, full).config).toEqual(full);
  });

  it('takes a list of step sizes', () => {
    const { controller } = planRun(catalogue, { ...config, steps: { count: 2, size: [1, 0.5] } });
    expect([controller.definition.id, controller.options]).toEqual(['list', { sizes: [1, 0.5] }]);
  });
});

describe('a config that cannot be understood says where and why:', () => {
  it.each([
    ['stpes', {}, 'unknown key `stpes`; did you mean `steps`?'],
    ['steps.cuont', 3, 'steps: unknown key `cuont`; did you mean `count`?'],
    ['steps.count', 0, 'steps.count: Too small: expected number to be >0, but got 0'],
    ['steps.count', 2.5, 'steps.count: expected int, but got 2.5'],
    ['steps.size', 'fast', 'steps.size: there is no controller `fast`'],
    ['steps.size', true, 'steps.size: expected a step size, a list of them, or a controller { id: ... }, but got true'],
    ['steps.size', Number.NaN, 'controller { id: ... }, but got NaN'],
    ['space', 3, 'space: expected an id, or { id: ..., options }'],
    ['scheme.id', 'jok', 'scheme: there is no scheme `jok`; did you mean `jko`?'],
    ['scheme.gain', 2, 'scheme.gain: scheme `jko` has no option `gain`; scheme `jko` takes no options'],
    ['meters.1', 'vlaue', 'meters.1: there is no meter `vlaue`'],
    ['problem.initial.at', '8', 'problem.initial.at: expected number, but got "8"'],
    ['seed', -1, 'seed: Too small: expected number to be >=0, but got -1'],
    ['engine', 'cuda', 'engine: there is no engine `cuda`; none is registered'],
  ])('%s = %j', (path, value, message) => {
    const changed = overrideConfig(config, path, value);
    expect(() => planRun(catalogue, changed)).toThrow(
      expect.objectContaining({ code: 'E_CONFIG', message: expect.stringContaining(message) }),
    );
  });

  it.each([undefined, null, 'text', 3, []])('%j instead of a config', (value) => {
    expect(() => planRun(catalogue, value)).toThrow(expect.objectContaining({ code: 'E_CONFIG' }));
  });
});

const name = fc.stringMatching(/^[a-z]{1,3}$/);
const get = (node: unknown, path: readonly string[]): unknown =>
  path.reduce((at, step) => (at as Record<string, unknown>)[step], node);

describe('an override', () => {
  it('sets exactly what it names, and leaves the given config alone', () => {
    const given = fc.dictionary(name, fc.dictionary(name, fc.integer()));
    const path = fc.array(name, { minLength: 1, maxLength: 2 });
    const exact = fc.property(given, path, fc.integer(), (config, at, value) => {
      const before = structuredClone(config);
      const after = overrideConfig(config, at.join('.'), value) as typeof config;
      expect(config).toEqual(before);
      expect(get(after, at)).toBe(value);
      for (const key of Object.keys(before).filter((k) => k !== at[0])) expect(after[key]).toEqual(before[key]);
    });
    fc.assert(exact, { seed: 1 });
  });

  it('turns a bare id into one with options', () => {
    expect(overrideConfig({ scheme: 'jko' }, 'scheme.gain', 2)).toEqual({ scheme: { id: 'jko', gain: 2 } });
  });

  it('changes and appends items of a list', () => {
    expect(overrideConfig({ meters: ['a'] }, 'meters.0.n', 5)).toEqual({ meters: [{ id: 'a', n: 5 }] });
    expect(overrideConfig({ meters: ['a'] }, 'meters.1', 'b')).toEqual({ meters: ['a', 'b'] });
  });

  it.each([
    ['meters.5', 'meters.5: expected a place in the list, from 0 to 1, but got `5`'],
    ['meters.first', 'but got `first`'],
    ['steps.size.id', 'steps.size: cannot set an option on 0.4'],
    ['', 'is no path'],
    ['steps..size', 'is no path'],
    ['__proto__.x', 'is no path'],
  ])('at "%s" is refused', (path, message) => {
    expect(() => overrideConfig({ meters: ['a'], steps: { size: 0.4 } }, path, 1)).toThrow(message);
    expect('x' in {}).toBe(false);
  });

  it('cannot reach through what every object inherits', () => {
    expect(overrideConfig({}, 'constructor.x', 1)).toEqual({ constructor: { x: 1 } });
    expect('x' in Object).toBe(false);
  });

  it('needs a config that holds keys', () => {
    expect(() => overrideConfig('text', 'a', 1)).toThrow('a config is a set of keys and values, but got "text"');
  });
});
