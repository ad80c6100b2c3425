import { medianDistance } from '@wasserflow/geometry';
import { fromRows, type NdArray } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

const line = (numbers: number[]): NdArray => fromRows(numbers.map((x) => [x]));

describe('median rule', () => {
  it('is the median distance, the lower one of two', () => {
    expect(medianDistance(line([0, 1, 3]))).toBe(2);
    // Distances 1, 2, 3, 4, 6, 7.
    expect(medianDistance(line([7, 0, 3, 1]))).toBe(3);
    expect(medianDistance(fromRows([[0, 0], [3, 4]]))).toBe(5); // prettier-ignore
  });

  it('looks at rows from everywhere, sorted or not', () => {
    // P(|U - U'| <= h) = 1 - (1 - h)^2 for uniform U, U', so that the median is 1 - sqrt(1/2). A grid of 500
    // differs by the order of its spacing.
    const sorted = line(Array.from({ length: 4000 }, (_, i) => i / 4000));
    expect(Math.abs(medianDistance(sorted) - (1 - Math.SQRT1_2))).toBeLessThan(2 / 500);
  });

  it('refuses rows that are nearly all equal', () => {
    expect(() => medianDistance(line([1, 1, 1, 2]))).toThrow(/median distance of these points is 0.*give `bandwidth`/);
  });
});
