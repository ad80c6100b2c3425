import { defineScheme, type Scheme } from '@wasserflow/core';
import { driftBounds } from './bounds.js';
import { explicitStep } from './explicit-step.js';
import { requireDiffusion } from './split.js';

/**
 * The unadjusted Langevin algorithm, for G = int V + a H:
 *
 * X' = X - gamma grad V(X) + sqrt(2 gamma a) Z,  Z ~ N(0, I).
 *
 * Its stationary law is biased: for V = lambda x^2 / 2 and a = 1 the variance is 1 / (lambda (1 - gamma lambda / 2)).
 * Stable for gamma L < 2. On space `gaussian` the state is the exact law of X.
 * @see durmus2019analysis
 */
export const langevin = (): Scheme => ({
  id: 'langevin',
  requires: (G) => [
    { operation: 'gradient', functional: requireDiffusion(G).smooth },
    { operation: 'push' },
    { operation: 'diffuse' },
  ],
  bounds: driftBounds,
  init: (measure) => ({ measure }),
  async step({ measure }, problem, { gamma, rng }) {
    const { functional, space } = problem;
    const { smooth, entropy } = requireDiffusion(functional);
    const v: unknown = await space.gradient(smooth, measure);
    const drifted: unknown = await space.push(measure, v, -gamma);
    return explicitStep(await space.diffuse(drifted, 2 * gamma * entropy, rng), problem, gamma);
  },
});

export const langevinDefinition = defineScheme({
  id: 'langevin',
  title: 'Unadjusted Langevin: explicit in the potential, noise for the entropy',
  cite: ['durmus2019analysis'],
  create: langevin,
});
