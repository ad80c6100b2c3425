import { ensure } from '@wasserflow/core';
import { takeRows, type NdArray } from '@wasserflow/tensor';
import { squaredDistance } from './clouds.js';

/** Rows that the median rule looks at: their 124,750 distances settle a median well enough. */
const MEDIAN_ROWS = 500;

/** At most `MEDIAN_ROWS` rows, evenly spaced, so that sorted data are no matter. */
function spacedRows(x: NdArray): NdArray {
  const n = x.shape[0]!;
  const kept = Math.min(n, MEDIAN_ROWS);
  return takeRows(
    x,
    Int32Array.from({ length: kept }, (_, i) => Math.floor((i * n) / kept)),
  );
}

/**
 * The (lower) median of |x_i - x_j|, i < j, among at most 500 evenly spaced rows of points `[n, d]`: a length.
 *
 * @throws WasserflowError E_DATA when it is zero (most rows equal, or a single row) or not finite
 * @see gretton2012kernel
 */
export function medianDistance(x: NdArray): number {
  const rows = spacedRows(x);
  const n = rows.shape[0]!;
  const squares = new Float64Array((n * (n - 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) squares[at++] = squaredDistance(rows, i, rows, j);
  const median = Math.sqrt(squares.sort()[(squares.length - 1) >> 1] ?? 0);
  ensure(
    median > 0 && median < Infinity,
    'E_DATA',
    `the median distance of these points is ${median}, which is no bandwidth; give \`bandwidth\` as a number`,
  );
  return median;
}
