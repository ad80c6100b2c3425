import type { NdArray } from '@wasserflow/tensor';
import { medianDistance } from '@wasserflow/geometry';
import { z } from 'zod';

const expected = {
  error: ({ input }: { input?: unknown }) =>
    `expected a length above 0, e.g. 0.5, or the rule "median" or "median-log", but got ${JSON.stringify(input)}`,
};

/** A bandwidth: a length, or a rule that finds one from the points. */
export const bandwidthOption = z
  .union([z.number().positive(expected), z.enum(['median', 'median-log'])], expected)
  .default('median');

export type Bandwidth = z.output<typeof bandwidthOption>;

/**
 * The bandwidth h for points `[n, d]`: the number itself; by `median` the median of |x_i - x_j|; by `median-log`
 * median / sqrt(2 log(n + 1)), the rule of SVGD, under which a Gaussian kernel gives each point about as much
 * weight as all others together.
 *
 * @throws WasserflowError E_DATA when the median distance is zero or not finite
 * @see gretton2012kernel, liu2016stein
 */
export function bandwidthFor(rule: Bandwidth, points: NdArray): number {
  if (typeof rule === 'number') return rule;
  const median = medianDistance(points);
  return rule === 'median' ? median : median / Math.sqrt(2 * Math.log(points.shape[0]! + 1));
}
