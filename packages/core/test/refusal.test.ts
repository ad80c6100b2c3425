import { energy, refusalOf, type Functional, type Space } from '@wasserflow/core';
import { expect, it } from 'vitest';

const space: Space = {
  id: 'cells',
  dimension: 1,
  initial: async () => ({}),
  refuses: (operation, { facets }) => (operation === 'value' && facets === undefined ? 'it has no facet' : undefined),
};
const silent = energy('silent', { entropy: 0, constant: 0 });
const telling: Functional = { id: 'telling', lacks: { cells: 'cells have no ends' } };

it('a functional that says why it is unknown on a space is quoted, and so is a summand', () => {
  expect(refusalOf(space, 'value', silent)).toBe('it has no facet');
  expect(refusalOf(space, 'value', telling)).toBe('cells have no ends');
  expect(refusalOf(space, 'value', { id: 'sum', summands: [silent, telling].map((of) => ({ weight: 1, of })) })).toBe(
    'cells have no ends',
  );
  expect(refusalOf({ ...space, id: 'points' }, 'value', telling)).toBe('it has no facet');
});

it('what the space serves is served, whatever the functional says', () => {
  expect(refusalOf(space, 'prox', telling)).toBeUndefined();
});
