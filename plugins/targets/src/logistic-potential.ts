import type { PointwisePotential, Potential } from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { constantMatrix } from './constant-matrix.js';
import type { Rows } from './covariance.js';

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

const sigmoid = (m: number): number => 1 / (1 + Math.exp(-m));

/** The same in float64, with Hess V = sum_i sigmoid'(<a_i, w>) a_i a_i^T + I / s. */
function pointwiseLogistic(signed: readonly number[][], precision: number): PointwisePotential {
  const softplus = (m: number): number => Math.max(m, 0) + Math.log1p(Math.exp(-Math.abs(m)));
  return {
    value: (w) => signed.reduce((sum, a) => sum + softplus(dot(a, w)), (precision * dot(w, w)) / 2),
    gradient: (w) => {
      const slopes = signed.map((a) => sigmoid(dot(a, w)));
      return w.map((v, j) => signed.reduce((sum, a, i) => sum + slopes[i]! * a[j]!, precision * v));
    },
    hessian(w) {
      const curvatures = signed.map((a) => sigmoid(dot(a, w)) * sigmoid(-dot(a, w)));
      const entry = (j: number, k: number): number =>
        signed.reduce((sum, a, i) => sum + curvatures[i]! * a[j]! * a[k]!, j === k ? precision : 0);
      return w.map((_, j) => w.map((__, k) => entry(j, k)));
    },
  };
}

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
    pointwise: pointwiseLogistic(signed, precision),
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
