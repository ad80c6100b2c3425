import type { GridMeasure } from '@wasserflow/core';

/** Widths of a grid's cells, `[d]`, lengths. */
export const cellWidths = ({ mass, lower, upper }: GridMeasure): number[] =>
  mass.shape.map((n, k) => (upper[k]! - lower[k]!) / n);

/** The centres of a grid's cells, in the order of its masses. */
export function cellCentres(mu: GridMeasure): number[][] {
  const widths = cellWidths(mu);
  const axes = mu.mass.shape.map((n, k) =>
    Array.from({ length: n }, (_, i) => mu.lower[k]! + (i + 1 / 2) * widths[k]!),
  );
  return axes.reduce<number[][]>((points, axis) => points.flatMap((p) => axis.map((x) => [...p, x])), [[]]);
}

/** What is worth computing once per grid; that of the last grid is kept, as a run stays on one. */
export function perGrid<T>(make: (mu: GridMeasure) => T): (mu: GridMeasure) => T {
  let last: { readonly key: string; readonly made: T } | undefined;
  return (mu) => {
    const key = [mu.mass.shape, mu.lower, mu.upper].join(';');
    if (last?.key !== key) last = { key, made: make(mu) };
    return last.made;
  };
}
