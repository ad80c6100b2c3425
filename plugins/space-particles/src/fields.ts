/** Fields at points `[n, d]`, as plain float64 numbers. */
import type { ParticleMeasure, Weighted } from '@wasserflow/core';
import { weightsOf } from '@wasserflow/geometry';
import type { NdArray } from '@wasserflow/tensor';

/** sum_i w_i v_i; zero for no fields at all. */
export function combined(terms: readonly Weighted<NdArray>[], shape: readonly number[]): NdArray {
  const data = new Float64Array(shape.reduce((product, n) => product * n, 1));
  for (const { weight, of } of terms) {
    if (weight === 0) continue;
    for (let i = 0; i < data.length; i++) data[i]! += weight * of.data[i]!;
  }
  return { shape: [...shape], data };
}

/** sum_i w_i v_i of numbers, one per point. */
export const weightedMean = ({ data }: NdArray, weights: Float64Array): number =>
  weights.reduce((sum, w, i) => sum + w * data[i]!, 0);

/** <u, v> in L2(mu) for fields as plain numbers. */
export function innerOf(weights: Float64Array, u: NdArray['data'], v: NdArray['data']): number {
  const d = u.length / weights.length;
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    let row = 0;
    for (let k = i * d; k < (i + 1) * d; k++) row += u[k]! * v[k]!;
    total += weights[i]! * row;
  }
  return total;
}

export const inner = (mu: ParticleMeasure, u: NdArray, v: NdArray): number => innerOf(weightsOf(mu), u.data, v.data);

/** A v_i for each row of `[n, d]`. */
export function multiplied(A: readonly (readonly number[])[], { shape, data }: NdArray): NdArray {
  const d = shape[1]!;
  const row = (i: number, k: number): number => A[k]!.reduce((sum, a, l) => sum + a * data[i * d + l]!, 0);
  return { shape, data: Float64Array.from(data, (_, at) => row(Math.floor(at / d), at % d)) };
}
