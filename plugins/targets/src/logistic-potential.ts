import type { Potential } from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { constantMatrix } from './constant-matrix.js';
import type { Rows } from './covariance.js';

/**
 * -log of the posterior density of a logistic regression, up to a constant: with labels t_i in {0, 1}, signed
 * rows a_i = (1 - 2 t_i) x_i and prior N(0, s I),
 *
 * V(w) = sum_i softplus(<a_i, w>) + |w|^2 / (2 s),  grad V(w) = sum_i sigmoid(<a_i, w>) a_i + w / s.
 *
 * Since 0 <= sigmoid' <= 1/4, I/s <= Hess V <= (1/s + c/4) I, c the largest eigenvalue of sum_i x_i x_i^T.
 *
 * @param rows - x_i, `[n, d]`, with a constant 1 if there is to be an intercept
 * @param labels - t_i, n numbers, 0 or 1
 * @param priorVariance - s
 */
export function logisticPotential(rows: Rows, labels: readonly number[], priorVariance: number): Potential {
  const signed = rows.map((row, i) => row.map((x) => (labels[i] === 1 ? -x : x)));
  const precision = 1 / priorVariance;
  const matrix = constantMatrix(signed);
  const margins = (w: Tensor) => ops.matMul(w, matrix(), false, true);
  return {
    dimension: rows[0]!.length,
    value(w: Tensor) {
      const misfit = ops.sum(ops.softplus(margins(w)), 1);
      return ops.add(misfit, ops.mul(ops.sum(ops.square(w), 1), precision / 2));
    },
    gradient(w: Tensor) {
      const slopes = ops.sigmoid(margins(w));
      return ops.add(ops.matMul(slopes, matrix()), ops.mul(w, precision));
    },
    convexity: precision,
    smoothness: precision + largestEigenvalue(signed) / 4,
  };
}

/** The largest eigenvalue of A^T A. */
function largestEigenvalue(rows: readonly number[][]): number {
  const a = new Matrix(rows);
  const gram = a.transpose().mmul(a);
  return Math.max(...new EigenvalueDecomposition(gram, { assumeSymmetric: true }).realEigenvalues);
}
