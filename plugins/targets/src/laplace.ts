import { defineDistribution, ensure, type Distribution } from '@wasserflow/core';
import { ops, type Stream } from '@wasserflow/tensor';
import { z } from 'zod';
import {
  dimensionOption,
  drawCoordinates,
  ensureDimension,
  separablePotential,
  type LinePotential,
} from './separable.js';

/** |x| / b, whose slope at its kink is given as 0. */
const absolute = (b: number): LinePotential => ({
  at: (x) => ({ value: Math.abs(x) / b, first: Math.sign(x) / b, second: 0 }),
  value: (x) => ops.mul(ops.abs(x), 1 / b),
  slope: (x) => ops.mul(ops.sign(x), 1 / b),
});

/** By inversion of the distribution function, at the middles of the intervals that uniform numbers stand for. */
const drawLaplace =
  (b: number) =>
  (count: number, rng: Stream): Float64Array =>
    Float64Array.from(rng.uniform([count]).data, (u) => {
      const level = 2 * (u + 2 ** -25) - 1;
      return -b * Math.sign(level) * Math.log1p(-Math.abs(level));
    });

export interface LaplaceOptions {
  readonly dimension?: number;
  /** b, a length. */
  readonly scale?: number;
}

/**
 * V(x) = sum_i |x_i| / b, with log Z = d log(2 b): 0-convex, and not differentiable where a coordinate is 0, so
 * that proximal steps (soft thresholds) suit it better than gradients.
 *
 * @throws WasserflowError E_ARGUMENT when b is not positive or the dimension no whole number of at least 1
 */
export function laplace({ dimension = 1, scale = 1 }: LaplaceOptions = {}): Distribution {
  ensureDimension(dimension);
  ensure(scale > 0 && scale < Infinity, 'E_ARGUMENT', `\`scale\` is ${scale}; it must be above 0`);
  const logNormalizer = dimension * Math.log(2 * scale);
  return {
    id: 'laplace',
    dimension,
    potential: separablePotential(absolute(scale), dimension, { convexity: 0 }),
    logNormalizer,
    negativeEntropy: -(logNormalizer + dimension),
    sample: (n, rng) => drawCoordinates(n, dimension, drawLaplace(scale), rng),
  };
}

export const laplaceDefinition = defineDistribution({
  id: 'laplace',
  title: 'A Laplace law in each coordinate',
  options: z.strictObject({ dimension: dimensionOption, scale: z.number().default(1) }),
  create: laplace,
});
