/** The reference: the same function, run eagerly on tfjs's own cpu backend. */
import * as tf from '@tensorflow/tfjs-core';
import { version_cpu } from '@tensorflow/tfjs-backend-cpu';
import {
  registerGradients,
  stream,
  tree,
  type ArrayTree,
  type NdArray,
  type Tensor,
  type TensorTree,
} from '@wasserflow/tensor';
import { expect } from 'vitest';

tf.env().set('PROD', true);
registerGradients();

export async function useCpu(): Promise<void> {
  if (!(await tf.setBackend('cpu'))) throw new Error(`tfjs cpu backend ${version_cpu} does not start`);
}

const toTensor = ({ data, shape }: NdArray): Tensor =>
  tf.tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32');

export function eager(fn: (inputs: never) => TensorTree, inputs: unknown): ArrayTree {
  let result: ArrayTree;
  tf.tidy(() => {
    const tensors = tree.map(inputs, (leaf) => toTensor(leaf as NdArray));
    result = tree.map(fn(tensors as never), (leaf) => ({
      shape: leaf.shape,
      data: Float32Array.from((leaf as Tensor).dataSync()),
    })) as ArrayTree;
  });
  return result!;
}

/**
 * Both programs compute in float32, in different orders of summation: they agree to a few rounding errors of
 * the largest number involved.
 */
export function expectClose(got: ArrayTree, expected: ArrayTree, tolerance = 4e-6): void {
  const reference = new Map(tree.namedLeaves(expected));
  const found = tree.namedLeaves(got);
  expect(found.map(([path]) => path)).toEqual([...reference.keys()]);
  for (const [path, { shape, data }] of found) {
    const right = reference.get(path)!;
    expect({ path, shape }).toEqual({ path, shape: right.shape });
    const scale = Math.max(1, ...Array.from(right.data, Math.abs).filter(Number.isFinite));
    const worst = Math.max(
      0,
      ...Array.from(data, (v, i) => (Object.is(v, right.data[i]) ? 0 : Math.abs(v - right.data[i]!))),
    );
    expect(worst / scale, `${path}: ${data.slice(0, 4).join()} against ${right.data.slice(0, 4).join()}`).toBeLessThan(
      tolerance,
    );
  }
}

export const normal = (name: string, shape: readonly number[]): NdArray =>
  stream('engine-onnx').fork(name).normal(shape);

/** Numbers in [0.5, 1.5). */
export function positive(name: string, shape: readonly number[]): NdArray {
  const { data } = stream('engine-onnx').fork(name, 'positive').uniform(shape);
  return { shape, data: data.map((v) => v + 0.5) };
}
