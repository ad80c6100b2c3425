/** Cutting rows into tiles of equal size, the last one filled up, so that one program serves them all. */
import { sizeOf, type NdArray } from '@wasserflow/tensor';

/** Rows of a tile: what 500 x 500 pairs need stays in the caches of a core. */
const ROWS = 512;

/** Up to so many pairs are summed on the host, in float64: cheaper than a call, and exact. */
export const HOST_PAIRS = 128 ** 2;

/** Rows per tile for n rows: as equal as can be, to fill up little. */
export const tileRows = (n: number): number => Math.ceil(n / Math.ceil(n / ROWS));

/**
 * The rows of an array `[n, k]` in tiles `[rows, k]` of float32, the last one filled up with the last row or with
 * `filler`. The last row is no new point: what is finite for the points is finite for these.
 */
export function tilesOf({ shape: [n = 0, ...rest], data }: NdArray, rows: number, filler?: number): NdArray[] {
  const width = sizeOf(rest);
  return Array.from({ length: Math.ceil(n / rows) }, (_, tile) => {
    const from = tile * rows * width;
    const until = Math.min(from + rows * width, n * width);
    const numbers = new Float32Array(rows * width);
    numbers.set(data.subarray(from, until));
    for (let at = until - from; at < numbers.length; at++) numbers[at] = filler ?? numbers[at - width]!;
    return { shape: [rows, ...rest], data: numbers };
  });
}

/** Adds the rows of a tile's result `[rows, k]` to those of `total` `[n, k]`, in float64. */
export function addTile(total: NdArray, tile: number, result: NdArray): void {
  const at = tile * result.data.length;
  const count = Math.min(result.data.length, total.data.length - at);
  for (let i = 0; i < count; i++) total.data[at + i]! += result.data[i]!;
}
