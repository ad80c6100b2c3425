import { takeRows, type NdArray } from '@wasserflow/tensor';
import { optimalAssignment } from './assignment.js';

const isFinite = ({ data }: NdArray): boolean => data.every(Number.isFinite);

/** y_{s(i)} - x_i in float64, or NaN throughout: an exploded cloud is no misuse, and has no transport. */
async function displacements(x: NdArray, y: NdArray): Promise<Float64Array> {
  if (!isFinite(x) || !isFinite(y)) return new Float64Array(x.data.length).fill(NaN);
  const { data: goal } = takeRows(y, await optimalAssignment(x, y));
  return Float64Array.from(x.data, (from, i) => goal[i]! - from);
}

/** The Brenier map from points x `[n, d]` to points y `[n, d]`, minus the identity, at x: `[n, d]`. */
export const brenierField = async (x: NdArray, y: NdArray): Promise<NdArray> => ({
  shape: x.shape,
  data: await displacements(x, y),
});

/** W2^2 between two clouds of n equally weighted points `[n, d]`, length squared; NaN unless all are finite. */
export const assignmentDistance2 = async (x: NdArray, y: NdArray): Promise<number> =>
  (await displacements(x, y)).reduce((sum, v) => sum + v * v, 0) / x.shape[0]!;
