import { defineScheme, stepFromProx, type Scheme } from '@wasserflow/core';
import { proximalBounds } from './bounds.js';
import { explicitStep } from './explicit-step.js';

/**
 * The implicit midpoint rule: half a JKO step, then as far again along the geodesic,
 *
 * p_h = argmin over rho of G(rho) + W2^2(p_n, rho) / gamma,  p_{n+1} = (2 id - T)_# p_h,
 *
 * T the Brenier map from p_h back to p_n. Of second order; linearised at the minimiser its multipliers are
 * (1 - gamma h / 2) / (1 + gamma h / 2), h the curvatures of G, so that it is stable for any gamma.
 * @see legendre2017second
 */
export const implicitMidpoint = (): Scheme => ({
  id: 'implicit-midpoint',
  order: 2,
  requires: () => [{ operation: 'prox' }, { operation: 'transport' }, { operation: 'push' }],
  bounds: (G) => proximalBounds(G, 1 / 2),
  init: (measure) => ({ measure }),
  async step({ measure }, problem, context) {
    const { functional, space } = problem;
    const { objective: _, moved2: __, ...half } = await space.prox(functional, measure, context.gamma / 2, context);
    if (half.status === 'non-finite') return stepFromProx(half);
    const back: unknown = await space.transport(half.measure, measure);
    const { info, status, message } = stepFromProx(half);
    const step = explicitStep(await space.push(half.measure, back, -1), problem, context.gamma, info);
    return step.status === 'ok' ? { ...step, status, ...(message !== undefined && { message }) } : step;
  },
});

export const implicitMidpointDefinition = defineScheme({
  id: 'implicit-midpoint',
  title: 'Implicit midpoint: half a JKO step, then as far again; second order',
  cite: ['legendre2017second'],
  create: implicitMidpoint,
});
