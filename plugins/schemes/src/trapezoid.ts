import { defineScheme, stepFromProx, type Scheme } from '@wasserflow/core';
import { halfExplicitBounds } from './bounds.js';
import { advised } from './explicit-step.js';

/**
 * The trapezoidal rule (Crank-Nicolson): half an explicit step, then half an implicit one,
 *
 * p_h = (id - (gamma / 2) grad_W G(p_n))_# p_n,  p_{n+1} = argmin over rho of G(rho) + W2^2(p_h, rho) / gamma.
 *
 * Of second order. Linearised at the minimiser it is stable for any gamma; far from it the explicit half wants
 * gamma L < 2, lest it fold the measure over itself.
 * @see crank1947practical
 */
export const trapezoid = (): Scheme => ({
  id: 'trapezoid',
  order: 2,
  requires: () => [{ operation: 'gradient' }, { operation: 'push' }, { operation: 'prox' }],
  bounds: halfExplicitBounds,
  init: (measure) => ({ measure }),
  async step({ measure }, problem, context) {
    const { functional, space } = problem;
    const gamma = context.gamma / 2;
    const v: unknown = await space.gradient(functional, measure);
    const half: unknown = await space.push(measure, v, -gamma);
    const { objective: _, moved2: __, ...result } = await space.prox(functional, half, gamma, context);
    return advised(stepFromProx(result), problem, context.gamma);
  },
});

export const trapezoidDefinition = defineScheme({
  id: 'trapezoid',
  title: 'Trapezoid (Crank-Nicolson): half explicit, half JKO; second order',
  cite: ['crank1947practical'],
  create: trapezoid,
});
