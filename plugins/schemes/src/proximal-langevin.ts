import { defineScheme, stepFromProx, stepTo, type Scheme } from '@wasserflow/core';
import { z } from 'zod';
import { proximalBounds } from './bounds.js';
import { requireDiffusion } from './split.js';

/** Which half comes first. */
export type ProximalLangevinOrder = 'prox-first' | 'heat-first';

/**
 * The proximal Langevin algorithm, implicit in the potential and noise for the entropy, for G = int V + a H:
 *
 * X' = prox_{gamma V}(X) + sqrt(2 gamma a) Z  (`prox-first`),  X' = prox_{gamma V}(X + sqrt(2 gamma a) Z)  (`heat-first`).
 *
 * Stable for any gamma where V is convex. Its stationary law is biased: for V = l x^2 / 2 and a = 1 the variance is
 * 2 (1 + gamma l)^2 / (l (2 + gamma l)), and 2 / (l (2 + gamma l)).
 * @see bernton2018langevin, wibisono2019proximal
 */
export const proximalLangevin = (order: ProximalLangevinOrder = 'prox-first'): Scheme => ({
  id: 'proximal-langevin',
  requires: (G) => [{ operation: 'prox', functional: requireDiffusion(G).smooth }, { operation: 'diffuse' }],
  bounds: (G) => proximalBounds(G),
  init: (measure) => ({ measure }),
  async step({ measure }, { functional, space }, context) {
    const { gamma, rng } = context;
    const { smooth, entropy } = requireDiffusion(functional);
    const diffuse = (mu: unknown): Promise<unknown> => space.diffuse(mu, 2 * gamma * entropy, rng.fork('heat'));
    const from: unknown = order === 'heat-first' ? await diffuse(measure) : measure;
    // The solve's objective and distance are of its own half, not of the step.
    const { objective: _, moved2: __, ...result } = await space.prox(smooth, from, gamma, context);
    const step = stepFromProx(result);
    if (order === 'heat-first' || step.status === 'non-finite') return step;
    return { ...step, ...stepTo(await diffuse(result.measure), step.info), status: step.status };
  },
});

export const proximalLangevinDefinition = defineScheme({
  id: 'proximal-langevin',
  title: 'Proximal Langevin: implicit in the potential, noise for the entropy',
  options: z.strictObject({ order: z.enum(['prox-first', 'heat-first']).default('prox-first') }),
  cite: ['bernton2018langevin', 'wibisono2019proximal'],
  create: ({ order }) => proximalLangevin(order),
});
