/** Small linear algebra on the Jacobians of many points, in float64. */
import type { NdArray } from '@wasserflow/tensor';
import { LuDecomposition, Matrix } from 'ml-matrix';

/** Jacobian k of `[n, d, d]`; its rows are the images of the unit vectors, so it stands transposed. */
function matrixAt({ shape, data }: NdArray, k: number): Matrix {
  const d = shape[1]!;
  return Matrix.from1DArray(d, d, data.subarray(k * d * d, (k + 1) * d * d)).transpose();
}

/** log|det J_k| of every Jacobian. */
export function logDeterminants(jacobian: NdArray): Float64Array {
  return Float64Array.from({ length: jacobian.shape[0]! }, (_, k) => {
    const upper = new LuDecomposition(matrixAt(jacobian, k)).upperTriangularMatrix;
    return upper.diagonal().reduce((sum, u) => sum + Math.log(Math.abs(u)), 0);
  });
}

/** J_k^-1 r; undefined where J_k is singular. */
export function solveAt(jacobian: NdArray, k: number, r: readonly number[]): number[] | undefined {
  const lu = new LuDecomposition(matrixAt(jacobian, k));
  return lu.isSingular() ? undefined : lu.solve(Matrix.columnVector(r)).to1DArray();
}
