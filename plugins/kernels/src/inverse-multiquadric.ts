import type { RadialFunction } from '@wasserflow/core';
import { ops } from '@wasserflow/tensor';
import { defineRadialKernel } from './radial-kernel.js';

/**
 * (1 + s)^(-1/2): with bandwidth h, the kernel (1 + |x - y|^2 / h^2)^(-1/2). Smooth, positive definite, with tails
 * heavy enough for kernel Stein discrepancies to detect mass that escapes.
 * @see gorham2017measuring
 */
export const inverseMultiquadricProfile: RadialFunction = {
  at: (s) => {
    const value = 1 / Math.sqrt(1 + s);
    const cube = value ** 3;
    return { value, first: -0.5 * cube, second: 0.75 * cube * value ** 2, third: -1.875 * cube * value ** 4 };
  },
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
