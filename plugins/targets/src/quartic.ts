import { defineDistribution, type Distribution } from '@wasserflow/core';
import { z } from 'zod';
import { dimensionOption } from './separable.js';
import { wellLaw } from './wells.js';

/**
 * V(x) = sum_i x_i^4 / 4, with log Z = d log(Gamma(1/4) / sqrt 2): 0-convex, and smooth nowhere far out. Draws are
 * exact, by rejection.
 *
 * @throws WasserflowError E_ARGUMENT when the dimension is not a whole number of at least 1
 */
export const quartic = ({ dimension = 1 }: { readonly dimension?: number } = {}): Distribution =>
  wellLaw('quartic', dimension, { w: 0, c: 1 / 2 });

export const quarticDefinition = defineDistribution({
  id: 'quartic',
  title: 'Quartic: exp(-x^4 / 4) in each coordinate',
  options: z.strictObject({ dimension: dimensionOption }),
  create: quartic,
});
