import {
  defineFunctional,
  energy,
  ensure,
  part,
  type Distribution,
  type Functional,
  type Potential,
} from '@wasserflow/core';

/**
 * The potential V = -log q + const of a law.
 * @throws WasserflowError E_UNSUPPORTED when the law is known by its samples only.
 */
export function potentialOf({ id, potential }: Distribution, user: string): Potential {
  ensure(
    potential,
    'E_UNSUPPORTED',
    `\`${user}\` needs a law with a known density, but \`${id}\` is known by samples only; use a target such as { id: gaussian, ... }`,
  );
  return potential;
}

/**
 * The Kullback-Leibler divergence KL(rho || q) = int rho log rho + int V drho + log Z to q = e^-V / Z, in nats.
 *
 * Where the target does not know log Z, values are up to that constant; steps do not depend on it. lambda-convex
 * along generalized geodesics when V is lambda-convex.
 *
 * @param target - q; needs a potential
 * @throws WasserflowError E_UNSUPPORTED when the target has no potential
 * @see jordan1998variational, ambrosio2008gradient
 */
export function kl(target: Distribution): Functional {
  const potential = potentialOf(target, 'kl');
  return energy('kl', { entropy: 1, potential, constant: target.logNormalizer ?? 0 }, target);
}

export const klDefinition = defineFunctional({
  id: 'kl',
  title: 'Kullback-Leibler divergence to a target, in nats',
  parts: { target: part('distribution') },
  example: { target: { id: 'gaussian', dimension: 1 } },
  cite: ['jordan1998variational', 'ambrosio2008gradient'],
  create: ({ target }) => kl(target),
});
