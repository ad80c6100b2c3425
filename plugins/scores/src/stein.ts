import { defineScore, ENGINE, type ParticleMeasure, type RadialFunction, type ScoreEstimator } from '@wasserflow/core';
import { momentColumns, placed, meanOf, awayFrom, radialProducts, weightsOf } from '@wasserflow/geometry';
import { ops, type Engine, type NdArray } from '@wasserflow/tensor';
import { z } from 'zod';
import { scoreBandwidthFor, scoreBandwidthOption, type ScoreBandwidth } from './bandwidth.js';
import { conjugateGradients } from './conjugate-gradients.js';

export interface SteinOptions {
  /** h of the kernel exp(-|x - y|^2 / (2 h^2)): a length, or a rule. */
  readonly bandwidth: ScoreBandwidth;
  /** Share of the identity added to the kernel matrix, whose diagonal is one, per point. */
  readonly ridge: number;
}

/** e^(-s/2), and nothing below e^-80. */
const gaussian: RadialFunction = {
  at: (s) => ({ value: Math.exp(-s / 2), first: -Math.exp(-s / 2) / 2, second: Math.exp(-s / 2) / 4 }),
  value: (s) => ops.exp(ops.maximum(ops.mul(s, -0.5), -80)),
  slope: (s) => ops.mul(ops.exp(ops.maximum(ops.mul(s, -0.5), -80)), -0.5),
};

/** Points in units of the bandwidth, about their mean. */
function normalised(
  mu: ParticleMeasure,
  bandwidth: ScoreBandwidth,
): { points: NdArray; h: number; weights: Float64Array } {
  const weights = weightsOf(mu);
  const h = scoreBandwidthFor(bandwidth, mu);
  return { points: placed(mu.points, meanOf(mu.points, weights), 1 / h), h, weights };
}

/** The rows of U times a number of their own. */
const scaleRows = ({ shape, data }: NdArray, factors: Float64Array): NdArray => ({
  shape,
  data: Float64Array.from(data, (v, i) => v * factors[Math.floor(i / shape[1]!)]!),
});

export type SteinScore = ScoreEstimator & { dispose(): Promise<void> };

const TOLERANCE = 1e-6;

/**
 * The Stein gradient estimator: the g that fits Stein's identity E[k(x_i, .) g + grad k(x_i, .)] = 0 at every point,
 * by ridge regression,
 *
 * (K + ridge n I) g = -b with K_ij = k(x_i, x_j) and b_i = sum_j grad_{x_j} k(x_i, x_j)
 *
 * for equal weights; for others each sum over j is weighted by n w_j. Biased by ridge and bandwidth.
 *
 * Solved by conjugate gradients with products in tiles: memory O(n d), time O(n^2) per iteration.
 *
 * @throws WasserflowError E_NUMERICS when the system is not solved to 1e-6 within 500 iterations
 * @see li2018gradient
 */
export function steinScore(engine: Engine, { bandwidth, ridge }: SteinOptions): SteinScore {
  const products = radialProducts(engine);
  return {
    id: 'stein',
    bias: 'biased by its ridge and its bandwidth',
    async score(mu) {
      const { points, h, weights } = normalised(mu, bandwidth);
      const roots = weights.map(Math.sqrt);
      const pairs = { f: gaussian, x: points, y: points };
      const { data } = (await products.run({ ...pairs, slopes: momentColumns(points, weights) })).slopes;
      // grad_y k = -2 f' (x - y), and W^(1/2) K W^(1/2) + ridge I is symmetric.
      const b: NdArray = { shape: points.shape, data: awayFrom(points, data, 2) };
      const product = async (U: NdArray): Promise<NdArray> => {
        const KU = (await products.run({ ...pairs, values: scaleRows(U, roots) })).values;
        const data = Float64Array.from(scaleRows(KU, roots).data, (v, i) => v + ridge * U.data[i]!);
        return { shape: U.shape, data };
      };
      const options = { tolerance: TOLERANCE, maxIterations: 500 };
      const g = await conjugateGradients(product, scaleRows(b, roots), options);
      return scaleRows(
        g,
        roots.map((root) => 1 / (h * root)),
      );
    },
    dispose: () => products.dispose(),
  };
}

const ridge = {
  error: ({ input }: { input?: unknown }) => `expected a ridge above 0, e.g. 0.001, but got ${JSON.stringify(input)}`,
};

export const steinDefinition = defineScore({
  id: 'stein',
  title: 'Stein gradient estimator (biased by its ridge and its bandwidth)',
  options: z.strictObject({
    bandwidth: scoreBandwidthOption.default('median'),
    ridge: z.number(ridge).positive(ridge).default(1e-3),
  }),
  inject: [ENGINE],
  cite: ['li2018gradient'],
  create: (options, engine) => steinScore(engine, options),
});
