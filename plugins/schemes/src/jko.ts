import { defineScheme, stepFromProx, type Scheme } from '@wasserflow/core';
import { proximalBounds } from './bounds.js';

/**
 * The JKO scheme, the proximal point method of Wasserstein space:
 *
 * p_{n+1} = argmin over rho of G(rho) + W2^2(p_n, rho) / (2 gamma).
 *
 * Stable for any gamma where G is convex along generalized geodesics; W2 to the minimiser then shrinks by
 * 1 / (1 + gamma lambda) a step.
 * @see jordan1998variational, cheng2023convergence
 */
export const jko = (): Scheme => ({
  id: 'jko',
  requires: () => [{ operation: 'prox' }],
  bounds: (G) => proximalBounds(G),
  init: (measure) => ({ measure }),
  step: async ({ measure }, { functional, space }, context) =>
    stepFromProx(await space.prox(functional, measure, context.gamma, context)),
});

export const jkoDefinition = defineScheme({
  id: 'jko',
  title: 'JKO: the implicit Euler (proximal point) scheme',
  cite: ['jordan1998variational', 'cheng2023convergence'],
  create: jko,
});
