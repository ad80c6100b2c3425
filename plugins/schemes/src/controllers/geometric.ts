import { defineController, type Controller } from '@wasserflow/core';
import { z } from 'zod';
import { positive, stepSize } from './size.js';

/**
 * gamma_n = min(first ratio^(n - 1), max): small steps where the data are rough, larger ones later.
 * @see xu2023jkoiflow
 */
export const geometricSizes = (first: number, ratio: number, max = Infinity): Controller => ({
  next: (n) => Math.min(first * ratio ** (n - 1), max),
});

export const geometricDefinition = defineController({
  id: 'geometric',
  title: 'Step sizes that grow or shrink by a ratio, up to a largest one',
  options: z.strictObject({ first: stepSize, ratio: positive('a ratio'), max: stepSize.optional() }),
  example: { first: 0.25, ratio: 1.4 },
  cite: ['xu2023jkoiflow'],
  create: ({ first, ratio, max }) => geometricSizes(first, ratio, max),
});
