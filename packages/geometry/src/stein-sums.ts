import type { RadialFunction } from '@wasserflow/core';
import { ndarray, ops, type Arrays, type NdArray, type Tensor } from '@wasserflow/tensor';
import type { ProgramCache } from './program-cache.js';
import { distanceForm, type DistanceForm } from './squared-distances.js';
import { steinKernel, steinPairs, steinSlope } from './stein-kernel.js';
import { addTile, tileRows, tilesOf } from './tiles.js';

/** Points about their centre with grad V there, both `[n, d]`, and weights `[n, 1]`. */
export interface SteinCloud {
  readonly x: NdArray;
  readonly v: NdArray;
  readonly weights: NdArray;
}

/** Sums over all points y by their weights, one row per point x. */
export interface SteinSums {
  /** Of the Stein kernel u, `[n, 1]`. */
  readonly kernel: NdArray;
  /** Of f v_y, `[n, d]`. */
  readonly pulls: NdArray;
  /** Of f' (v_y, 1), `[n, d + 1]`. */
  readonly fields: NdArray;
  /** Of f' (y, 1), `[n, d + 1]`. */
  readonly places: NdArray;
  /** Of the slope (y, 1), `[n, d + 1]`. */
  readonly slopes: NdArray;
}

type Side = { x: Tensor; v: Tensor; weights: Tensor };
type TileInputs = { rows: Side; columns: Side };
type Sums = { [name in keyof SteinSums]: Tensor };
type TileOutputs = { sums: Sums; mirrored?: Sums };

/** One tile, and its mirror image: all matrices are symmetric in the points. */
const tileFunction =
  (f: RadialFunction, form: DistanceForm, mirrors: boolean) =>
  ({ rows, columns }: TileInputs): TileOutputs => {
    const d = rows.x.shape[1]!;
    const pairs = steinPairs(f, rows, columns, form);
    const [u, slope] = [steinKernel(d, pairs), steinSlope(f, d, pairs)];
    const sumsOver = ({ x, v, weights }: Side, transposed: boolean): Sums => {
      const one = ops.onesLike(weights);
      const times = (matrix: Tensor, ...parts: Tensor[]): Tensor =>
        ops.matMul(matrix, ops.mul(ops.concat(parts, 1), weights), transposed);
      return {
        kernel: times(u, one),
        pulls: times(pairs.value, v),
        fields: times(pairs.first, v, one),
        places: times(pairs.first, x, one),
        slopes: times(slope, x, one),
      };
    };
    return { sums: sumsOver(columns, false), ...(mirrors && { mirrored: sumsOver(rows, true) }) };
  };

function noSums([n = 0, d = 1]: readonly number[]): SteinSums {
  const zeros = (k: number): NdArray => ndarray(new Float64Array(n * k), [n, k]);
  return { kernel: zeros(1), pulls: zeros(d), fields: zeros(d + 1), places: zeros(d + 1), slopes: zeros(d + 1) };
}

function addSums(total: SteinSums, tile: number, sums: Arrays<Sums>): void {
  for (const name of Object.keys(total) as (keyof SteinSums)[]) addTile(total[name], tile, sums[name]);
}

/** Points that fill up a tile weigh nothing. */
function sidesOf({ x, v, weights }: SteinCloud, rows: number): Arrays<Side>[] {
  const [vs, masses] = [tilesOf(v, rows), tilesOf(weights, rows, 0)];
  return tilesOf(x, rows).map((points, t) => ({ x: points, v: vs[t]!, weights: masses[t]! }));
}

/** Share of the distance over which f changes that distances may err by. */
const SLACK = 1e-5;

/** Tile by tile, off the diagonal one for two: time O(n^2), memory O(n d + tile^2). */
export async function steinSums(programs: ProgramCache, f: RadialFunction, cloud: SteinCloud): Promise<SteinSums> {
  const { value, first } = f.at(0);
  const form = distanceForm(cloud.x, cloud.x, SLACK * Math.abs(value / first));
  const sides = sidesOf(cloud, tileRows(cloud.x.shape[0]!));
  const total = noSums(cloud.x.shape);
  for (const [i, rows] of sides.entries())
    for (let j = i; j < sides.length; j++) {
      const [mirrors, inputs] = [j > i, { rows, columns: sides[j]! }];
      const name = `stein by ${form}${mirrors ? ' with mirror image' : ''}`;
      const { sums, mirrored } = await programs.run(f, name, tileFunction(f, form, mirrors), inputs);
      addSums(total, i, sums);
      if (mirrored) addSums(total, j, mirrored);
    }
  return total;
}
