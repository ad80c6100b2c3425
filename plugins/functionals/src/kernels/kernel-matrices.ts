/** Kernel matrices of small batches, differentiable by the points. */
import type { RadialFunction } from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';

const rowSquares = (x: Tensor): Tensor => ops.sum(ops.square(x), 1, true);

/** |x_i - y_j|^2 of points `[n, d]` and `[m, d]`, `[n, m]`, up to rounding of either sign. */
const squaredDistances = (x: Tensor, y: Tensor): Tensor =>
  ops.sub(ops.add(rowSquares(x), ops.transpose(rowSquares(y))), ops.mul(ops.matMul(x, y, false, true), 2));

/**
 * f(|x_i - y_j|^2), `[n, m]`, whose derivative by the points is made of `slope`: right also where f' is infinite at
 * zero, as a point does not act on itself.
 */
export function kernelMatrix({ value, slope }: RadialFunction, x: Tensor, y: Tensor): Tensor {
  const s = squaredDistances(x, y);
  const at = ops.stopGradient(ops.relu(s));
  const tangent = ops.mul(slope(at), s);
  return ops.add(tangent, ops.stopGradient(ops.sub(value(at), tangent)));
}

/** The mean of the entries of a square matrix `[n, n]` off its diagonal, where that holds `own` throughout. */
export function meanOffDiagonal(matrix: Tensor, own: number): Tensor {
  const n = matrix.shape[0]!;
  return ops.mul(ops.sub(ops.sum(matrix), n * own), 1 / (n * (n - 1)));
}
