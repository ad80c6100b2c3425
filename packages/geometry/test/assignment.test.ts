import { fromRows, stream, zerosArray, type NdArray } from '@wasserflow/tensor';
import { assignmentDistance2, brenierField, optimalAssignment } from '@wasserflow/geometry';
import { describe, expect, it } from 'vitest';

const permutations = (items: readonly number[]): number[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((first) => permutations(items.filter((i) => i !== first)).map((rest) => [first].concat(rest)));

const squared = (x: NdArray, i: number, y: NdArray, j: number): number => {
  const d = x.shape[1]!;
  let sum = 0;
  for (let k = 0; k < d; k++) sum += (x.data[i * d + k]! - y.data[j * d + k]!) ** 2;
  return sum;
};

const costOf = (x: NdArray, y: NdArray, assigned: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < assigned.length; i++) sum += squared(x, i, y, assigned[i]!);
  return sum / assigned.length;
};

const cheapest = (x: NdArray, y: NdArray): number =>
  Math.min(...permutations([...Array(x.shape[0]).keys()]).map((s) => costOf(x, y, s)));

const sorted = (a: NdArray): Float64Array => Float64Array.from(a.data).sort();

const zeros = (n: number, d: number): NdArray => zerosArray([n, d]);

/** Clouds of unequal place, scale and shape, some coordinates constant. */
function clouds(n: number, d: number, name: string): [NdArray, NdArray] {
  const rng = stream(name);
  const place = (cloud: NdArray, shift: number, scale: (k: number) => number): NdArray => ({
    shape: cloud.shape,
    data: cloud.data.map((v, i) => shift + scale(i % d) * v) as Float32Array,
  });
  return [
    place(rng.normal([n, d]), 2, (k) => (k === 2 ? 0 : 0.3 + k)),
    place(rng.uniform([n, d]), -1, (k) => 3 / (1 + k)),
  ];
}

describe('optimal assignment', () => {
  it.each([1, 2, 3])('costs what the best of all permutations costs, in %i dimensions', async (d) => {
    for (let n = 1; n <= 6; n++) {
      const [x, y] = clouds(n, d, `brute-${d}-${n}`);
      const best = cheapest(x, y);
      // Sums of n d squares in float64, in another order.
      expect(costOf(x, y, await optimalAssignment(x, y))).toBeCloseTo(best, 12);
      expect(await assignmentDistance2(x, y)).toBeCloseTo(best, 12);
    }
  });

  it('minimises among all 5,040 permutations of 7 points', async () => {
    const [x, y] = clouds(7, 2, 'brute-7');
    expect(await assignmentDistance2(x, y)).toBeCloseTo(cheapest(x, y), 12);
  });

  it('is a permutation, also where points coincide', async () => {
    const x = fromRows(Array.from({ length: 40 }, (_, i) => [i % 2, i % 3]));
    const y = fromRows(Array.from({ length: 40 }, () => [1, 1]));
    expect([...(await optimalAssignment(x, y))].sort((a, b) => a - b)).toEqual([...Array(40).keys()]);
    expect(await assignmentDistance2(x, y)).toBeCloseTo(costOf(x, y, [...Array(40).keys()]), 12);
  });

  it('undoes a shuffle of a cloud that moved by the gradient of a convex function', async () => {
    const x = stream('convex').normal([120, 3]);
    // grad of sum exp(x_k) / 2 + x_k^2: a Brenier map, so that every point goes to its own image.
    const image = { shape: x.shape, data: x.data.map((v) => Math.exp(v) / 2 + 2 * v) as Float32Array };
    const shuffle = stream('shuffle').permutation(120);
    const shuffled = new Float32Array(360);
    for (const [to, from] of shuffle.entries()) shuffled.set(image.data.subarray(3 * from, 3 * from + 3), 3 * to);
    const assigned = await optimalAssignment(x, { shape: x.shape, data: shuffled });
    expect([...assigned].map((j) => shuffle[j])).toEqual([...Array(120).keys()]);
  });

  it('is monotone in one dimension, whatever the number of points', async () => {
    const x = stream('x').normal([5000, 1]);
    const y = stream('y').uniform([5000, 1]);
    const [a, b] = [sorted(x), sorted(y)];
    const expected = a.reduce((sum, v, i) => sum + (v - b[i]!) ** 2, 0) / 5000;
    expect(await assignmentDistance2(x, y)).toBeCloseTo(expected, 12);
  });

  it('gives the Brenier field: y = x + field, in the order of x', async () => {
    const x = fromRows([[0], [10], [5]]);
    const y = fromRows([[6], [1], [12]]);
    expect([...(await brenierField(x, y)).data]).toEqual([1, 2, 1]);
  });

  it('has no distance to a cloud that is not finite', async () => {
    const x = fromRows([[0, 1], [2, 3]]); // prettier-ignore
    const exploded = fromRows([[0, 1], [Infinity, 3]]); // prettier-ignore
    expect(await assignmentDistance2(x, exploded)).toBeNaN();
    expect([...(await brenierField(exploded, x)).data]).toEqual([NaN, NaN, NaN, NaN]);
  });

  it('refuses clouds that cannot be assigned, in one sentence', async () => {
    await expect(optimalAssignment(zeros(3, 2), zeros(4, 2))).rejects.toThrow(
      /has 3 points, the other 4.*draw 3 for both/,
    );
    await expect(optimalAssignment(zeros(3, 2), zeros(3, 1))).rejects.toThrow(/R\^2, the other on R\^1/);
    await expect(optimalAssignment(zeros(2001, 2), zeros(2001, 2))).rejects.toThrow(/up to 2000 points.*not 2001/);
    const exploded = fromRows([[0, 1], [Infinity, 3]]); // prettier-ignore
    await expect(optimalAssignment(exploded, zeros(2, 2))).rejects.toThrow(
      'costs of an assignment have to be finite numbers',
    );
  });
});
