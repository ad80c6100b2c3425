import { defineKernel, type Kernel } from '@wasserflow/core';

/**
 * k(x, y) = x . y + 1: positive definite, of finite rank. Under it SVGD moves points by affine maps, so that it is
 * exact between Gaussians and blind to all beyond means and covariances.
 * @see liu2016stein
 */
export const linearKernel = (): Kernel => ({ id: 'linear', linear: true });

export const linearDefinition = defineKernel({
  id: 'linear',
  title: 'Linear kernel x . y + 1: positive definite, sees means and covariances',
  cite: ['liu2016stein'],
  create: linearKernel,
});
