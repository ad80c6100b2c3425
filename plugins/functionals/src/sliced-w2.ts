import { RANDOM, defineFunctional, part, type Distribution, type Functional } from '@wasserflow/core';
import { dot } from '@wasserflow/geometry';
import type { NdArray, Stream } from '@wasserflow/tensor';
import { z } from 'zod';
import { directionsOf, projected } from './sliced-w2/directions.js';
import { gaussianTarget } from './laws/gaussian-law.js';
import { atomsLine, normalLine, type LineLaw } from './laws/line-law.js';
import { slicedW2OnFlows } from './sliced-w2/flow.js';
import { slicedW2OnGaussians, spread } from './sliced-w2/gaussian.js';
import { slicedW2OnGrid } from './sliced-w2/grid.js';
import { slicedW2OnClouds } from './sliced-w2/particles.js';
import { lazily, lineLaw, samplerOf, samplesOption } from './laws/target-draws.js';
import { w2OnCells } from './w2/grid.js';
import { w2OnLine } from './w2/quantile.js';

export interface SlicedOptions {
  /** Number of directions. */
  readonly projections?: number;
  /** Draws that stand for the target. */
  readonly samples?: number;
}

/** The law of theta . Y: a Gaussian, or the draws. */
function shadow(target: Distribution, theta: readonly number[], draws: () => NdArray): LineLaw {
  const q = gaussianTarget(target);
  if (q) return normalLine(dot(theta, q.mean), spread(q.covariance, theta));
  return atomsLine(Array.from(projected(draws(), theta)).sort((a, b) => a - b));
}

/**
 * The squared sliced Wasserstein distance, halved: the mean over directions theta of
 * W2^2(theta # rho, theta # q) / 2. The directions are fixed: equally spaced in the plane, else drawn once. On the
 * line it is `w2`. With gradient mean theta (theta . x - T_theta(theta . x)). No convexity is claimed.
 *
 * Closed for Gaussians to Gaussians. On clouds against draws made once; on a grid in the plane against the projected
 * Gaussian or those draws, by shadows of its cells on lines, with an error of second order in the size of a cell. On
 * flows a loss of the batch against as many fresh draws, along some of the directions: biased, on average above the
 * value for the laws, the more so the smaller the batch.
 *
 * @param rng - stream of directions and draws
 * @throws WasserflowError E_UNSUPPORTED when q is neither Gaussian nor can be sampled
 * @see bonneel2015sliced
 */
export function slicedW2(
  target: Distribution,
  rng: Stream,
  { projections = 100, samples = 1000 }: SlicedOptions = {},
): Functional {
  const q = gaussianTarget(target);
  const { sample, dimension } = target;
  if (!q) samplerOf(target, 'sliced-w2');
  const own = rng.fork('sliced-w2');
  const directions = directionsOf(dimension, projections, own.fork('directions'));
  const draws = lazily(() => samplerOf(target, 'sliced-w2')(samples, own.fork('draws')));
  const line = lineLaw(target, draws);
  return {
    id: 'sliced-w2',
    target,
    record: { 'sliced-w2.stream': own.key, 'sliced-w2.projections': directions.length, 'sliced-w2.samples': samples },
    facets: {
      ...(q && { gaussian: slicedW2OnGaussians(q, directions) }),
      ...(dimension === 1 && { quantile: w2OnLine(line), grid: w2OnCells(line) }),
      ...(dimension === 2 && { grid: slicedW2OnGrid(directions, (theta) => shadow(target, theta, draws)) }),
      ...(sample && { particles: slicedW2OnClouds(directions, draws), flow: slicedW2OnFlows(sample, directions) }),
    },
  };
}

export const slicedW2Definition = defineFunctional({
  id: 'sliced-w2',
  title: 'Half the squared sliced Wasserstein distance to a target',
  options: z.strictObject({
    projections: z.int({ error: 'expected a whole number of at least 1, e.g. 100' }).min(1).default(100),
    samples: samplesOption,
  }),
  parts: { target: part('distribution') },
  inject: [RANDOM],
  cite: ['bonneel2015sliced'],
  example: { target: { id: 'gaussian', dimension: 2 } },
  create: ({ target, projections, samples }, rng) => slicedW2(target, rng, { projections, samples }),
});
