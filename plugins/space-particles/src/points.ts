/** Drawing, moving and describing points. */
import { ensure, type Distribution, type Moments, type ParticleMeasure } from '@wasserflow/core';
import { meanOf, placed, weightsOf } from '@wasserflow/geometry';
import type { NdArray, Stream } from '@wasserflow/tensor';

/** The cloud with other points, in float64. */
export const withPoints = (mu: ParticleMeasure, data: Float64Array): ParticleMeasure => ({
  ...mu,
  points: { shape: mu.points.shape, data },
});

/** x + step * v. */
export function moved(mu: ParticleMeasure, v: NdArray, step: number): ParticleMeasure {
  const { points } = mu;
  ensure(
    v.data.length === points.data.length,
    'E_ARGUMENT',
    `a field at points [${points.shape.join(', ')}] has the same shape, but this one has [${v.shape.join(', ')}]`,
  );
  return withPoints(
    mu,
    Float64Array.from(points.data, (x, i) => x + step * v.data[i]!),
  );
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
  return { points: { shape, data: Float64Array.from(data) } };
}

/**
 * The points of a law of finitely many.
 * @throws WasserflowError E_UNSUPPORTED for any other law
 */
export function atomsOf({ id, atoms }: Distribution): ParticleMeasure {
  const remedy = 'set `count` to the number of draws, e.g. 1000, or start from `points` or from rows of data';
  ensure(
    atoms,
    'E_UNSUPPORTED',
    `\`count: all\` takes every point of a law of finitely many, but \`${id}\` is none; ${remedy}`,
  );
  const { shape, data } = atoms.points;
  return { ...atoms, points: { shape, data: Float64Array.from(data) } };
}

/** What is wrong with a cloud, if anything is. */
export function defect({ points: { shape, data }, weights }: ParticleMeasure): string | undefined {
  const at = data.findIndex((v) => !Number.isFinite(v));
  if (at >= 0) return `point ${Math.floor(at / shape[1]!)} is not finite`;
  const light = weights ? weights.data.findIndex((w) => !(w > 0)) : -1;
  return light < 0 ? undefined : `the weight of point ${light} is ${weights!.data[light]}, not above 0`;
}

/** Mean and covariance under the weights. */
export function momentsOf(mu: ParticleMeasure): Moments {
  const weights = weightsOf(mu);
  const mean = meanOf(mu.points, weights);
  const { data } = placed(mu.points, mean);
  const d = mean.length;
  const entry = (k: number, l: number): number =>
    weights.reduce((sum, w, i) => sum + w * data[i * d + k]! * data[i * d + l]!, 0);
  const axes = [...mean.keys()];
  return { mean: [...mean], covariance: axes.map((k) => axes.map((l) => entry(k, l))) };
}
