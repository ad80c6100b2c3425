import { ensure } from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';
import type { SplitRows } from './rows-distribution.js';

export interface Moments {
  readonly mean: Float64Array;
  /** Population standard deviation: the sum of squares divided by n. */
  readonly deviation: Float64Array;
}

/** Mean and standard deviation of each column of rows `[n, d]`. */
export function columnMoments({ shape, data }: NdArray): Moments {
  const [n = 0, d = 0] = shape;
  const mean = new Float64Array(d);
  const deviation = new Float64Array(d);
  for (let i = 0; i < data.length; i++) mean[i % d]! += data[i]! / n;
  for (let i = 0; i < data.length; i++) deviation[i % d]! += (data[i]! - mean[i % d]!) ** 2 / n;
  return { mean, deviation: deviation.map(Math.sqrt) };
}

function refuseConstantColumns({ shape, data }: NdArray, columns: readonly string[], source: string): void {
  const d = shape[1]!;
  for (const [j, name] of columns.entries()) {
    let varies = false;
    for (let i = j; i < data.length; i += d) varies ||= data[i] !== data[j];
    ensure(
      varies,
      'E_DATA',
      `${source}: column "${name}" has the same value in every training row, so it cannot be standardised; leave it out of \`columns\`, or set \`standardise: false\``,
    );
  }
}

/**
 * Both parts of the rows with the training rows' mean subtracted and divided by their standard deviation.
 * @throws WasserflowError E_DATA when a column is constant.
 */
export function standardise(rows: SplitRows, columns: readonly string[], source: string): SplitRows {
  refuseConstantColumns(rows.training, columns, source);
  const { mean, deviation } = columnMoments(rows.training);
  const apply = ({ shape, data }: NdArray): NdArray => ({
    shape,
    data: Float64Array.from(data, (x, i) => (x - mean[i % mean.length]!) / deviation[i % mean.length]!),
  });
  return { training: apply(rows.training), heldOut: apply(rows.heldOut) };
}
