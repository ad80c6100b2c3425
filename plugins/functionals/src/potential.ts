import { defineFunctional, energy, part, type Distribution, type Functional } from '@wasserflow/core';
import { potentialOf } from './kl.js';

/**
 * The potential energy int V drho, in nats, where V = -log q + const is the potential of the law q: what is left
 * of KL(rho || q) without its entropy. lambda-convex along generalized geodesics when V is lambda-convex; its flow
 * is the gradient descent of each point.
 *
 * @param target - q; needs a potential
 * @throws WasserflowError E_UNSUPPORTED when the target has no potential
 * @see ambrosio2008gradient
 */
export const potentialEnergy = (target: Distribution): Functional =>
  energy('potential', { entropy: 0, potential: potentialOf(target, 'potential'), constant: 0 });

export const potentialDefinition = defineFunctional({
  id: 'potential',
  title: 'Potential energy int V drho, V the potential of a target',
  parts: { target: part('distribution') },
  example: { target: { id: 'gaussian', dimension: 1 } },
  cite: ['ambrosio2008gradient'],
  create: ({ target }) => potentialEnergy(target),
});
