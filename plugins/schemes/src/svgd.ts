import { defineScheme, ensure, part, type Kernel, type Scheme } from '@wasserflow/core';
import { explicitStep } from './explicit-step.js';

/**
 * Stein variational gradient descent: forward Euler along the gradient smoothed by a kernel,
 *
 * p_{n+1} = (id - gamma v)_# p_n,  v(x) = int k(x, y) grad_W G(p_n)(y) dp_n(y),
 *
 * where the entropy is integrated by parts, so that no density is needed: for KL
 * -v(x) = E_y [k(x, y) score(y) + grad_y k(x, y)]. The target is a fixed point of the flow of laws; a cloud of n points
 * ends near it, with too little spread where n is small against d. Which steps are stable hangs on kernel and measure
 * at once: no limit is known from lambda and L.
 *
 * @param kernel - k, positive definite; a bandwidth rule of it is applied anew at each step
 * @throws WasserflowError E_UNSUPPORTED for a kernel that is positive definite only conditionally
 * @see liu2016stein
 */
export function svgd(kernel: Kernel): Scheme {
  ensure(
    !kernel.conditional,
    'E_UNSUPPORTED',
    `\`svgd\` needs a positive definite kernel, and \`${kernel.id}\` is so only conditionally; use { id: gaussian }`,
    'kernel',
  );
  return {
    id: 'svgd',
    requires: () => [{ operation: 'kernelGradient' }, { operation: 'push' }],
    init: (measure) => ({ measure }),
    async step({ measure }, problem, { gamma }) {
      const { functional, space } = problem;
      const v: unknown = await space.kernelGradient(functional, kernel, measure);
      return explicitStep(await space.push(measure, v, -gamma), problem, gamma);
    },
  };
}

export const svgdDefinition = defineScheme({
  id: 'svgd',
  title: 'Stein variational gradient descent: the gradient smoothed by a kernel',
  parts: { kernel: part('kernel') },
  cite: ['liu2016stein'],
  example: { kernel: 'linear' },
  create: ({ kernel }) => svgd(kernel),
});
