/** Equal cells of a box in one or two dimensions. */
import { ensure, type GridMeasure } from '@wasserflow/core';

export interface Grid {
  /** Number of cells along each axis, `[nx]` or `[nx, ny]`. */
  readonly shape: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** Sides of a cell, `[d]`, lengths. */
  readonly spacing: readonly number[];
  /** Volume of a cell, length^d. */
  readonly volume: number;
  /** Number of cells. */
  readonly size: number;
}

/** The cells of a box. @throws WasserflowError E_ARGUMENT when the box is empty or turned inside out. */
export function makeGrid(shape: readonly number[], lower: readonly number[], upper: readonly number[]): Grid {
  const d = shape.length;
  ensure(
    d === 1 || d === 2,
    'E_ARGUMENT',
    `a grid has 1 or 2 dimensions, not ${d}; use space \`particles\` or \`flow\``,
  );
  const box = lower.length === d && upper.length === d && lower.every((a, k) => upper[k]! > a);
  ensure(
    box && [...lower, ...upper].every(Number.isFinite),
    'E_ARGUMENT',
    `the box from [${lower.join(', ')}] to [${upper.join(', ')}] has to be finite, with each of its ${d} \`upper\` above \`lower\``,
  );
  const spacing = shape.map((n, k) => (upper[k]! - lower[k]!) / n);
  return {
    shape,
    lower,
    upper,
    spacing,
    volume: spacing.reduce((a, b) => a * b, 1),
    size: shape.reduce((a, b) => a * b, 1),
  };
}

export const gridOf = ({ mass, lower, upper }: GridMeasure): Grid => makeGrid(mass.shape, lower, upper);

/** Centres of the cells along axis k. */
export const centres = ({ shape, lower, spacing }: Grid, k: number): Float64Array =>
  Float64Array.from({ length: shape[k]! }, (_, i) => lower[k]! + (i + 0.5) * spacing[k]!);

/** The centre of every cell, in the order of the masses. */
export function cellCentres(grid: Grid): number[][] {
  const [x, y] = grid.shape.map((_, k) => Array.from(centres(grid, k)));
  return y ? x!.flatMap((a) => y.map((b) => [a, b])) : x!.map((a) => [a]);
}

/** f at the centre of every cell. */
export const onCells = (grid: Grid, f: (x: readonly number[]) => number): Float64Array =>
  Float64Array.from(cellCentres(grid), f);

/** The measure with these masses on the cells. */
export const measureOn = ({ shape, lower, upper }: Grid, mass: Float64Array): GridMeasure => ({
  mass: { shape: [...shape], data: mass },
  lower: [...lower],
  upper: [...upper],
});

/** Masses of mu as float64. */
export const massesOf = ({ mass: { data } }: GridMeasure): Float64Array =>
  data instanceof Float64Array ? data : Float64Array.from(data);

export function total(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

/** The masses divided by their sum, in place. */
export function normalise(mass: Float64Array): Float64Array {
  const scale = 1 / total(mass);
  for (let i = 0; i < mass.length; i++) mass[i]! *= scale;
  return mass;
}

/** @throws WasserflowError E_ARGUMENT unless both measures live on the same cells. */
export function ensureSameGrid(mu: GridMeasure, nu: GridMeasure): void {
  const name = ({ mass, lower, upper }: GridMeasure): string =>
    `${mass.shape.join(' x ')} cells from [${lower.join(', ')}] to [${upper.join(', ')}]`;
  ensure(name(mu) === name(nu), 'E_ARGUMENT', () => `one measure is on ${name(mu)}, the other on ${name(nu)}`);
}
