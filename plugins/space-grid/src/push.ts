import type { GridMeasure } from '@wasserflow/core';
import { createDepositor } from './deposit.js';
import type { GridField } from './field.js';
import { gridOf, massesOf, measureOn } from './grid.js';

/**
 * (id + step v)_# mu: each cell moves as a box between its faces and is put back on the cells it covers, without
 * a limit on the step, with no mass lost or negative. Mass that would leave the box stops at its wall. The error
 * is of second order in the size of a cell.
 */
export function pushForward(mu: GridMeasure, { faces }: GridField, step: number): GridMeasure {
  const grid = gridOf(mu);
  const shifts = faces.map(({ data }, k) => Float64Array.from(data, (v) => (v * step) / grid.spacing[k]!));
  const image = new Float64Array(grid.size);
  if (shifts.some((s) => !s.every(Number.isFinite))) return measureOn(grid, image.fill(NaN));
  createDepositor(grid, true).deposit(massesOf(mu), shifts, image);
  return measureOn(grid, image);
}
