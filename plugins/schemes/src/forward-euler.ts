import { defineScheme, type Scheme } from '@wasserflow/core';
import { explicitBounds } from './bounds.js';
import { explicitStep } from './explicit-step.js';
import { explicitLimit } from './limits.js';

/**
 * Forward Euler, the gradient descent of Wasserstein space:
 *
 * p_{n+1} = (id - gamma grad_W G(p_n))_# p_n.
 *
 * Stable only for gamma L < 1, for gamma L < 2 where G has no entropy; where the entropy lives on cells, as on spaces
 * `quantile` and `grid`, only below about half their squared size. On the Kullback-Leibler divergence the minimiser is
 * a fixed point (no bias), but for gamma lambda > 2 there are others.
 * @see ambrosio2008gradient
 */
export const forwardEuler = (): Scheme => ({
  id: 'forward-euler',
  requires: () => [{ operation: 'gradient' }, { operation: 'push' }],
  bounds: explicitBounds,
  limitAt: explicitLimit(),
  init: (measure) => ({ measure }),
  async step({ measure }, problem, { gamma }) {
    const { functional, space } = problem;
    const v: unknown = await space.gradient(functional, measure);
    return explicitStep(await space.push(measure, v, -gamma), problem, gamma);
  },
});

export const forwardEulerDefinition = defineScheme({
  id: 'forward-euler',
  title: 'Forward Euler: Wasserstein gradient descent',
  cite: ['ambrosio2008gradient'],
  create: forwardEuler,
});
