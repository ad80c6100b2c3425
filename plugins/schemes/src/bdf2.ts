import { defineScheme, stepFromProx, type Scheme } from '@wasserflow/core';
import { proximalBounds } from './bounds.js';
import { backwardDifference, twoStep, type TwoStepState } from './two-step.js';

/**
 * The second backward differentiation formula of Wasserstein space:
 *
 * p_{n+1} = argmin over rho of G(rho) + W2^2(p_n, rho) / gamma - W2^2(p_{n-1}, rho) / (4 gamma),
 *
 * with the weights of unequal steps where gamma changes; the first step is a JKO step. Of second order. For d > 1 the
 * objective need not be convex.
 * @see matthes2019variational
 */
export const bdf2 = (): Scheme<TwoStepState> => ({
  id: 'bdf2',
  order: 2,
  requires: () => [{ operation: 'prox' }, { operation: 'anchoredProx' }],
  bounds: (G) => proximalBounds(G),
  init: (measure) => ({ measure }),
  step: (state, problem, context) =>
    twoStep(state, problem, context, async ({ measure, previous, gamma: before }) => {
      const { now, last } = backwardDifference(context.gamma, before);
      const anchors = [
        { weight: now / (2 * context.gamma), measure },
        { weight: -last / (2 * context.gamma), measure: previous },
      ];
      // Its objective and distance are to two measures, not of a step.
      const {
        objective: _,
        moved2: __,
        ...result
      } = await problem.space.anchoredProx(problem.functional, anchors, context);
      return stepFromProx(result);
    }),
});

export const bdf2Definition = defineScheme({
  id: 'bdf2',
  title: 'BDF2: the two-step JKO scheme; second order',
  cite: ['matthes2019variational'],
  create: bdf2,
});
