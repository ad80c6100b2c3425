import { concatRows, sliceRows, takeRows, type NdArray } from '@wasserflow/tensor';

/** Programs have one batch size: the last rows are repeated to fill the last chunk, and cut off again. */
export async function inChunks<K extends string>(
  x: NdArray,
  size: number,
  run: (chunk: NdArray) => Promise<Readonly<Record<K, NdArray>>>,
): Promise<Record<K, NdArray>> {
  const n = x.shape[0]!;
  const parts: Readonly<Record<K, NdArray>>[] = [];
  for (let from = 0; from < n; from += size) {
    const rows = Int32Array.from({ length: size }, (_, i) => Math.min(from + i, n - 1));
    const full = from + size <= n;
    const out = await run(full ? sliceRows(x, from, from + size) : takeRows(x, rows));
    parts.push(full ? out : cut(out, n - from));
  }
  const names = Object.keys(parts[0]!) as K[];
  return Object.fromEntries(names.map((name) => [name, concatRows(parts.map((p) => p[name]))])) as Record<K, NdArray>;
}

const cut = <K extends string>(out: Readonly<Record<K, NdArray>>, rows: number): Record<K, NdArray> =>
  Object.fromEntries(Object.entries<NdArray>(out).map(([name, a]) => [name, sliceRows(a, 0, rows)])) as Record<
    K,
    NdArray
  >;
