import { defineScheme, stepFromProx, type Scheme } from '@wasserflow/core';
import { biasBounds } from './bounds.js';
import { advised } from './explicit-step.js';
import { requireSplit } from './split.js';

/**
 * Forward-backward, the proximal gradient method of Wasserstein space, for G = int V + a H:
 *
 * p_h = (id - gamma grad V)_# p_n,  p_{n+1} = argmin over rho of a H(rho) + W2^2(p_h, rho) / (2 gamma).
 *
 * Unbiased for gamma L <= 1; beyond that it converges to a wrong law, and for gamma L > 2 it diverges.
 * @see salim2020wasserstein, diao2023forward
 */
export const forwardBackward = (): Scheme => ({
  id: 'forward-backward',
  requires(G) {
    const { smooth, proximable } = requireSplit(G);
    return [
      { operation: 'gradient', functional: smooth },
      { operation: 'push' },
      { operation: 'prox', functional: proximable },
    ];
  },
  bounds: (G) => biasBounds(G, 'it can converge to a wrong law'),
  init: (measure) => ({ measure }),
  async step({ measure }, problem, context) {
    const { functional, space } = problem;
    const { smooth, proximable } = requireSplit(functional);
    const v: unknown = await space.gradient(smooth, measure);
    const half: unknown = await space.push(measure, v, -context.gamma);
    // The backward solve's objective and distance are of its own half step, not of the step.
    const { objective: _, moved2: __, ...result } = await space.prox(proximable, half, context.gamma, context);
    return advised(stepFromProx(result), problem, context.gamma);
  },
});

export const forwardBackwardDefinition = defineScheme({
  id: 'forward-backward',
  title: 'Forward-backward: explicit in the potential, JKO in the entropy',
  cite: ['salim2020wasserstein', 'diao2023forward'],
  create: forwardBackward,
});
