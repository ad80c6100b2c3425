import { defineScheme, stepFromProx, type Scheme } from '@wasserflow/core';
import { proximalBounds } from './bounds.js';
import { backwardDifference, twoStep, type TwoStepState } from './two-step.js';

/**
 * BDF2 by extrapolation: the geodesic from p_{n-1} through p_n is continued to t = 4/3 in the metric sense, then a JKO
 * step of size 2 gamma / 3 is made from there,
 *
 * p_e = argmin over rho of W2^2(p_n, rho) / (t - 1) - W2^2(p_{n-1}, rho) / t,  p_{n+1} = JKO_{2 gamma / 3}(p_e),
 *
 * with t and the size of unequal steps where gamma changes; the first step is a JKO step. Both problems are convex.
 * Of second order; equal to `bdf2` in one dimension while p_e needs no projection.
 * @see gallouet2024geodesic
 */
export const extrapolatedBdf2 = (): Scheme<TwoStepState> => ({
  id: 'extrapolated-bdf2',
  order: 2,
  requires: () => [{ operation: 'prox' }, { operation: 'extrapolate' }],
  bounds: (G) => proximalBounds(G),
  init: (measure) => ({ measure }),
  step: (state, problem, context) =>
    twoStep(state, problem, context, async ({ measure, previous, gamma: before }) => {
      const { functional, space } = problem;
      const { now, next } = backwardDifference(context.gamma, before);
      const from: unknown = await space.extrapolate(previous, measure, now / next);
      const { objective: _, moved2: __, ...result } = await space.prox(functional, from, context.gamma / next, context);
      return stepFromProx(result);
    }),
});

export const extrapolatedBdf2Definition = defineScheme({
  id: 'extrapolated-bdf2',
  title: 'BDF2 by metric extrapolation, then JKO; second order',
  cite: ['gallouet2024geodesic'],
  create: extrapolatedBdf2,
});
