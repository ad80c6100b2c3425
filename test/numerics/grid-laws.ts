/** Laws on grids for tests: Barenblatt profiles, problems, W2 to a radial law. */
import { energy, type EnergyTerms, type Functional, type GridMeasure, type Potential } from '@wasserflow/core';
import { gridSpace, makeGrid, measureOn, type Grid, type GridSpaceOptions } from '@wasserflow/space-grid';

export interface Barenblatt {
  readonly d: number;
  readonly m: number;
  readonly beta: number;
  readonly k: number;
  readonly C: number;
}

// Points per axis of a cell in the mean of a density with a front.
const POINTS = { 1: 64, 2: 8 } as const;

/** Masses of s^-d B(x / s), B the Barenblatt profile at t = 1, by the midpoint rule in each cell. */
export function barenblattOn(grid: Grid, { m, k, C }: Barenblatt, s: number): GridMeasure {
  const d = grid.shape.length as 1 | 2;
  const n = POINTS[d];
  const points = (axis: number): number[] =>
    Array.from(
      { length: grid.shape[axis]! * n },
      (_, i) => (grid.lower[axis]! + ((i + 0.5) * grid.spacing[axis]!) / n) / s,
    );
  const density = (r2: number): number => Math.max(0, C - k * r2) ** (1 / (m - 1));
  const mass = new Float64Array(grid.size);
  const [x, y = [0]] = grid.shape.map((_, axis) => points(axis));
  const ny = grid.shape[1] ?? 1;
  for (const [i, a] of x!.entries())
    for (const [j, b] of y.entries())
      mass[Math.floor(i / n) * ny + (d === 1 ? 0 : Math.floor(j / n))]! += density(a * a + b * b);
  const total = mass.reduce((u, v) => u + v);
  return measureOn(
    grid,
    mass.map((v) => v / total),
  );
}

/** The scale after one JKO step from `s` with confinement lambda: (s' - s) / gamma = beta s'^(1 - 1/beta) - lambda s'. */
export function nextScale({ beta }: Barenblatt, s: number, gamma: number, lambda = 0): number {
  const excess = (r: number): number => (r - s) / gamma - beta * r ** (1 - 1 / beta) + lambda * r;
  let [low, high] = [0.01, 100];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (excess(middle) > 0) high = middle;
    else low = middle;
  }
  return low;
}

export const confinement = (lambda: number, d: number): Potential => ({
  dimension: d,
  quadratic: {
    precision: Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (i === j ? lambda : 0))),
    center: Array<number>(d).fill(0),
    constant: 0,
  },
});

export const porousMedium = (m: number, potential?: Potential): Functional => {
  const terms: EnergyTerms = {
    entropy: 0,
    internal: [{ weight: 1, power: m }],
    constant: 0,
    ...(potential && { potential }),
  };
  return energy('porous-medium', terms);
};

/** A space on this box; what it starts from is not used. */
export const spaceOn = (shape: readonly number[], half: number, options: Partial<GridSpaceOptions> = {}) => {
  const d = shape.length;
  const eye = Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (i === j ? 0.01 : 0)));
  return gridSpace({
    initial: { id: 'narrow', dimension: d, gaussian: { mean: Array<number>(d).fill(0), covariance: eye } },
    cells: shape,
    lower: Array<number>(d).fill(-half),
    upper: Array<number>(d).fill(half),
    method: 'back-and-forth',
    ...options,
  });
};

export const gridOn = (shape: readonly number[], half: number): Grid =>
  makeGrid(shape, Array<number>(shape.length).fill(-half), Array<number>(shape.length).fill(half));

/** f at the centres of the cells of a plane. */
export const onGrid = ({ shape, lower, spacing }: Grid, f: (x: readonly number[]) => number): Float64Array =>
  Float64Array.from({ length: shape[0]! * shape[1]! }, (_, at) =>
    f([Math.floor(at / shape[1]!), at % shape[1]!].map((i, k) => lower[k]! + (i + 0.5) * spacing[k]!)),
  );

export const massesOf = ({ mass }: GridMeasure): Float64Array => Float64Array.from(mass.data);

export const totalMass = (mu: GridMeasure): number => massesOf(mu).reduce((a, b) => a + b, 0);

export const l1 = (a: GridMeasure, b: GridMeasure): number =>
  massesOf(a).reduce((sum, m, i) => sum + Math.abs(m - b.mass.data[i]!), 0);

export { logSlope as order } from '@wasserflow/testkit';
