import { createCatalogue, defineFunctional, definePlugin, listOf, optionalPart, part } from '@wasserflow/core';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { plan, planToConfig } from '../src/plugin/plan.js';
import { toy } from './toy.js';

const create = () => ({ id: 'x' });
const standard = (validate: (value: unknown) => unknown) => ({
  '~standard': { version: 1 as const, vendor: 'test', validate },
});

const sum = defineFunctional({ id: 'sum', title: 'Sum', parts: { terms: listOf('functional') }, create });
const near = defineFunctional({
  id: 'near',
  title: 'Near',
  options: z.object({ radius: z.number().positive().default(2) }),
  parts: { law: part('distribution'), other: optionalPart('functional') },
  create,
});
const later = defineFunctional({
  id: 'later',
  title: 'Later',
  options: standard(async (value) => ({ value })) as never,
  create,
});
const foreign = defineFunctional({
  id: 'foreign',
  title: 'Another validator',
  options: standard((value) =>
    (value as { a?: number }).a === 1
      ? { value: { a: 1, b: 2 } }
      : { issues: [{ message: 'a must be 1', path: [{ key: 'a' }] }] },
  ) as never,
  create,
});
const table = defineFunctional({
  id: 'table',
  title: 'From a file',
  options: z.object({ file: z.string().optional(), name: z.string().default('x') }),
  paths: ['file'],
  create,
});
const catalogue = createCatalogue([
  toy(),
  definePlugin({ name: 'more', contract: 1, contributes: [sum, near, later, foreign, table] }),
]);
const planned = (value: unknown) => plan(catalogue, 'functional', value, 'f');

describe('a plan', () => {
  it('fills in defaults of options and of parts, and reads as a config again', () => {
    const full = { id: 'square', weight: 1, target: { id: 'dirac', at: 0, dimension: 1 } };
    expect(planToConfig(planned('square'))).toEqual(full);
    expect(planToConfig(planned(full))).toEqual(full);
  });

  it('plans lists of parts, in depth, with the path of each', () => {
    const deep = planned({ id: 'sum', terms: ['square', { id: 'sum', terms: [{ id: 'rough', weight: 3 }] }] });
    const inner = (deep.parts['terms'] as (typeof deep)[])[1]!;
    const leaf = (inner.parts['terms'] as (typeof deep)[])[0]!;
    expect([leaf.path, leaf.options]).toEqual(['f.terms.1.terms.0', { weight: 3 }]);
  });

  it('leaves an optional part out', () => {
    const { parts, options } = planned({ id: 'near', law: { id: 'dirac', at: 1 } });
    expect([Object.keys(parts), options]).toEqual([['law'], { radius: 2 }]);
  });

  it('has the paths of files absolute, from where the config is', () => {
    const inSum = (file: object, base?: string) => {
      const { parts } = plan(catalogue, 'functional', { id: 'sum', terms: [{ id: 'table', ...file }] }, 'f', base);
      return (parts['terms'] as ReturnType<typeof planned>[])[0]!.options;
    };
    expect(inSum({ file: '../a.js' }, '/here/there')).toEqual({ file: resolve('/here/a.js'), name: 'x' });
    expect(inSum({ file: 'a.js' })).toEqual({ file: resolve('a.js'), name: 'x' });
    expect(inSum({ file: resolve('/b/a.js') }, '/here')).toEqual({ file: resolve('/b/a.js'), name: 'x' });
    expect(inSum({}, '/here')).toEqual({ name: 'x' });
  });

  it('takes any Standard Schema', () => {
    expect(planned({ id: 'foreign', a: 1 }).options).toEqual({ a: 1, b: 2 });
  });
});

describe('what cannot be planned says where and why:', () => {
  it.each([
    [7, 'f: expected the id of a functional, or { id: ..., options }, but got 7'],
    [{ weight: 1 }, 'f: expected the id of a functional'],
    ['sqare', 'f: there is no functional `sqare`; did you mean `square`?'],
    [
      { id: 'square', wieght: 2 },
      'f.wieght: functional `square` has no option `wieght`; did you mean `weight`? Allowed: target, weight',
    ],
    [{ id: 'square', weight: 'a' }, 'f.weight: expected number, but got "a"'],
    [{ id: 'square', target: { id: 'dirac' } }, 'f.target.at: expected number, but nothing is there'],
    ['near', 'f.law: a distribution is needed here'],
    [
      { id: 'near', law: { id: 'dirac', at: 1 }, radius: -1 },
      'f.radius: Too small: expected number to be >0, but got -1',
    ],
    [{ id: 'sum', terms: 'square' }, 'f.terms: expected a list of functionals'],
    [{ id: 'sum', terms: ['square', 'nothing'] }, 'f.terms.1: there is no functional `nothing`'],
    [{ id: 'sum', terms: [], a: 1 }, 'f.a: functional `sum` has no option `a`'],
    [{ id: 'foreign', a: 2 }, 'f.a: a must be 1, but got 2'],
    ['later', 'f: its options have a schema that validates asynchronously'],
  ])('%j', (value, message) => {
    expect(() => planned(value)).toThrow(message);
  });
});
