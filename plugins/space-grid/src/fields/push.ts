import type { GridMeasure } from '@wasserflow/core';
import { createDepositor, faceShape } from './deposit.js';
import type { GridField } from './field.js';
import { centres, gridOf, massesOf, measureOn, type Grid } from '../cells/grid.js';

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

/** The positions of the faces across axis k along axis l: walls and inner faces, or centres. */
const facePositions = (grid: Grid, k: number, l: number): Float64Array =>
  k === l
    ? Float64Array.from({ length: grid.shape[k]! + 1 }, (_, i) => grid.lower[k]! + i * grid.spacing[k]!)
    : centres(grid, l);

/** (x -> A x)_# mu on the same cells: mass that would leave the box stops at its wall. */
export function imageUnder(mu: GridMeasure, A: readonly (readonly number[])[]): GridMeasure {
  const grid = gridOf(mu);
  const faces = grid.shape.map((_, k) => {
    const [x, y] = grid.shape.map((_n, l) => Array.from(facePositions(grid, k, l)));
    const points = y ? x!.flatMap((a) => y.map((b) => [a, b])) : x!.map((a) => [a]);
    const shift = (p: readonly number[]): number => A[k]!.reduce((sum, a, l) => sum + a * p[l]!, 0) - p[k]!;
    return { shape: faceShape(grid, k), data: Float64Array.from(points, shift) };
  });
  return pushForward(mu, { faces }, 1);
}
