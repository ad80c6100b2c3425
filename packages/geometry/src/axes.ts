/** Lines of an array along its axes. */

/** Where the lines of an array along an axis begin, and how far apart their entries are. */
export interface Lines {
  readonly starts: Int32Array;
  readonly stride: number;
  readonly length: number;
}

/** Lines along axis k of an array of the given shape, `[nx]` or `[nx, ny]` by rows. */
export function linesOf(shape: readonly number[], k: number): Lines {
  const [nx = 1, ny = 1] = shape;
  if (shape.length === 1) return { starts: Int32Array.of(0), stride: 1, length: nx };
  return k === 0
    ? { starts: Int32Array.from({ length: ny }, (_, j) => j), stride: ny, length: nx }
    : { starts: Int32Array.from({ length: nx }, (_, i) => i * ny), stride: 1, length: ny };
}

/** Applies `apply(line, out)` to every line along axis k: from `values` into `result`, which may be the same. */
export function alongAxis(
  shape: readonly number[],
  k: number,
  values: Float64Array,
  result: Float64Array,
  apply: (line: Float64Array, out: Float64Array) => void,
): void {
  const { starts, stride, length } = linesOf(shape, k);
  const line = new Float64Array(length);
  const out = new Float64Array(length);
  for (const start of starts) {
    for (let i = 0; i < length; i++) line[i] = values[start + i * stride]!;
    apply(line, out);
    for (let i = 0; i < length; i++) result[start + i * stride] = out[i]!;
  }
}
