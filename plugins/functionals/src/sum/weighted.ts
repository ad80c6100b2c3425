import type { Weighted } from '@wasserflow/core';

/** The summands with `get` applied to each, weights kept. */
export const each = <F, T>(summands: readonly Weighted<F>[], get: (of: F, i: number) => T): Weighted<T>[] =>
  summands.map(({ weight, of }, i) => ({ weight, of: get(of, i) }));

/** The summands where all are there, else undefined. */
export function shared<F>(summands: readonly Weighted<F | undefined>[]): readonly Weighted<F>[] | undefined {
  const present = summands.flatMap(({ weight, of }) => (of === undefined ? [] : [{ weight, of }]));
  return present.length === summands.length ? present : undefined;
}

/** A summand of weight zero counts as nothing, also where it is infinite. */
export const weightedSum = (summands: readonly Weighted<number>[]): number =>
  summands.reduce((total, { weight, of }) => (weight === 0 ? total : total + weight * of), 0);
