import { defineScheme, type Scheme } from '@wasserflow/core';
import { explicitStep } from './explicit-step.js';
import { requireDiffusion } from './split.js';

/**
 * The Metropolis-adjusted Langevin algorithm, for G = int V + a H: each point proposes the Langevin step
 *
 * Y = X - gamma grad V(X) + sqrt(2 gamma a) Z,  Z ~ N(0, I),
 *
 * and goes there with probability min(1, q(Y) k(Y, X) / (q(X) k(X, Y))), q = e^(-V / a), k the density of a proposal;
 * else it stays. Unbiased for any gamma; one that is too large is rejected more often (`acceptance` in the info).
 * @see roberts1996exponential
 */
export const mala = (): Scheme => ({
  id: 'mala',
  requires(G) {
    requireDiffusion(G);
    return [{ operation: 'metropolis' }];
  },
  init: (measure) => ({ measure }),
  async step({ measure }, problem, { gamma, rng }) {
    const { functional, space } = problem;
    const { measure: next, acceptance } = await space.metropolis(functional, measure, gamma, rng);
    return explicitStep(next, problem, gamma, { acceptance });
  },
});

export const malaDefinition = defineScheme({
  id: 'mala',
  title: 'Metropolis-adjusted Langevin: unbiased',
  cite: ['roberts1996exponential'],
  create: mala,
});
