import { defineController, type Controller } from '@wasserflow/core';
import { z } from 'zod';
import { stepSize } from './size.js';

/** gamma_n = size. */
export const constantSize = (size: number): Controller => ({ next: () => size });

export const constantDefinition = defineController({
  id: 'constant',
  title: 'The same step size throughout',
  options: z.strictObject({ size: stepSize }),
  example: { size: 0.1 },
  create: ({ size }) => constantSize(size),
});
