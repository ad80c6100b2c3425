/** Symmetric tridiagonal matrices: what Hessians on the line are made of. */
import type { Tridiagonal } from '@wasserflow/geometry';

export const zeroTridiagonal = (n: number): Tridiagonal => ({
  diagonal: new Float64Array(n),
  off: new Float64Array(Math.max(n - 1, 0)),
});

/** T x. */
export const multiply = ({ diagonal, off }: Tridiagonal, x: ArrayLike<number>): Float64Array =>
  diagonal.map((d, i) => d * x[i]! + (i > 0 ? off[i - 1]! * x[i - 1]! : 0) + (off[i] ?? 0) * (x[i + 1] ?? 0));

/** x^T T y. */
export const form = (T: Tridiagonal, x: ArrayLike<number>, y: ArrayLike<number>): number =>
  multiply(T, y).reduce((sum, v, i) => sum + v * x[i]!, 0);

/** |x|_T. */
export const norm = (T: Tridiagonal, x: ArrayLike<number>): number => Math.sqrt(Math.max(form(T, x, x), 0));
