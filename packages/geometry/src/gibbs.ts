import { ops, type Arrays, type Engine, type NdArray, type Tensor } from '@wasserflow/tensor';
import { meanOf, pairsOf, placed, sameDimension, squaredDistance } from './clouds.js';
import { programCache, type ProgramCache } from './program-cache.js';
import { distanceForm, squaredDistances, type DistanceForm } from './squared-distances.js';
import { HOST_PAIRS, addTile, tileRows, tilesOf } from './tiles.js';

/** The matrix E_ij = r_i + c_j - |x_i - y_j|^2 / scale of the exponents of a Gibbs kernel. */
export interface Exponents {
  /** Points `[n, d]`. */
  readonly x: NdArray;
  /** Points `[m, d]`. */
  readonly y: NdArray;
  /** A squared length. */
  readonly scale: number;
  /** r, `[n]`; zero where absent. */
  readonly rows?: Float64Array;
  /** c, `[m]`. */
  readonly columns: Float64Array;
  /** The error of E that is let pass where that is faster: 1e-5 where absent. */
  readonly slack?: number;
}

/** Sums over a Gibbs kernel e^E that is never held whole. */
export interface GibbsKernel {
  /** sum_j e^E_ij B_j, `[n, k]`; B is a column of ones where absent. Overflows where E does. */
  sums(exponents: Exponents, B?: NdArray): Promise<NdArray>;
  /** max_j E_ij, `[n]`. */
  largest(exponents: Exponents): Promise<Float64Array>;
  dispose(): Promise<void>;
}

/** An exponent whose exponential is zero, for the rows that fill up a tile. */
const NOTHING = -1e30;
/** e^-80 counts for nothing beside sums of order one, and is no subnormal number: those take ten times as long. */
const LOWEST = -80;
const SLACK = 1e-5;
const OWNER = {};

type TileInputs = { x: Tensor; y: Tensor; rows?: Tensor; columns?: Tensor; B?: Tensor };
type Reduce = 'sums' | 'largest';

/** By products, r_i - |x_i|^2 and c_j - |y_j|^2 come ready, so that E is one product of [x, r, 1] and [y, 1, c]. */
const exponents = ({ x, y, rows, columns }: TileInputs, form: DistanceForm): Tensor =>
  form === 'products'
    ? ops.matMul(x, y, false, true)
    : ops.sub(ops.add(rows!, ops.transpose(columns!)), squaredDistances(x, y, form));

const tileFunction =
  (reduce: Reduce, form: DistanceForm) =>
  (inputs: TileInputs): { result: Tensor } => {
    const E = exponents(inputs, form);
    if (reduce === 'largest') return { result: ops.max(E, 1, true) };
    const weights = ops.exp(ops.maximum(E, LOWEST));
    return { result: inputs.B ? ops.matMul(weights, inputs.B) : ops.sum(weights, 1, true) };
  };

/** Points with two more coordinates, [z sqrt 2, own - |z|^2, 1] or with the last two exchanged. */
function lifted(points: NdArray, own: Float64Array, exchanged: boolean): NdArray {
  const [n = 0, d = 1] = points.shape;
  const data = new Float64Array(n * (d + 2));
  for (let i = 0; i < n; i++) {
    let square = 0;
    for (let k = 0; k < d; k++) {
      const z = points.data[i * d + k]!;
      square += z * z;
      data[i * (d + 2) + k] = Math.SQRT2 * z;
    }
    data[i * (d + 2) + d] = exchanged ? 1 : own[i]! - square;
    data[i * (d + 2) + d + 1] = exchanged ? own[i]! - square : 1;
  }
  return { shape: [n, d + 2], data };
}

/** What fills up a tile of lifted points: rows that exist, with an exponent of nothing in the columns. */
const silenced = (tile: NdArray, from: number): NdArray => {
  const width = tile.shape[1]!;
  for (let j = from; j < tile.shape[0]!; j++) tile.data[j * width + width - 1] = NOTHING;
  return tile;
};

type Normalised = Required<Omit<Exponents, 'scale' | 'slack'>>;

interface Tiles {
  readonly xs: readonly Omit<Arrays<TileInputs>, 'y'>[];
  readonly ys: readonly Omit<Arrays<TileInputs>, 'x'>[];
}

/** The tiles of both sides, in units in which the scale is one. */
function tilesFor({ x, y, rows, columns }: Normalised, form: DistanceForm): Tiles {
  const [t, u] = [tileRows(x.shape[0]!), tileRows(y.shape[0]!)];
  if (form === 'products') {
    const m = y.shape[0]!;
    const ys = tilesOf(lifted(y, columns, true), u).map((tile, j) => silenced(tile, m - j * u));
    return { xs: tilesOf(lifted(x, rows, false), t).map((tile) => ({ x: tile })), ys: ys.map((tile) => ({ y: tile })) };
  }
  const asColumn = (data: Float64Array): NdArray => ({ shape: [data.length, 1], data });
  const [r, c] = [tilesOf(asColumn(rows), t, 0), tilesOf(asColumn(columns), u, NOTHING)];
  return {
    xs: tilesOf(x, t).map((tile, i) => ({ x: tile, rows: r[i]! })),
    ys: tilesOf(y, u).map((tile, j) => ({ y: tile, columns: c[j]! })),
  };
}

