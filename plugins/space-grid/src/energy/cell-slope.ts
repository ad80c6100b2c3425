/** The slope of everything local in an energy, by the log density of a cell, and its inverse. */
import type { CellVariation, InternalEnergy } from '@wasserflow/core';

export type CellSlope = Pick<CellVariation, 'slope' | 'rate'>;

export interface LocalTerms {
  /** Weight of log rho. */
  readonly linear: number;
  readonly internal: readonly InternalEnergy[];
  /** What differs from cell to cell, weights and factors multiplied in. */
  readonly cells: readonly CellSlope[];
}

/** linear r + sum w m e^((m - 1) r) / (m - 1) + sum of the cell's own, increasing in r, and its derivative. */
export const slopeOf = ({ linear, internal, cells }: LocalTerms): CellSlope => ({
  slope: (cell, r) =>
    cells.reduce((sum, own) => sum + own.slope(cell, r), linear * r) +
    internal.reduce((sum, { weight: w, power: m }) => sum + ((w * m) / (m - 1)) * Math.exp((m - 1) * r), 0),
  rate: (cell, r) =>
    cells.reduce((sum, own) => sum + own.rate(cell, r), linear) +
    internal.reduce((sum, { weight: w, power: m }) => sum + w * m * Math.exp((m - 1) * r), 0),
});

// log densities that float64 holds, and where the search for lower ones ends.
const RANGE = { low: -745, high: 700, lowest: -1e5 };

function bracket({ slope }: CellSlope, cell: number, p: number): [number, number] {
  let [low, high] = [RANGE.low, RANGE.high];
  while (low > RANGE.lowest && !(slope(cell, low) < p)) [low, high] = [2 * low, low];
  return [low, high];
}

/**
 * The r at which the slope is p, by Newton's method, with bisection where it would leave the bracket or does not
 * halve its steps; the lowest where the slope is above p everywhere, Infinity where it is nowhere as high as p.
 */
function logDensityAt(local: CellSlope, cell: number, p: number, guess: number): number {
  let [low, high] = bracket(local, cell, p);
  if (local.slope(cell, high) < p) return Infinity;
  let r = Math.min(Math.max(guess, low), high);
  let step = high - low;
  for (let k = 0; k < 200; k++) {
    const excess = local.slope(cell, r) - p;
    if (excess > 0) high = r;
    else low = r;
    const newton = excess / local.rate(cell, r);
    const next = r - newton;
    const good = next > low && next < high && Math.abs(newton) < step / 2;
    step = good ? Math.abs(newton) : (high - low) / 2;
    if (step <= 4e-16 * Math.max(1, Math.abs(r))) break;
    r = good ? next : (low + high) / 2;
  }
  return r;
}

/** The inverse of the slope of every cell, each begun where it last ended. */
export function inverseOf(local: CellSlope): (p: number, cell: number) => number {
  const last: number[] = [];
  return (p, cell) => (last[cell] = logDensityAt(local, cell, p, last[cell] ?? 0));
}
