import { stream } from '@wasserflow/tensor';
import { expect, test } from 'vitest';
import { batchSampler } from '../src/train.js';

test('an epoch shows every row once, each epoch in its own order', () => {
  const rowsOf = batchSampler(stream('rows'), 4, 12);
  const epoch = (k: number) => [0, 1, 2].flatMap((i) => Array.from(rowsOf(3 * k + i)));
  expect(epoch(0).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  expect(epoch(1).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  expect(epoch(1)).not.toEqual(epoch(0));
});

test('a batch depends on its number alone, so that a resumed training sees the same rows', () => {
  const rowsOf = batchSampler(stream('rows'), 5, 12);
  for (let i = 0; i < 7; i++) rowsOf(i);
  const fresh = batchSampler(stream('rows'), 5, 12);
  expect(Array.from(fresh(7))).toEqual(Array.from(rowsOf(7)));
});

test('batches larger than the pool repeat its rows', () => {
  expect(Array.from(batchSampler(stream('rows'), 5, 2)(0)).every((row) => row === 0 || row === 1)).toBe(true);
});
