import { defineDistribution, type Distribution } from '@wasserflow/core';
import { z } from 'zod';
import { dimensionOption } from './separable.js';
import { wellLaw } from './wells.js';

/**
 * V(x) = sum_i (x_i^2 - 1)^2 / 4: wells at -1 and 1 with a barrier of 1/4 between, (-1)-convex. Draws are exact, by
 * rejection.
 *
 * @throws WasserflowError E_ARGUMENT when the dimension is not a whole number of at least 1
 */
export const doubleWell = ({ dimension = 1 }: { readonly dimension?: number } = {}): Distribution =>
  wellLaw('double-well', dimension, { w: 1, c: 1 / 4 });

export const doubleWellDefinition = defineDistribution({
  id: 'double-well',
  title: 'Double well: exp(-(x^2 - 1)^2 / 4) in each coordinate',
  options: z.strictObject({ dimension: dimensionOption }),
  create: doubleWell,
});
