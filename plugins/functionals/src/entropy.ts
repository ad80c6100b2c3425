import { defineFunctional, energy, type Functional } from '@wasserflow/core';

/**
 * The negative entropy int rho log rho, in nats: its flow is the heat flow. 0-convex along generalized geodesics;
 * it has no minimiser on R^d.
 * @see jordan1998variational
 */
export const entropy = (): Functional => energy('entropy', { entropy: 1, constant: 0 });

export const entropyDefinition = defineFunctional({
  id: 'entropy',
  title: 'Negative entropy, int rho log rho, in nats',
  cite: ['jordan1998variational'],
  create: entropy,
});
