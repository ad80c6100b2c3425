import { isDeepStrictEqual } from 'node:util';
import { isNdArray, type NdArray } from '@wasserflow/tensor';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeState, encodeState } from '../src/run/state.js';

const array: fc.Arbitrary<NdArray> = fc
  .oneof(fc.float32Array({ maxLength: 6 }), fc.float64Array({ maxLength: 6 }), fc.int32Array({ maxLength: 6 }))
  .map((data) => ({ shape: [data.length], data }));
// Names with dots make two places read alike: { 'a.b': x } and { a: { b: x } }.
const name = fc.constantFrom('a', 'b', 'a.b', 'b.0', '0');
const { state } = fc.letrec((tie) => ({
  state: fc.oneof(
    { maxDepth: 4 },
    fc.double(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    array,
    fc.array(tie('state'), { maxLength: 3 }),
    fc.dictionary(name, tie('state'), { maxKeys: 3 }),
  ),
}));

const bytes = ({ data }: NdArray): number[] => [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];

/** Equality to the last bit: -0 is not 0, NaN is NaN, and numbers keep their type. */
function same(a: unknown, b: unknown): boolean {
  if (isNdArray(a) && isNdArray(b))
    return isDeepStrictEqual([a.shape, a.data.constructor, bytes(a)], [b.shape, b.data.constructor, bytes(b)]);
  if (a === null || typeof a !== 'object' || b === null || typeof b !== 'object') return Object.is(a, b);
  const [one, two] = [Object.entries(a), Object.entries(b)];
  return one.length === two.length && one.every(([name, value], i) => name === two[i]![0] && same(value, two[i]![1]));
}

it('keeps every bit of a state', () => {
  const kept = fc.property(state, (value) => {
    expect(same(value, decodeState(encodeState(value)))).toBe(true);
  });
  fc.assert(kept, { seed: 1 });
});

it('keeps apart arrays whose paths read alike', () => {
  const [one, two] = [1, 2].map((x) => ({ shape: [1], data: Float32Array.of(x) }));
  const { arrays } = encodeState({ 'a.b': one, a: { b: two } });
  expect(arrays.size).toBe(2);
});

it.each([
  ['{"a":', 'JSON'],
  ['{"x":{"$array":"x"}}', 'array "x" is missing'],
])('says what is wrong with %s', (json, message) => {
  expect(() => decodeState({ json, arrays: new Map() })).toThrow(message);
});
