import { alongAxis, linesOf } from '../cells/axes.js';
import type { Grid } from '../cells/grid.js';

/** A solver of one equation for many right sides; `solve` overwrites its argument. */
export type Solver = (right: Float64Array) => Float64Array;

/** Rows k of the orthonormal cosine transform of n cells: c_k cos(pi k (i + 1/2) / n). */
function cosines(n: number): Float64Array {
  const table = new Float64Array(n * n);
  for (let k = 0; k < n; k++)
    for (let i = 0; i < n; i++)
      table[k * n + i] = Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * k * (i + 0.5)) / n);
  return table;
}

/** out = C line, or C^T line. */
function multiply(C: Float64Array, line: Float64Array, out: Float64Array, transposed: boolean): void {
  const n = line.length;
  if (!transposed) {
    for (let k = 0; k < n; k++) {
      let sum = 0;
      for (let i = 0, at = k * n; i < n; i++) sum += C[at + i]! * line[i]!;
      out[k] = sum;
    }
    return;
  }
  out.fill(0);
  for (let k = 0; k < n; k++) {
    const weight = line[k]!;
    for (let i = 0, at = k * n; i < n; i++) out[i]! += weight * C[at + i]!;
  }
}

/** Solves -s u'' + (shift_line) u = r on one line with zero flux at its ends, by elimination, in place. */
function eliminate(
  r: Float64Array,
  start: number,
  stride: number,
  n: number,
  s: number,
  shift: number,
  c: Float64Array,
) {
  const ends = n === 1 ? 0 : s;
  c[0] = -ends / (ends + shift);
  r[start]! /= ends + shift;
  for (let i = 1; i < n; i++) {
    const diagonal = (i === n - 1 ? s : 2 * s) + shift;
    const pivot = diagonal + s * c[i - 1]!;
    c[i] = -s / pivot;
    const at = start + i * stride;
    r[at] = (r[at]! + s * r[at - stride]!) / pivot;
  }
  for (let i = n - 2; i >= 0; i--) r[start + i * stride]! -= c[i]! * r[start + (i + 1) * stride]!;
}

/**
 * Solver of shift u - slope Laplacian(u) = r with zero flux at the walls, Laplacian by second differences: cosine
 * transform along the last axis of a plane (a table of n^2 cosines, up to some hundred cells), elimination along
 * the other.
 *
 * @param shift - positive
 * @param slope - of |grad u|^2, length^2 times that of `shift`
 */
export function helmholtzSolver({ shape, spacing }: Grid, shift: number, slope: number): Solver {
  const [nx = 1, ny = 1] = shape;
  const lines = linesOf(shape, 0);
  const buffer = new Float64Array(nx);
  const s = slope / spacing[0]! ** 2;
  if (shape.length === 1)
    return (r) => {
      eliminate(r, 0, 1, nx, s, shift, buffer);
      return r;
    };
  const C = cosines(ny);
  const eigenvalues = Float64Array.from(
    { length: ny },
    (_, k) => ((2 * Math.sin((Math.PI * k) / (2 * ny))) / spacing[1]!) ** 2,
  );
  return (r) => {
    alongAxis(shape, 1, r, r, (line, out) => multiply(C, line, out, false));
    for (const [k, start] of lines.starts.entries())
      eliminate(r, start, lines.stride, nx, s, shift + slope * eigenvalues[k]!, buffer);
    alongAxis(shape, 1, r, r, (line, out) => multiply(C, line, out, true));
    return r;
  };
}
