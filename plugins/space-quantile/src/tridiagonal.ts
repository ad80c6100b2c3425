/** Symmetric tridiagonal matrices: what Hessians on the line are made of. */

export interface Tridiagonal {
  /** `[n]`. */
  readonly diagonal: Float64Array;
  /** `[n - 1]`, the entries beside the diagonal. */
  readonly off: Float64Array;
}

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

/** T^-1 b by the Thomas algorithm; undefined where T is not positive definite. */
export function solveTridiagonal({ diagonal, off }: Tridiagonal, b: ArrayLike<number>): Float64Array | undefined {
  const n = diagonal.length;
  const pivot = new Float64Array(n);
  const x = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const factor = i > 0 ? off[i - 1]! / pivot[i - 1]! : 0;
    pivot[i] = diagonal[i]! - (i > 0 ? factor * off[i - 1]! : 0);
    if (!(pivot[i]! > 0)) return undefined;
    x[i] = b[i]! - (i > 0 ? factor * x[i - 1]! : 0);
  }
  for (let i = n - 1; i >= 0; i--) x[i] = (x[i]! - (i < n - 1 ? off[i]! * x[i + 1]! : 0)) / pivot[i]!;
  return x;
}
