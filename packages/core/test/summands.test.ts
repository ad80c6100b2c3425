import {
  energy,
  fieldsBySummands,
  refusalBySummands,
  summandsOf,
  valueBySummands,
  type Functional,
} from '@wasserflow/core';
import { expect, it } from 'vitest';

const named = (id: string): Functional => energy(id, { entropy: 0, constant: 0 });
const [a, b, c] = [named('a'), named('b'), named('c')];
const inner: Functional = {
  id: 'sum',
  summands: [
    { weight: 2, of: a },
    { weight: -1, of: b },
  ],
};
const outer: Functional = {
  id: 'sum',
  summands: [
    { weight: 3, of: inner },
    { weight: 5, of: c },
  ],
};
const numbers: Readonly<Record<string, number>> = { a: 7, b: 11, c: 13 };

it('sums of sums are flat, with products of weights', async () => {
  expect(summandsOf(outer)).toEqual([
    { weight: 6, of: a },
    { weight: -3, of: b },
    { weight: 5, of: c },
  ]);
  expect(summandsOf(a)).toEqual([{ weight: 1, of: a }]);
  expect(await valueBySummands(outer, ({ id }) => numbers[id]!)).toBe(6 * 7 - 3 * 11 + 5 * 13);
  expect((await fieldsBySummands(outer, ({ id }) => id)).map(({ of }) => of)).toEqual(['a', 'b', 'c']);
});

it('a summand of weight zero does not make an infinite value NaN', async () => {
  const G: Functional = {
    id: 'sum',
    summands: [
      { weight: 0, of: a },
      { weight: 1, of: b },
    ],
  };
  expect(await valueBySummands(G, ({ id }) => (id === 'a' ? Infinity : 2))).toBe(2);
});

it('one refusal refuses the sum', () => {
  expect(refusalBySummands(outer, ({ id }) => (id === 'b' ? 'no b here' : undefined))).toBe('no b here');
  expect(refusalBySummands(outer, () => undefined)).toBeUndefined();
});
