import type { Potential } from '@wasserflow/core';
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
    // Hess V = E[P_k | x] - Cov(grad log q_k | x), which the largest precision bounds.
    smoothness: Math.max(...components.map(({ covariance }) => 1 / covariance.eigenvalues[0])),
  };
}
