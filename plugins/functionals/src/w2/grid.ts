import type { GridFacet, GridMeasure } from '@wasserflow/core';
import { cellWidths } from '../laws/cells.js';
import type { Level, LineLaw, Stretch } from '../laws/line-law.js';

/** Masses of equal cells of a line, a density constant on each. */
export interface CellsOfLine {
  readonly mass: Float64Array;
  /** The left end, a length. */
  readonly lower: number;
  /** Length of a cell. */
  readonly width: number;
}

// Masses below this have levels that float64 does not tell from 0.
const NOTHING = 1e-290;

/** What lies below and above every face, each summed from its own end. */
function levels(mass: Float64Array): Level[] {
  const n = mass.length;
  const [below, above] = [new Float64Array(n + 1), new Float64Array(n + 1)];
  for (let i = 0; i < n; i++) below[i + 1] = below[i]! + mass[i]!;
  for (let i = n; i > 0; i--) above[i - 1] = above[i]! + mass[i - 1]!;
  return Array.from(below, (u, i) => ({ below: u, above: above[i]! }));
}

/**
 * The optimal map T = Q(F) on each cell: the law's quantile function between the levels of its faces. Beyond the
 * outermost cells with mass, where T to an unbounded law is infinite, it stays what it is on average there.
 */
function mapOnCells(mass: Float64Array, law: LineLaw): Stretch[] {
  const at = levels(mass);
  const [first, last] = [mass.findIndex((m) => m > NOTHING), mass.findLastIndex((m) => m > NOTHING)];
  const within = Array.from(mass.subarray(first, last + 1), (_, i) => law.between(at[first + i]!, at[first + i + 1]!));
  const level = ({ mean }: Stretch): Stretch => ({ mean, tilt: 0 });
  return Array.from(mass, (_, i) => {
    if (i < first) return level(within[0]!);
    return i > last ? level(within.at(-1)!) : within[i - first]!;
  });
}

export interface HalfSquaredDistance {
  /** W2^2 / 2, length squared. */
  readonly value: number;
  /** The mean over each cell of the Kantorovich potential int (x - T(x)) dx, up to a constant. */
  readonly potential: Float64Array;
}

/** W2^2 / 2 from masses of cells to a law on the line, exact, with its derivatives by the masses. */
export function halfW2OnCells({ mass, lower, width }: CellsOfLine, law: LineLaw): HalfSquaredDistance {
  if (!mass.every(Number.isFinite)) return { value: NaN, potential: new Float64Array(mass.length).fill(NaN) };
  const map = mapOnCells(mass, law);
  const potential = new Float64Array(mass.length);
  let [square, primitive] = [law.meanSquare, 0];
  for (const [i, { mean, tilt }] of map.entries()) {
    const x = lower + (i + 1 / 2) * width;
    square += mass[i]! * (x * x + width ** 2 / 12 - 2 * (x * mean + width * tilt));
    potential[i] = (x * x) / 2 - primitive - width * (mean / 2 - tilt);
    primitive += width * mean;
  }
  return { value: Math.max(square, 0) / 2, potential };
}

const cellsOf = (mu: GridMeasure): CellsOfLine => ({
  mass: Float64Array.from(mu.mass.data),
  lower: mu.lower[0]!,
  width: cellWidths(mu)[0]!,
});

/** W2^2(., nu) / 2 for masses on a line: exact for densities constant on cells, and for their derivatives. */
export const w2OnCells = (law: () => LineLaw): GridFacet => ({
  value: (mu) => halfW2OnCells(cellsOf(mu), law()).value,
  firstVariation: (mu) => halfW2OnCells(cellsOf(mu), law()).potential,
});
