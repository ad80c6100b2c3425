import type { RadialFunction } from '@wasserflow/core';
import { ops } from '@wasserflow/tensor';
import { defineRadialKernel } from './radial-kernel.js';

/**
 * (1 + s)^(-1/2): with bandwidth h, the kernel (1 + |x - y|^2 / h^2)^(-1/2). Smooth, positive definite, with tails
 * heavy enough for kernel Stein discrepancies to detect mass that escapes.
 * @see gorham2017measuring
 */
export const inverseMultiquadricProfile: RadialFunction = {
  at: (s) => ({ value: (1 + s) ** -0.5, first: -0.5 * (1 + s) ** -1.5, second: 0.75 * (1 + s) ** -2.5 }),
  value: (s) => ops.rsqrt(ops.add(s, 1)),
  slope: (s) => {
    const r = ops.rsqrt(ops.add(s, 1));
    return ops.mul(ops.mul(r, ops.square(r)), -0.5);
  },
};

export const inverseMultiquadricDefinition = defineRadialKernel(
  {
    id: 'inverse-multiquadric',
    title: 'Inverse multiquadric kernel (1 + |x - y|^2 / h^2)^(-1/2): positive definite, heavy tails',
    cite: ['gorham2017measuring'],
  },
  inverseMultiquadricProfile,
);
