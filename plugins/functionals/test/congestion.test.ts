import { congestion } from '@wasserflow/functionals';
import { describe, expect, it } from 'vitest';

const masses = (...data: number[]) => ({
  mass: { shape: [2, 2], data: Float64Array.from(data) },
  lower: [0, 0],
  upper: [2, 4],
});

describe('congestion', () => {
  it('is zero where no density is above the maximum, and infinite elsewhere', () => {
    const { value } = congestion(0.2).facets!.grid!;
    // Cells of area 2: a mass of 0.4 is the density 0.2.
    expect(value(masses(0.4, 0.4, 0.1, 0.1))).toBe(0);
    expect(value(masses(0.41, 0.39, 0.1, 0.1))).toBe(Infinity);
  });

  it('refuses a maximum that no density can have', () => {
    for (const maximum of [0, -1, NaN, Infinity]) expect(() => congestion(maximum)).toThrow('`maximum` is a density');
  });
});
