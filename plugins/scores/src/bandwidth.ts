import { medianDistance, meanOf, weightsOf } from '@wasserflow/geometry';
import type { ParticleMeasure } from '@wasserflow/core';
import { z } from 'zod';

const expected = {
  error: ({ input }: { input?: unknown }) =>
    `expected a length above 0, e.g. 0.5, or the rule "silverman" or "median", but got ${JSON.stringify(input)}`,
};

/** A bandwidth: a length, or a rule that finds one from the cloud. */
export const scoreBandwidthOption = z.union([z.number().positive(expected), z.enum(['silverman', 'median'])], expected);

export type ScoreBandwidth = z.output<typeof scoreBandwidthOption>;

/** The root mean square of the deviations of all coordinates. */
function spread(mu: ParticleMeasure): number {
  const weights = weightsOf(mu);
  const { shape, data } = mu.points;
  const d = shape[1]!;
  const mean = meanOf(mu.points, weights);
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += weights[Math.floor(i / d)]! * (data[i]! - mean[i % d]!) ** 2;
  return Math.sqrt(sum / d);
}

/** The number of equal points that would vary as much, 1 / sum w_i^2. */
const effectiveCount = (mu: ParticleMeasure): number => 1 / weightsOf(mu).reduce((sum, w) => sum + w * w, 0);

/**
 * The bandwidth h of a cloud: the number itself; by `silverman` s (4 / ((d + 2) n))^(1 / (d + 4)), the best for
 * densities of Gaussians of deviation s; by `median` the median distance.
 * @see silverman1986density
 */
export function scoreBandwidthFor(rule: ScoreBandwidth, mu: ParticleMeasure): number {
  if (typeof rule === 'number') return rule;
  if (rule === 'median') return medianDistance(mu.points);
  const d = mu.points.shape[1]!;
  return spread(mu) * (4 / ((d + 2) * effectiveCount(mu))) ** (1 / (d + 4));
}
