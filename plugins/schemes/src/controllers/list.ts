import { defineController, type Controller } from '@wasserflow/core';
import { z } from 'zod';
import { stepSize } from './size.js';

/** gamma_n = sizes[n - 1]; a longer run stops at the end of the list. */
export const listedSizes = (sizes: readonly number[]): Controller => ({ next: (n) => sizes[n - 1] ?? 'stop' });

export const listDefinition = defineController({
  id: 'list',
  title: 'Step sizes one by one',
  options: z.strictObject({ sizes: z.array(stepSize).min(1, 'a list of step sizes has at least one') }),
  example: { sizes: [0.4, 0.2] },
  create: ({ sizes }) => listedSizes(sizes),
});
