import type { PairSum, ParticleMeasure } from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';
import { column, meanOf, momentColumns, placed, weightsOf } from './clouds.js';
import type { RadialProducts } from './radial-products.js';

const sumOfSquares = (a: Float64Array): number => a.reduce((sum, w) => sum + w * w, 0);

/** What a sum is divided by: 1 - sum_i a_i^2 where the diagonal is left out. */
const normalizer = ({ withoutDiagonal }: PairSum, a: Float64Array): number =>
  withoutDiagonal ? 1 - sumOfSquares(a) : 1;

const partnerOf = ({ against }: PairSum, mu: ParticleMeasure): ParticleMeasure => against ?? mu;

/** A diagonal exists in the sum of a cloud with itself only. */
const leavesOut = ({ against, withoutDiagonal = false }: PairSum): boolean => withoutDiagonal && against === undefined;

/** weight * sum_i sum_j a_i b_j f(|x_i - y_j|^2), in float64 over tiles of float32. */
export async function pairSumValue(products: RadialProducts, mu: ParticleMeasure, sum: PairSum): Promise<number> {
  const partner = partnerOf(sum, mu);
  const a = weightsOf(mu);
  const pairs = { f: sum.f, x: mu.points, y: partner.points, withoutDiagonal: leavesOut(sum) };
  const { values } = await products.run({ ...pairs, values: column(weightsOf(partner)) });
  const total = a.reduce((at, w, i) => at + w * values.data[i]!, 0);
  return (sum.weight * total) / normalizer(sum, a);
}

/**
 * The Wasserstein gradient of a pair sum for the cloud mu at points `at`, `[n, d]`: by default those of mu.
 *
 * weight * sum_j b_j 2 f'(|x - y_j|^2) (x - y_j), twice that for a cloud with itself.
 *
 * @param at - `[n, d]`; row i is where point i of mu has gone, so that a diagonal left out stays left out
 */
export async function pairSumGradient(
  products: RadialProducts,
  mu: ParticleMeasure,
  sum: PairSum,
  at: NdArray = mu.points,
): Promise<Float64Array> {
  const partner = partnerOf(sum, mu);
  const b = weightsOf(partner);
  const center = meanOf(partner.points, b);
  const slopes = momentColumns(placed(partner.points, center), b);
  const pairs = { f: sum.f, x: at, y: partner.points, withoutDiagonal: leavesOut(sum) };
  const sums = (await products.run({ ...pairs, slopes })).slopes.data;
  const factor = (2 * sum.weight * (sum.against ? 1 : 2)) / normalizer(sum, weightsOf(mu));
  return awayFrom(placed(at, center), sums, factor);
}

/** factor * (x_i m_i - v_i) for rows (v_i, m_i) of sums: sum_j c_ij (x_i - y_j) from sum_j c_ij (y_j, 1). */
export function awayFrom({ shape: [n = 0, d = 1], data }: NdArray, sums: NdArray['data'], factor = 1): Float64Array {
  const result = new Float64Array(n * d);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < d; k++)
      result[i * d + k] = factor * (data[i * d + k]! * sums[i * (d + 1) + d]! - sums[i * (d + 1) + k]!);
  return result;
}
