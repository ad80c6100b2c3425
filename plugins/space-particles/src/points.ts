/** Drawing and moving points. */
import { ensure, type Distribution, type ParticleMeasure } from '@wasserflow/core';
import type { NdArray, Stream } from '@wasserflow/tensor';

/** The mean in float64. */
export const average = ({ data }: NdArray): number =>
  Float64Array.from(data).reduce((sum, v) => sum + v, 0) / data.length;

/** x + step * v in float64, rounded to float32 once. */
export function moved({ points }: ParticleMeasure, v: NdArray, step: number): ParticleMeasure {
  ensure(
    v.data.length === points.data.length,
    'E_ARGUMENT',
    `a field at points [${points.shape.join(', ')}] has the same shape, but this one has [${v.shape.join(', ')}]`,
  );
  const data = Float32Array.from(points.data, (x, i) => x + step * v.data[i]!);
  return { points: { shape: points.shape, data } };
}

export function samplerOf({ id, sample }: Distribution): NonNullable<Distribution['sample']> {
  ensure(
    sample,
    'E_UNSUPPORTED',
    `particles are draws of a law, but \`${id}\` has no \`sample\`; name a distribution that can be sampled`,
  );
  return sample;
}

export function drawFrom(law: Distribution, count: number, rng: Stream): ParticleMeasure {
  const { shape, data } = samplerOf(law)(count, rng);
  return { points: { shape, data: Float32Array.from(data) } };
}

/** What is wrong with a cloud, if anything is. */
export function defect({ points: { shape, data } }: ParticleMeasure): string | undefined {
  const at = data.findIndex((v) => !Number.isFinite(v));
  return at < 0 ? undefined : `point ${Math.floor(at / shape[1]!)} is not finite`;
}
