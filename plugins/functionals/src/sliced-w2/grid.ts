import type { GridFacet, GridMeasure } from '@wasserflow/core';
import { cellWidths } from '../laws/cells.js';
import type { Directions } from './directions.js';
import type { LineLaw } from '../laws/line-law.js';
import { lazily } from '../laws/target-draws.js';
import { halfW2OnCells, type CellsOfLine } from '../w2/grid.js';

/** The grid seen along one direction. */
interface Shadow {
  readonly theta: readonly number[];
  /** Centre of the first bin. */
  readonly from: number;
  readonly width: number;
  readonly bins: number;
}

/**
 * Bins of a line for the projected cells. Mass shared between the two bins next to its place has on average a
 * variance of width^2 / 4, the cell itself (h_x^2 theta_x^2 + h_y^2 theta_y^2) / 12: this width makes them one.
 */
function shadowOf({ mass, lower, upper }: GridMeasure, widths: readonly number[], theta: readonly number[]): Shadow {
  const width = Math.hypot(...theta.map((t, k) => t * widths[k]!)) / Math.sqrt(3);
  const ends = theta.map((t, k) => [t * (lower[k]! + widths[k]! / 2), t * (upper[k]! - widths[k]! / 2)]);
  const from = ends.reduce((sum, pair) => sum + Math.min(...pair), 0);
  const length = mass.shape.reduce((sum, n, k) => sum + Math.abs(theta[k]!) * (n - 1) * widths[k]!, 0);
  return { theta, from, width, bins: Math.floor(length / width) + 3 };
}

/** Calls `visit(cell, bin, share)` for every cell of the plane; the rest of its mass is in the next bin. */
function eachCell(
  { mass, lower }: GridMeasure,
  [hx = 1, hy = 1]: readonly number[],
  { theta: [a = 0, b = 0], from, width }: Shadow,
  visit: (cell: number, bin: number, share: number) => void,
): void {
  const [nx = 1, ny = 1] = mass.shape;
  for (let i = 0; i < nx; i++) {
    const start = a * (lower[0]! + (i + 1 / 2) * hx) + b * (lower[1]! + hy / 2) - from;
    for (let j = 0; j < ny; j++) {
      // Rounding may put the outermost cell a hair before the first bin.
      const at = Math.max(0, (start + b * j * hy) / width);
      const bin = Math.floor(at);
      visit(i * ny + j, bin, 1 - (at - bin));
    }
  }
}

interface Evaluated {
  value: number;
  readonly variation: Float64Array;
}

/** Adds W2^2 / 2 along one direction, and its derivatives by the masses of the cells. */
function addShadow(out: Evaluated, mu: GridMeasure, widths: readonly number[], shadow: Shadow, law: LineLaw): void {
  const mass = new Float64Array(shadow.bins);
  eachCell(mu, widths, shadow, (cell, bin, share) => {
    mass[bin]! += share * mu.mass.data[cell]!;
    mass[bin + 1]! += (1 - share) * mu.mass.data[cell]!;
  });
  const line: CellsOfLine = { mass, lower: shadow.from - shadow.width / 2, width: shadow.width };
  const { value, potential } = halfW2OnCells(line, law);
  out.value += value;
  eachCell(mu, widths, shadow, (cell, bin, share) => {
    out.variation[cell]! += share * potential[bin]! + (1 - share) * potential[bin + 1]!;
  });
}

/**
 * The mean over directions of W2^2 / 2 between the shadow of the masses, a density constant on bins of a line, and
 * that of the target; the variation is the exact derivative of this value. The shadow of a cell has its mean, and its
 * variance on average.
 *
 * @param law - of theta . Y under the target
 */
export function slicedW2OnGrid(directions: Directions, law: (theta: readonly number[]) => LineLaw): GridFacet {
  const laws = lazily(() => directions.map(law));
  const evaluate = (mu: GridMeasure): Evaluated => {
    const widths = cellWidths(mu);
    const out: Evaluated = { value: 0, variation: new Float64Array(mu.mass.data.length) };
    for (const [k, theta] of directions.entries()) addShadow(out, mu, widths, shadowOf(mu, widths, theta), laws()[k]!);
    return { value: out.value / directions.length, variation: out.variation.map((v) => v / directions.length) };
  };
  return { value: (mu) => evaluate(mu).value, firstVariation: (mu) => evaluate(mu).variation };
}
