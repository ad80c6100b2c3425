import { cellConvolution } from '@wasserflow/geometry';
import { expect, it } from 'vitest';

/** Neither even nor odd, and of its axes' own: a wrapped or mirrored difference would show. */
const kernel = ([x = 0, y = 0]: readonly number[]): number => Math.exp(-x + y / 2) + x * x * y + 3 * y;

it.each([
  ['on a line', [7], [0.3]],
  ['in a plane', [5, 3], [0.4, 0.7]],
])('a convolution on cells is the sum over all pairs, %s', (_, shape, spacing) => {
  const [nx = 1, ny = 1] = shape;
  const centres = Array.from({ length: nx * ny }, (_c, c) =>
    shape.map((_n, k) => (k === 0 ? Math.floor(c / ny) : c % ny) * spacing[k]!),
  );
  const mass = centres.map((_c, i) => Math.sin(3 * i) + 0.5);
  const found = cellConvolution({ shape, spacing }, kernel)(mass);
  for (const [i, x] of centres.entries()) {
    const sum = centres.reduce((s, y, j) => s + mass[j]! * kernel(x.map((v, k) => v - y[k]!)), 0);
    expect(Math.abs(found[i]! - sum)).toBeLessThan(1e-12 * (1 + Math.abs(sum)));
  }
});
