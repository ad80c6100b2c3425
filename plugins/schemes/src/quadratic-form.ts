import type { Potential } from '@wasserflow/core';
import type { Rows } from '@wasserflow/geometry';
import { ops, type Tensor } from '@wasserflow/tensor';

/** The same matrix as a tensor, made anew in every evaluation and freed with it. */
export function constantTensor(rows: Rows): () => Tensor {
  const data = Float32Array.from(rows.flat());
  return () => ops.tensor(data, [rows.length, rows[0]!.length]);
}

/** V(x) = x^T Q x / 2, Q symmetric `[d, d]`. */
export function quadraticForm(precision: Rows): Potential {
  const Q = constantTensor(precision);
  const gradient = (x: Tensor): Tensor => ops.matMul(x, Q());
  return {
    dimension: precision.length,
    value: (x) => ops.mul(ops.sum(ops.mul(x, gradient(x)), 1), 1 / 2),
    gradient,
    quadratic: { precision, center: precision.map(() => 0), constant: 0 },
  };
}
