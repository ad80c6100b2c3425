import { ops, type Tensor } from '@wasserflow/tensor';
import type { Rows } from './covariance.js';

/**
 * A matrix as a constant of tensor functions. The rows are flattened once; the tensor is made anew in every
 * evaluation, and is freed with it.
 */
export function constantMatrix(rows: Rows): () => Tensor {
  const data = Float32Array.from(rows.flat());
  const shape: [number, number] = [rows.length, rows[0]!.length];
  return () => ops.tensor(data, shape);
}