/** Both clouds about the mean of y, in units of sqrt(scale). */
function normalised({ x, y, scale, rows, columns }: Exponents): Normalised {
  const m = y.shape[0]!;
  const center = meanOf(y, new Float64Array(m).fill(1 / m));
  const factor = 1 / Math.sqrt(scale);
  const placedX = placed(x, center, factor);
  const placedY = x === y ? placedX : placed(y, center, factor);
  return { x: placedX, y: placedY, rows: rows ?? new Float64Array(x.shape[0]!), columns };
}

async function onEngine(given: Exponents, reduce: Reduce, B: NdArray | undefined, programs: ProgramCache) {
  const normal = normalised(given);
  const form = distanceForm(normal.x, normal.y, given.slack ?? SLACK);
  const { xs, ys } = tilesFor(normal, form);
  const bs = B && tilesOf(B, tileRows(B.shape[0]!), 0);
  const width = reduce === 'sums' ? (B?.shape[1] ?? 1) : 1;
  const n = given.x.shape[0]!;
  const total: NdArray = {
    shape: [n, width],
    data: new Float64Array(n * width).fill(reduce === 'sums' ? 0 : -Infinity),
  };
  for (const [i, left] of xs.entries())
    for (const [j, right] of ys.entries()) {
      const inputs = { ...left, ...right, ...(bs && { B: bs[j]! }) } as Arrays<TileInputs>;
      const { result } = await programs.run(OWNER, `gibbs ${reduce} by ${form}`, tileFunction(reduce, form), inputs);
      if (reduce === 'sums') addTile(total, i, result);
      else raiseTile(total, i, result);
    }
  return total;
}

function raiseTile(total: NdArray, tile: number, { data }: NdArray): void {
  const at = tile * data.length;
  const count = Math.min(data.length, total.data.length - at);
  for (let i = 0; i < count; i++) total.data[at + i] = Math.max(total.data[at + i]!, data[i]!);
}

/** E_ij in float64. */
const exponentAt = ({ x, y, scale, rows, columns }: Exponents, i: number, j: number): number =>
  (rows?.[i] ?? 0) + columns[j]! - squaredDistance(x, i, y, j) / scale;

function sumsOnHost(E: Exponents, B: NdArray | undefined): NdArray {
  const [n, m, k] = [E.x.shape[0]!, E.y.shape[0]!, B?.shape[1] ?? 1];
  const total = new Float64Array(n * k);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      const weight = Math.exp(exponentAt(E, i, j));
      for (let c = 0; c < k; c++) total[i * k + c]! += weight * (B ? B.data[j * k + c]! : 1);
    }
  return { shape: [n, k], data: total };
}

function largestOnHost(E: Exponents): Float64Array {
  const largest = new Float64Array(E.x.shape[0]!).fill(-Infinity);
  for (const i of largest.keys())
    for (let j = 0; j < E.y.shape[0]!; j++) largest[i] = Math.max(largest[i]!, exponentAt(E, i, j));
  return largest;
}

/**
 * Sums over the kernel e^(r_i + c_j - |x_i - y_j|^2 / scale), in tiles on an engine: time O(n m), memory
 * O((n + m) d). Exponents are rounded to float32: a relative error of about 1e-7 times the largest one in
 * absolute value. Up to 16,384 pairs are summed in float64.
 */
export function gibbsKernel(engine: Engine): GibbsKernel {
  const programs = programCache(engine);
  const onFew = ({ x, y }: Exponents): boolean => pairsOf(x, y) <= HOST_PAIRS;
  return {
    async sums(E, B) {
      sameDimension(E.x, E.y);
      return onFew(E) ? sumsOnHost(E, B) : onEngine(E, 'sums', B, programs);
    },
    async largest(E) {
      sameDimension(E.x, E.y);
      return onFew(E) ? largestOnHost(E) : ((await onEngine(E, 'largest', undefined, programs)).data as Float64Array);
    },
    dispose: () => programs.dispose(),
  };
}

/**
 * The averages sum_j p_ij B_j of B `[m, k]` under p_ij = e^E_ij / sum_j e^E_ij, and log sum_j e^E_ij: never
 * overflows.
 */
export async function gibbsAverages(
  kernel: GibbsKernel,
  E: Exponents,
  B: NdArray,
): Promise<{ averages: NdArray; logSums: Float64Array }> {
  const top = await kernel.largest(E);
  const rows = top.map((v, i) => (E.rows?.[i] ?? 0) - v);
  const [m = 0, k = 1] = B.shape;
  const columns = new Float64Array(m * (k + 1));
  for (let j = 0; j < m; j++) columns.set(B.data.subarray(j * k, (j + 1) * k), j * (k + 1));
  for (let j = 0; j < m; j++) columns[j * (k + 1) + k] = 1;
  const { data } = await kernel.sums({ ...E, rows }, { shape: [m, k + 1], data: columns });
  const n = top.length;
  const averages = new Float64Array(n * k);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < k; c++) averages[i * k + c] = data[i * (k + 1) + c]! / data[i * (k + 1) + k]!;
  return {
    averages: { shape: [n, k], data: averages },
    logSums: top.map((v, i) => v + Math.log(data[i * (k + 1) + k]!)),
  };
}
