/** Draws from masses on cells, and their density. */
import { ensure, type GridMeasure, type Moments } from '@wasserflow/core';
import { firstAbove } from '@wasserflow/geometry';
import type { NdArray, Stream } from '@wasserflow/tensor';
import { cellCentres, gridOf, massesOf } from './grid.js';
import { cellOf } from './represent.js';

/** `n` draws, `[n, d]`: a cell by its mass, then evenly in the cell. */
export function draw(mu: GridMeasure, n: number, rng: Stream): NdArray {
  const grid = gridOf(mu);
  const d = grid.shape.length;
  let sum = 0;
  const sums = massesOf(mu).map((m) => (sum += m));
  const u = rng.uniform([n, d + 1]).data;
  const data = new Float64Array(n * d);
  for (let i = 0; i < n; i++) {
    const cell = firstAbove(sums, u[i * (d + 1)]! * sum);
    const index = d === 1 ? [cell] : [Math.floor(cell / grid.shape[1]!), cell % grid.shape[1]!];
    for (let k = 0; k < d; k++)
      data[i * d + k] = grid.lower[k]! + (index[k]! + u[i * (d + 1) + k + 1]!) * grid.spacing[k]!;
  }
  return { shape: [n, d], data };
}

/** log(mass / volume) of the cell of each point `[n, d]`; -Infinity outside of the box. */
export function logDensity(mu: GridMeasure, { shape: [n = 0, d = 1], data }: NdArray): Float64Array {
  const grid = gridOf(mu);
  const mass = massesOf(mu);
  ensure(d === grid.shape.length, 'E_ARGUMENT', `points have dimension ${d}, but the grid ${grid.shape.length}`);
  return Float64Array.from({ length: n }, (_, i) => {
    const cell = cellOf(grid, (k) => data[i * d + k]!);
    return cell < 0 ? -Infinity : Math.log(mass[cell]! / grid.volume);
  });
}

/** Mean and covariance of the density that is constant on cells. */
export function momentsOf(mu: GridMeasure): Moments {
  const grid = gridOf(mu);
  const mass = massesOf(mu);
  const x = cellCentres(grid);
  const average = (f: (x: readonly number[]) => number): number => mass.reduce((sum, m, i) => sum + m * f(x[i]!), 0);
  const mean = grid.shape.map((_, k) => average((p) => p[k]!));
  // A cell has the variance h^2 / 12 of its own.
  const covariance = mean.map((a, k) =>
    mean.map((b, l) => average((p) => (p[k]! - a) * (p[l]! - b)) + (k === l ? grid.spacing[k]! ** 2 / 12 : 0)),
  );
  return { mean, covariance };
}
