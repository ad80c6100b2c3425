import { solveTridiagonal } from '@wasserflow/geometry';
import { stream } from '@wasserflow/tensor';
import { expect, it } from 'vitest';

it('solves T x = b, by T x row by row', () => {
  const n = 50;
  const off = Float64Array.from(stream(1).normal([n - 1]).data);
  const diagonal = Float64Array.from({ length: n }, (_, i) => 0.1 + Math.abs(off[i - 1] ?? 0) + Math.abs(off[i] ?? 0));
  const b = Float64Array.from(stream(2).normal([n]).data);
  const x = solveTridiagonal({ diagonal, off }, b)!;
  for (let i = 0; i < n; i++) {
    const row = (off[i - 1] ?? 0) * (x[i - 1] ?? 0) + diagonal[i]! * x[i]! + (off[i] ?? 0) * (x[i + 1] ?? 0);
    expect(row).toBeCloseTo(b[i]!, 11);
  }
});

it('is undefined where T is not positive definite, or not finite', () => {
  const solve = (a: number, b: number, c: number) =>
    solveTridiagonal({ diagonal: Float64Array.of(a, c), off: Float64Array.of(b) }, [1, 1]);
  expect(solve(1, 2, 1)).toBeUndefined();
  expect(solve(-1, 0, 1)).toBeUndefined();
  expect(solve(NaN, 0, 1)).toBeUndefined();
  expect(Array.from(solve(2, 1, 2)!)).toEqual([1 / 3, 1 / 3].map((v) => expect.closeTo(v, 15)));
});
