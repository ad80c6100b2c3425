import { ops, type NdArray, type Tensor } from '@wasserflow/tensor';
import { largestSquare } from './clouds.js';

/**
 * How |x - y|^2 is computed: by `differences` of coordinates, exact to rounding for near points too; or by
 * `products`, |x|^2 + |y|^2 - 2 x.y, one product of matrices, with an error of rounding times |x|^2.
 */
export type DistanceForm = 'differences' | 'products';

/** Above this dimension differences cost too much. */
const MOST_DIFFERENCES = 16;

const ROUNDING = 2 ** -23;

/**
 * The form for points about their center.
 *
 * @param slack - the error of |x - y|^2 that is let pass: zero for functions that vary most between near points
 */
export function distanceForm(x: NdArray, y: NdArray, slack: number): DistanceForm {
  if (x.shape[1]! > MOST_DIFFERENCES) return 'products';
  const error = ROUNDING * Math.max(largestSquare(x), largestSquare(y));
  return error <= slack ? 'products' : 'differences';
}

function byDifferences(x: Tensor, y: Tensor): Tensor {
  const [n, d] = x.shape as [number, number];
  const across = ops.transpose(y);
  const along = (k: number): Tensor =>
    ops.square(ops.sub(ops.slice(x, [0, k], [n, 1]), ops.slice(across, [k, 0], [1, y.shape[0]!])));
  return Array.from({ length: d }, (_, k) => along(k)).reduce((sum, term) => ops.add(sum, term));
}

/** [x, |x|^2, 1] [-2 y, 1, |y|^2]^T: one product; rounding must not make it negative, for functions of its root. */
function byProducts(x: Tensor, y: Tensor): Tensor {
  const square = (points: Tensor): Tensor => ops.sum(ops.square(points), 1, true);
  const left = ops.concat([x, square(x), ops.ones([x.shape[0]!, 1])], 1);
  const right = ops.concat([ops.mul(y, -2), ops.ones([y.shape[0]!, 1]), square(y)], 1);
  return ops.relu(ops.matMul(left, right, false, true));
}

/** |x_i - y_j|^2 for points x `[n, d]` and y `[m, d]`, as `[n, m]`. */
export const squaredDistances = (x: Tensor, y: Tensor, form: DistanceForm): Tensor =>
  form === 'differences' ? byDifferences(x, y) : byProducts(x, y);
