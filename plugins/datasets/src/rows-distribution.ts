/** From rows of numbers to a distribution that draws them. */
import type { Distribution, PictureFormat } from '@wasserflow/core';
import { takeRows, type NdArray, type Stream } from '@wasserflow/tensor';

/** Rows `[n, d]` to learn from, and those that stay unseen. */
export interface SplitRows {
  readonly training: NdArray;
  readonly heldOut: NdArray;
}

/** The share of rows held out where nothing else is said: every fifth. */
export const HELD_OUT = 0.2;

/**
 * Whether row `index` (from 0) is held out, so that of the first n rows floor(n fraction) are, evenly
 * spread: 0.2 holds out rows 4, 9, 14, ...
 */
export function isHeldOut(index: number, fraction: number): boolean {
  // Products such as 100 * 0.29 fall just short of whole numbers.
  const count = (n: number) => Math.floor(n * fraction + 1e-9);
  return count(index + 1) > count(index);
}

/** Splits rows `[n, d]` by `isHeldOut`. */
export function splitRows(rows: NdArray, fraction = HELD_OUT): SplitRows {
  const indices = Array.from({ length: rows.shape[0]! }, (_, i) => i);
  const part = (heldOut: boolean) =>
    takeRows(
      rows,
      indices.filter((i) => isHeldOut(i, fraction) === heldOut),
    );
  return { training: part(false), heldOut: part(true) };
}

/** What belongs to the training rows, of what belongs to all rows. */
export const ofTraining = <T>(all: readonly T[], fraction = HELD_OUT): T[] =>
  all.filter((_, i) => !isHeldOut(i, fraction));

export interface RowsLaw {
  readonly id: string;
  readonly rows: SplitRows;
  readonly columns: readonly string[];
  readonly fingerprint: string;
  /** The class of each training row, of rows that are points. */
  readonly labels?: readonly number[] | undefined;
  /** Rows as stored to points `[n, d]` in the distribution's units; without it rows are points. */
  readonly points?: (rows: NdArray, rng: Stream) => NdArray;
  readonly picture?: PictureFormat;
}

/** The empirical law of the training rows, with the held-out rows beside it. */
export function rowsDistribution({
  id,
  rows,
  columns,
  fingerprint,
  labels,
  points: toPoints,
  picture,
}: RowsLaw): Distribution {
  const { training, heldOut } = rows;
  const points = toPoints ?? ((r) => r);
  return {
    id,
    dimension: columns.length,
    columns,
    fingerprint,
    sample: (n, rng) => points(takeRows(training, rng.integers(n, training.shape[0]!)), rng),
    ...(!toPoints && { atoms: { points: training } }),
    ...(labels && { labels }),
    trainingRows: (rng) => points(training, rng),
    ...(heldOut.shape[0]! > 0 && { heldOutRows: (rng: Stream) => points(heldOut, rng) }),
    ...(picture && { picture }),
  };
}
