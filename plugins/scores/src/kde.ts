import { defineScore, ENGINE, ensure, type ParticleMeasure, type ScoreEstimator } from '@wasserflow/core';
import { gibbsAverages, gibbsKernel, weightsOf, type Exponents } from '@wasserflow/geometry';
import type { Engine } from '@wasserflow/tensor';
import { z } from 'zod';
import { scoreBandwidthFor, scoreBandwidthOption, type ScoreBandwidth } from './bandwidth.js';

export type KdeScore = ScoreEstimator & { dispose(): Promise<void> };

/**
 * The score of the cloud smoothed by a Gaussian of deviation h: grad log sum_j w_j N(x; x_j, h^2 I), exact for that
 * density, which is mu * N(0, h^2 I) and not mu: biased by the bandwidth. For a Gaussian of variance s^2 it is that
 * of variance s^2 + h^2.
 *
 * (m(x) - x) / h^2 with m(x) the mean of the points weighted by their kernels at x; in tiles, without overflow. The
 * negative entropy is the mean of the log density at the points themselves, biased upward by their own kernels.
 *
 * @param bandwidth - h, a length, or a rule
 * @throws WasserflowError E_NUMERICS when a rule finds no bandwidth above zero
 * @see silverman1986density
 */
export function kdeScore(engine: Engine, bandwidth: ScoreBandwidth): KdeScore {
  const kernel = gibbsKernel(engine);
  function smoothing(mu: ParticleMeasure): { h: number; exponents: Exponents } {
    const h = scoreBandwidthFor(bandwidth, mu);
    ensure(h > 0, 'E_NUMERICS', `the rule \`${bandwidth}\` finds no bandwidth: all points are equal; give a length`);
    const columns = weightsOf(mu).map(Math.log);
    return { h, exponents: { x: mu.points, y: mu.points, scale: 2 * h ** 2, columns } };
  }
  return {
    id: 'kde',
    bias: 'biased by its bandwidth: the score is that of the smoothed cloud',
    async negativeEntropy(mu) {
      const { h, exponents } = smoothing(mu);
      const { data } = await kernel.sums(exponents);
      const weights = weightsOf(mu);
      const logNormalizer = (mu.points.shape[1]! / 2) * Math.log(2 * Math.PI * h ** 2);
      return weights.reduce((sum, w, i) => sum + w * Math.log(data[i]!), -logNormalizer);
    },
    async score(mu) {
      const { points } = mu;
      const { h, exponents } = smoothing(mu);
      const { averages } = await gibbsAverages(kernel, exponents, points);
      return {
        shape: points.shape,
        data: Float64Array.from(averages.data, (m, i) => (m - points.data[i]!) / h ** 2),
      };
    },
    dispose: () => kernel.dispose(),
  };
}

export const kdeDefinition = defineScore({
  id: 'kde',
  title: 'Score of a Gaussian kernel density estimate (biased by its bandwidth)',
  options: z.strictObject({ bandwidth: scoreBandwidthOption.default('silverman') }),
  inject: [ENGINE],
  cite: ['silverman1986density'],
  create: ({ bandwidth }, engine) => kdeScore(engine, bandwidth),
});
