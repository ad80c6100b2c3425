import { defineController, type Controller } from '@wasserflow/core';
import { z } from 'zod';
import { positive, stepSize } from './size.js';

export interface AdaptiveOptions {
  /** The size to begin with. */
  readonly first: number;
  /** W2 between a step and its two halves that is let pass, a length. */
  readonly tolerance: number;
  readonly max?: number | undefined;
  /** The order of the scheme; as the scheme says, by default. */
  readonly order?: number | undefined;
}

// The usual safety factor, and how fast a size may shrink or grow.
const [SAFETY, LEAST, MOST] = [0.9, 0.2, 5];

/**
 * Step sizes by step doubling: a step and its two halves differ by some err in W2; accepted where err <= tolerance, the
 * size to go on with is
 *
 * gamma' = gamma min(5, max(1/5, 0.9 (tolerance / err)^(1 / (p + 1)))),
 *
 * p the order of the scheme, and at most `max`. A rejected step is made again with that size; a step that is not finite
 * counts as an infinite error. Deterministic: the sizes are those of the accepted steps' info. For schemes without
 * random numbers; noise is an error that does not fall with gamma^(p + 1).
 * @see hairer1993solving
 */
export function adaptiveSize({ first, tolerance, max = Infinity, order = 1 }: AdaptiveOptions): Controller {
  const factor = (error: number): number => SAFETY * (tolerance / error) ** (1 / (order + 1));
  return {
    requires: [{ operation: 'distance2' }],
    next: (_, last) => Math.min(last?.info['proposed'] ?? first, max),
    judge: ({ gamma, error }) => ({
      accept: error <= tolerance,
      size: Math.min(max, gamma * Math.min(MOST, Math.max(LEAST, factor(error)))),
    }),
  };
}

export const adaptiveDefinition = defineController({
  id: 'adaptive',
  title: 'Step sizes by step doubling, with rejection',
  options: z.strictObject({
    first: stepSize,
    tolerance: positive('a tolerance'),
    max: stepSize.optional(),
    order: positive('an order').optional(),
  }),
  cite: ['hairer1993solving'],
  example: { first: 0.1, tolerance: 1e-3 },
  create: (options) => ({
    ...adaptiveSize(options),
    bind: ({ scheme }) => adaptiveSize({ ...options, order: options.order ?? scheme.order }),
  }),
});
