import { ensure, type RadialFunction } from '@wasserflow/core';
import { ops, type Arrays, type Engine, type NdArray, type Tensor } from '@wasserflow/tensor';
import { meanOf, pairsOf, placed, sameDimension, squaredDistance } from './clouds.js';
import { programCache, type ProgramCache } from './program-cache.js';
import { distanceForm, squaredDistances, type DistanceForm } from './squared-distances.js';
import { HOST_PAIRS, addTile, tileRows, tilesOf } from './tiles.js';

export interface RadialProductInput {
  readonly f: RadialFunction;
  /** Points `[n, d]`. */
  readonly x: NdArray;
  /** Points `[m, d]`. */
  readonly y: NdArray;
  /** B, `[m, k]`, for sum_j f(s_ij) B_j. */
  readonly values?: NdArray;
  /** C, `[m, l]`, for sum_j f'(s_ij) C_j. */
  readonly slopes?: NdArray;
  /** For x and y of equally many rows: leaves the pairs i = j out. */
  readonly withoutDiagonal?: boolean;
}

/** Sums over j, `[n, k]` and `[n, l]` in float64; empty (k = 0) where they were not asked for. */
export interface RadialProduct {
  readonly values: NdArray;
  readonly slopes: NdArray;
}

/** Products of the matrices f(s_ij) and f'(s_ij), s_ij = |x_i - y_j|^2, with few columns. */
export interface RadialProducts {
  run(input: RadialProductInput): Promise<RadialProduct>;
  dispose(): Promise<void>;
}

type Columns = { values?: Tensor; slopes?: Tensor };
/** `mirror` holds the columns of the rows, where the transposed tile is wanted too. */
type TileInputs = Columns & { x: Tensor; y: Tensor; same?: Tensor; mirror?: Columns };
type TileOutputs = Columns & { mirrored?: Columns };
interface Task extends RadialProductInput {
  readonly form: DistanceForm;
}

const empty = (n: number, like: NdArray | undefined): NdArray => {
  const k = like?.shape[1] ?? 0;
  return { shape: [n, k], data: new Float64Array(n * k) };
};

/** One tile. On the diagonal, `same` is the identity matrix: points there have distance zero, or are left out. */
const tileFunction =
  ({ f, form, withoutDiagonal }: Task) =>
  ({ x, y, values, slopes, same, mirror }: TileInputs): TileOutputs => {
    const others = same && ops.sub(1, same);
    const distances = squaredDistances(x, y, form);
    const apart = others ? ops.mul(distances, others) : distances;
    const s = same && withoutDiagonal ? ops.add(apart, same) : apart;
    const kept = (matrix: Tensor): Tensor => (others && withoutDiagonal ? ops.mul(matrix, others) : matrix);
    const value = values && kept(f.value(s));
    const slope = slopes && kept(f.slope(s));
    const products = (of: Columns, transposed: boolean): Columns => ({
      ...(value && { values: ops.matMul(value, of.values!, transposed) }),
      ...(slope && { slopes: ops.matMul(slope, of.slopes!, transposed) }),
    });
    const own = products({ ...(values && { values }), ...(slopes && { slopes }) }, false);
    return { ...own, ...(mirror && { mirrored: products(mirror, true) }) };
  };

const identity = (n: number): NdArray => ({
  shape: [n, n],
  data: Float32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
});

/** max |y_jk|: what fills up a tile lies beyond all points, so that functions infinite at zero stay finite. */
function largestEntry({ data }: NdArray): number {
  let largest = 0;
  for (const v of data) largest = Math.max(largest, Math.abs(v));
  return largest;
}

type Arrayed = Arrays<Columns>;

/** The tiles of both kinds of columns. */
function columnTiles({ values, slopes }: RadialProductInput, rows: number): (j: number) => Arrayed {
  const [bs, cs] = [values, slopes].map((part) => part && tilesOf(part, rows, 0));
  return (j) => ({ ...(bs && { values: bs[j]! }), ...(cs && { slopes: cs[j]! }) });
}

function addTiles(total: RadialProduct, tile: number, sums: Arrayed): void {
  if (sums.values) addTile(total.values, tile, sums.values);
  if (sums.slopes) addTile(total.slopes, tile, sums.slopes);
}

/**
 * Tile by tile: memory O(n d + tile^2). The matrices of a cloud with itself are symmetric, so that a tile off the
 * diagonal serves its mirror image too.
 */
