import { ensure } from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';
import { Matrix, MatrixTransposeView } from 'ml-matrix';

/** Above this the dense cost matrix costs seconds; one dimension is sorted and has no limit. */
export const MOST_POINTS = 2000;

/** Coordinate `k` of points `[n, d]`. */
const column = ({ shape: [n = 0, d = 1], data }: NdArray, k: number): Float64Array =>
  Float64Array.from({ length: n }, (_, i) => data[i * d + k]!);

const mean = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length;

function moments(values: Float64Array): { center: number; spread: number } {
  const center = mean(values);
  return { center, spread: Math.sqrt(mean(values.map((v) => (v - center) ** 2))) };
}

/**
 * One coordinate of both clouds, centred and scaled to the same spread. With a > 0, the cost
 * (a x - y / a)^2 differs from (x - y)^2 only by terms in x alone and y alone, so that the best assignment
 * is the same; but nearest points are now nearly right, which makes the search several times shorter.
 */
function aligned(x: Float64Array, y: Float64Array): [Float64Array, Float64Array] {
  const from = moments(x);
  const to = moments(y);
  const ratio = Math.sqrt(to.spread / from.spread);
  const scale = Number.isFinite(ratio) && ratio > 0 ? ratio : 1;
  return [x.map((v) => (v - from.center) * scale), y.map((v) => (v - to.center) / scale)];
}

function costMatrix(x: NdArray, y: NdArray): Matrix {
  const [n = 0, d = 1] = x.shape;
  const cost = Matrix.zeros(n, n);
  for (let k = 0; k < d; k++) {
    const [from, to] = aligned(column(x, k), column(y, k));
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) cost.set(i, j, cost.get(i, j) + (from[i]! - to[j]!) ** 2);
  }
  return cost;
}

async function assignByCost(x: NdArray, y: NdArray): Promise<Int32Array> {
  const cost = costMatrix(x, y);
  ensure(Number.isFinite(cost.sum()), 'E_ARGUMENT', 'costs of an assignment have to be finite numbers');
  // Loaded when first used: it brings hundreds of modules, and few runs assign.
  const { linearSumAssignment } = await import('linear-sum-assignment');
  // The solver walks along columns; of the transposed view these are contiguous rows. It maximises unless told.
  const transposed = new MatrixTransposeView(cost);
  const { columnAssignments } = linearSumAssignment(transposed as unknown as Matrix, { maximaze: false });
  return Int32Array.from(columnAssignments);
}

const order = ({ data }: NdArray): Int32Array => Int32Array.from(data, (_, i) => i).sort((i, j) => data[i]! - data[j]!);

function assignBySorting(x: NdArray, y: NdArray): Int32Array {
  const ranked = order(y);
  const assigned = new Int32Array(ranked.length);
  for (const [rank, i] of order(x).entries()) assigned[i] = ranked[rank]!;
  return assigned;
}

function checkClouds(x: NdArray, y: NdArray): void {
  const [n = 0, d = 1] = x.shape;
  const [m = 0, e = 1] = y.shape;
  ensure(d === e, 'E_ARGUMENT', `one cloud lives on R^${d}, the other on R^${e}; transport needs the same space`);
  ensure(
    n === m,
    'E_ARGUMENT',
    `one cloud has ${n} points, the other ${m}; exact assignment needs equally many: draw ${n} for both`,
  );
  ensure(
    d === 1 || n <= MOST_POINTS,
    'E_ARGUMENT',
    `exact assignment serves up to ${MOST_POINTS} points in more than one dimension, not ${n}; use fewer points`,
  );
}

/**
 * The Brenier map between two clouds of equally many, equally weighted points, by exact assignment: the
 * permutation s that minimises sum_i |x_i - y_{s(i)}|^2, in float64.
 *
 * @param x - points, [n, d], finite
 * @param y - points, [n, d], finite
 * @returns s: row i of x belongs to row s[i] of y
 * @throws WasserflowError E_ARGUMENT when the clouds differ in size or dimension, are too large, or, in more than
 * one dimension, have costs that are not finite.
 * @see crouse2016implementing
 */
export async function optimalAssignment(x: NdArray, y: NdArray): Promise<Int32Array> {
  checkClouds(x, y);
  return x.shape[1] === 1 ? assignBySorting(x, y) : assignByCost(x, y);
}
