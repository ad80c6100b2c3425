/** Dense symmetric positive definite systems, by rows in one array. */

/** The lower Cholesky factor of `A`, `[n, n]`; undefined where A is not positive definite. */
function factor(A: Float64Array, n: number): Float64Array | undefined {
  const L = Float64Array.from(A);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = L[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= L[i * n + k]! * L[j * n + k]!;
      if (j < i) L[i * n + j] = sum / L[j * n + j]!;
      else if (sum > 0) L[i * n + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return L;
}

/** A^-1 b by Cholesky; undefined where `A`, `[n, n]`, is not positive definite. */
export function solveDense(A: Float64Array, b: Float64Array): Float64Array | undefined {
  const n = b.length;
  const L = factor(A, n);
  if (!L) return undefined;
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= L[i * n + k]! * x[k]!;
    x[i]! /= L[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= L[k * n + i]! * x[k]!;
    x[i]! /= L[i * n + i]!;
  }
  return x;
}