async function onEngine(task: Task, programs: ProgramCache): Promise<RadialProduct> {
  const { f, x, y, form, withoutDiagonal = false } = task;
  const [rows, columns] = [tileRows(x.shape[0]!), tileRows(y.shape[0]!)];
  const beyond = 1 + 2 * largestEntry(y);
  const [xs, ys] = [tilesOf(x, rows, beyond), tilesOf(y, columns, beyond)];
  const columnsOf = columnTiles(task, columns);
  const total = { values: empty(x.shape[0]!, task.values), slopes: empty(x.shape[0]!, task.slopes) };
  const diagonal = withoutDiagonal || x === y ? { same: identity(rows) } : {};
  const name = `pairs by ${form}${withoutDiagonal ? ' without diagonal' : ''}`;
  for (const [i, points] of xs.entries())
    for (const [j, others] of ys.entries()) {
      if (x === y && j < i) continue;
      const extra = i === j ? diagonal : x === y ? { mirror: columnsOf(i) } : {};
      const inputs = { x: points, y: others, ...columnsOf(j), ...extra } as Arrays<TileInputs>;
      const { mirrored, ...sums } = await programs.run(f, name, tileFunction(task), inputs);
      addTiles(total, i, sums);
      if (mirrored) addTiles(total, j, mirrored);
    }
  return total;
}

function addRow(total: NdArray, i: number, factor: number, columns: NdArray | undefined, j: number): void {
  const k = columns?.shape[1] ?? 0;
  for (let c = 0; c < k; c++) total.data[i * k + c]! += factor * columns!.data[j * k + c]!;
}

/** The same sums one by one in float64, for few pairs. */
function onHost({ f, x, y, values, slopes, withoutDiagonal = false }: RadialProductInput): RadialProduct {
  const n = x.shape[0]!;
  const result = { values: empty(n, values), slopes: empty(n, slopes) };
  for (let i = 0; i < n; i++)
    for (let j = 0; j < y.shape[0]!; j++) {
      if (withoutDiagonal && i === j) continue;
      const jet = f.at(squaredDistance(x, i, y, j));
      addRow(result.values, i, jet.value, values, j);
      addRow(result.slopes, i, jet.first, slopes, j);
    }
  return result;
}

/** Share of the distance over which f changes that distances may err by. */
const SLACK = 1e-5;

/** The s that changes f by as much as f(0): infinite slopes at zero are given as zero, and need differences. */
function scaleOf({ at }: RadialFunction): number {
  const { value, first } = at(0);
  return first === 0 || !Number.isFinite(first) ? 0 : Math.abs(value / first) || 1;
}

/** f(factor s) of points is f(s) of larger ones: the program of f serves every factor. */
function unscaled(input: RadialProductInput): { input: RadialProductInput; factor: number } {
  const { of, factor } = input.f.scaled ?? { of: input.f, factor: 1 };
  const m = input.y.shape[0]!;
  const center = meanOf(input.y, new Float64Array(m).fill(1 / m));
  const x = placed(input.x, center, Math.sqrt(factor));
  const y = input.x === input.y ? x : placed(input.y, center, Math.sqrt(factor));
  return { input: { ...input, f: of, x, y }, factor };
}

function check({ x, y, values, slopes, withoutDiagonal }: RadialProductInput): void {
  sameDimension(x, y);
  const [n, m] = [x.shape[0]!, y.shape[0]!];
  ensure(!withoutDiagonal || n === m, 'E_ARGUMENT', `a diagonal needs as many rows as columns, but got ${n} and ${m}`);
  for (const part of [values, slopes])
    ensure(!part || part.shape[0] === m, 'E_ARGUMENT', `${m} points need ${m} rows of factors, not ${part?.shape[0]}`);
}

/**
 * Sums over pairs of points by a radial function, in tiles on an engine: time O(n m), memory O((n + m) d).
 *
 * Tiles are computed in float32 and added up in float64; up to 16,384 pairs are summed in float64 throughout.
 * Where `x` and `y` are one and the same object, points have distance exactly zero to themselves.
 *
 * @throws WasserflowError E_ARGUMENT when dimensions or numbers of rows do not fit
 */
export function radialProducts(engine: Engine): RadialProducts {
  const programs = programCache(engine);
  return {
    async run(given) {
      check(given);
      if (pairsOf(given.x, given.y) <= HOST_PAIRS) return onHost(given);
      const { input, factor } = unscaled(given);
      const form = distanceForm(input.x, input.y, SLACK * scaleOf(input.f));
      const { values, slopes } = await onEngine({ ...input, form }, programs);
      return { values, slopes: { ...slopes, data: slopes.data.map((v) => v * factor) } };
    },
    dispose: () => programs.dispose(),
  };
}
