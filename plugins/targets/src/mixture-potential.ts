import type { PointwisePotential, Potential } from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';
import { Matrix, inverse } from 'ml-matrix';
import { constantMatrix } from './constant-matrix.js';
import type { Covariance } from './covariance.js';

/** w_k N(m_k, C_k). */
export interface Component {
  readonly weight: number;
  readonly mean: readonly number[];
  readonly covariance: Covariance;
}

const column = (v: readonly number[]): Matrix => Matrix.columnVector([...v]);

/** grad V_k = P_k (x - m_k) of each component, with its share of the density at x, and V(x) = -log q(x). */
function componentsAt(components: readonly Component[], offsets: readonly number[], x: readonly number[]) {
  const slopes = components.map(({ mean, covariance }) =>
    new Matrix(covariance.precision as number[][]).mmul(Matrix.sub(column(x), column(mean))),
  );
  const heights = components.map(
    ({ mean }, k) => offsets[k]! - Matrix.sub(column(x), column(mean)).dot(slopes[k]!) / 2,
  );
  const top = Math.max(...heights);
  const logDensity = top + Math.log(heights.reduce((sum, h) => sum + Math.exp(h - top), 0));
  return { slopes, shares: heights.map((h) => Math.exp(h - logDensity)), value: -logDensity };
}

const average = (matrices: readonly Matrix[], shares: readonly number[]): Matrix =>
  matrices.reduce(
    (sum, A, k) => sum.add(Matrix.mul(A, shares[k]!)),
    Matrix.zeros(matrices[0]!.rows, matrices[0]!.columns),
  );

/** grad V = E[g_k] and Hess V = E[P_k] - Cov(g_k) under the shares, g_k = P_k (x - m_k). */
function pointwiseMixture(components: readonly Component[], offsets: readonly number[]): PointwisePotential {
  const precisions = components.map(({ covariance }) => new Matrix(covariance.precision as number[][]));
  const gradientAt = (x: readonly number[]) => {
    const { slopes, shares } = componentsAt(components, offsets, x);
    return { slopes, shares, mean: average(slopes, shares) };
  };
  return {
    value: (x) => componentsAt(components, offsets, x).value,
    gradient: (x) => gradientAt(x).mean.to1DArray(),
    hessian(x) {
      const { slopes, shares, mean } = gradientAt(x);
      const away = slopes.map((g) => Matrix.sub(g, mean));
      const spread = average(
        away.map((g) => g.mmul(g.transpose())),
        shares,
      );
      return average(precisions, shares).sub(spread).to2DArray();
    },
  };
}

/**
 * -log q as log-sum-exp over components of b_k - |L_k^-1 (x - m_k)|^2 / 2, where
 * b_k = log w_k - (d log 2 pi + log det C_k) / 2. One matrix product whitens for all components.
 */
export function mixturePotential(components: readonly Component[]): Potential {
  const [K, d] = [components.length, components[0]!.mean.length];
  const whitenings = components.map(({ covariance }) => inverse(new Matrix(covariance.lower.map((row) => [...row]))));
  const stacked = constantMatrix(whitenings.flatMap((w) => w.to2DArray()));
  const centres = components.map(({ mean }, k) => whitenings[k]!.mmul(Matrix.columnVector([...mean])).to1DArray());
  const shifts = constantMatrix(centres);
  const offsets = components.map(
    ({ weight, covariance }) => Math.log(weight) - (d * Math.log(2 * Math.PI) + covariance.logDeterminant) / 2,
  );
  return {
    dimension: d,
    value(x: Tensor) {
      const white = ops.reshape(ops.matMul(x, stacked(), false, true), [x.shape[0]!, K, d]);
      const squares = ops.sum(ops.square(ops.sub(white, shifts())), 2);
      return ops.neg(ops.logSumExp(ops.sub(ops.tensor(offsets), ops.mul(squares, 1 / 2))));
    },
    pointwise: pointwiseMixture(components, offsets),
    // Hess V = E[P_k | x] - Cov(grad log q_k | x), which the largest precision bounds.
    smoothness: Math.max(...components.map(({ covariance }) => 1 / covariance.eigenvalues[0])),
  };
}
