/** Fields on a grid: the normal component at the faces of the cells, zero at the walls. */
import type { GridMeasure, Weighted } from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';
import { linesOf } from '../cells/axes.js';
import { faceShape } from './deposit.js';
import { gridOf, massesOf, type Grid } from '../cells/grid.js';

/** Component k at the faces across axis k: `[nx + 1]`, or `[nx + 1, ny]` and `[nx, ny + 1]`. */
export interface GridField {
  readonly faces: readonly NdArray[];
}

/** Calls `visit(face, left, right)` for every face across axis k between two cells. */
export function eachFace(grid: Grid, k: number, visit: (face: number, left: number, right: number) => void): void {
  const cells = linesOf(grid.shape, k);
  const faces = linesOf(faceShape(grid, k), k);
  for (let l = 0; l < cells.starts.length; l++)
    for (let i = 1; i < cells.length; i++) {
      const right = cells.starts[l]! + i * cells.stride;
      visit(faces.starts[l]! + i * faces.stride, right - cells.stride, right);
    }
}

export const zeros = (grid: Grid, k: number): NdArray => {
  const shape = faceShape(grid, k);
  return { shape, data: new Float64Array(shape.reduce((a, b) => a * b, 1)) };
};

/** Differences of values at the centres; between two cells of equal value, even infinite, there is none. */
export function faceGradient(grid: Grid, f: Float64Array): GridField {
  const faces = grid.shape.map((_, k) => {
    const component = zeros(grid, k);
    eachFace(grid, k, (face, left, right) => {
      component.data[face] = f[left] === f[right] ? 0 : (f[right]! - f[left]!) / grid.spacing[k]!;
    });
    return component;
  });
  return { faces };
}

/** <u, v> in L2(mu): a face counts with the mean of the masses beside it. */
export function inner(mu: GridMeasure, u: GridField, v: GridField): number {
  const grid = gridOf(mu);
  const mass = massesOf(mu);
  let sum = 0;
  for (const [k, { data }] of u.faces.entries())
    eachFace(grid, k, (face, left, right) => {
      const weight = (mass[left]! + mass[right]!) / 2;
      if (weight > 0) sum += weight * data[face]! * v.faces[k]!.data[face]!;
    });
  return sum;
}

/** sum_i w_i v_i. */
export function combine(terms: readonly Weighted<GridField>[]): GridField {
  const [first] = terms;
  const faces = first!.of.faces.map(({ shape, data }, k) => ({
    shape: [...shape],
    data: Float64Array.from(data, (_, i) =>
      terms.reduce((sum, { weight, of }) => sum + weight * of.faces[k]!.data[i]!, 0),
    ),
  }));
  return { faces };
}
