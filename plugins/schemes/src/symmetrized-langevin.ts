import { defineScheme, stepFromProx, type Scheme } from '@wasserflow/core';
import { proximalBounds } from './bounds.js';
import { advised } from './explicit-step.js';
import { requireDiffusion } from './split.js';

/**
 * The symmetrized Langevin algorithm, for G = int V + a H: half an explicit step of V, the noise of a whole step,
 * half an implicit step of V:
 *
 * X' = prox_{gamma V / 2}(X - (gamma / 2) grad V(X) + sqrt(2 gamma a) Z),  Z ~ N(0, I).
 *
 * Stable for any gamma on quadratic V, and unbiased there: its stationary law is the Gaussian target itself.
 * @see wibisono2018sampling
 */
export const symmetrizedLangevin = (): Scheme => ({
  id: 'symmetrized-langevin',
  requires(G) {
    const { smooth } = requireDiffusion(G);
    return [
      { operation: 'gradient', functional: smooth },
      { operation: 'push' },
      { operation: 'diffuse' },
      { operation: 'prox', functional: smooth },
    ];
  },
  bounds: (G) => proximalBounds(G, 1 / 2),
  init: (measure) => ({ measure }),
  async step({ measure }, problem, context) {
    const { functional, space } = problem;
    const { smooth, entropy } = requireDiffusion(functional);
    const half = context.gamma / 2;
    const v: unknown = await space.gradient(smooth, measure);
    const drifted: unknown = await space.push(measure, v, -half);
    const warm: unknown = await space.diffuse(drifted, 4 * half * entropy, context.rng.fork('heat'));
    const { objective: _, moved2: __, ...result } = await space.prox(smooth, warm, half, context);
    return advised(stepFromProx(result), problem, context.gamma);
  },
});

export const symmetrizedLangevinDefinition = defineScheme({
  id: 'symmetrized-langevin',
  title: 'Symmetrized Langevin: half explicit, noise, half implicit; unbiased on Gaussians',
  cite: ['wibisono2018sampling'],
  create: symmetrizedLangevin,
});
