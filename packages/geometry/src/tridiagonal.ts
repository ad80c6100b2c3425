/** A symmetric tridiagonal matrix. */
export interface Tridiagonal {
  /** `[n]`. */
  readonly diagonal: Float64Array;
  /** `[n - 1]`, the entries beside the diagonal. */
  readonly off: Float64Array;
}

/** T^-1 b by the Thomas algorithm, in linear time; undefined where T is not positive definite. */
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
