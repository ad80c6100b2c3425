/** Space `quantile`: laws on the line by their quantile functions, exact in float64. */
import { definePlugin, defineSpace, INITIAL } from '@wasserflow/core';
import { z } from 'zod';
import { quantileSpace } from './space.js';

export { quantileSpace, type QuantileOptions } from './space.js';
export { gradientOf, valueOf } from './calculus.js';
export { distance2 } from './distance.js';
export { derivatives, type Hessian, type NodeFunction } from './energy/node-function.js';
export { termsFunction } from './energy/terms.js';
export { requantise, type Quantiles } from './law/requantise.js';
export { measureOf, nodesOf } from './measure.js';
export { anchoredProx, prox } from './prox.js';

export default definePlugin({
  name: '@wasserflow/space-quantile',
  contract: 1,
  contributes: [
    defineSpace({
      id: 'quantile',
      title: 'Laws on the line by their quantile functions, exact in float64',
      options: z.object({
        nodes: z.int({ error: 'expected a whole number' }).min(2, { error: 'expected 2 or more' }).default(200),
        kind: z.enum(['linear', 'atoms'], { error: 'expected `linear` or `atoms`' }).default('linear'),
      }),
      inject: [INITIAL],
      cite: ['santambrogio2015optimal', 'blanchet2008convergence', 'matthes2014convergence'],
      create: (options, initial) => quantileSpace(initial, options),
    }),
  ],
});
