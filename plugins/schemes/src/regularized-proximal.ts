import { defineScheme, type Scheme } from '@wasserflow/core';
import { z } from 'zod';
import { biasBounds } from './bounds.js';
import { positive } from './controllers/size.js';
import { explicitStep } from './explicit-step.js';
import { requireDiffusion } from './split.js';

/**
 * Backward regularized Wasserstein proximal (BRWP) descent, for G = int V + a H: deterministic, with the score of the
 * regularised proximal point rho_T, which is in closed form,
 *
 * p_{n+1} = (id - gamma (grad V + a grad log rho_T))_# p_n,  rho_T = int K(., y) dp_n(y),
 * K(x, y) proportional to exp(-(V(x) + |x - y|^2 / (2 T)) / (2 a)).
 *
 * Biased: on a Gaussian target with precision l the variance tends to a (1 - T^2 l^2) / l, so that T L has to be below
 * one.
 *
 * @param time - T; the step size by default
 * @see tan2024noise, li2023kernel
 */
export const regularizedProximal = (time?: number): Scheme => ({
  id: 'regularized-proximal',
  requires(G) {
    requireDiffusion(G);
    return [{ operation: 'regularizedGradient' }, { operation: 'push' }];
  },
  ...(time === undefined && { bounds: (G) => biasBounds(G, 'its stationary law can degenerate') }),
  init: (measure) => ({ measure }),
  async step({ measure }, problem, { gamma }) {
    const { functional, space } = problem;
    const v: unknown = await space.regularizedGradient(functional, measure, time ?? gamma);
    return explicitStep(await space.push(measure, v, -gamma), problem, gamma);
  },
});

export const regularizedProximalDefinition = defineScheme({
  id: 'regularized-proximal',
  title: 'Regularized Wasserstein proximal (BRWP): deterministic, the score in closed form',
  options: z.strictObject({ time: positive('a time').optional() }),
  cite: ['tan2024noise', 'li2023kernel'],
  create: ({ time }) => regularizedProximal(time),
});
