import type { RadialFunction } from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';
import { defineRadialKernel } from './radial-kernel.js';

/** e^-80 is nothing beside one, and no subnormal number: those take ten times as long. */
const falling = (s: Tensor): Tensor => ops.exp(ops.maximum(ops.mul(s, -0.5), -80));

/**
 * e^(-s/2): with bandwidth h, the kernel exp(-|x - y|^2 / (2 h^2)). Smooth, positive definite, characteristic.
 * @see gretton2012kernel
 */
export const gaussianProfile: RadialFunction = {
  at: (s) => {
    const value = Math.exp(-s / 2);
    return { value, first: -value / 2, second: value / 4, third: -value / 8 };
  },
  value: falling,
  slope: (s) => ops.mul(falling(s), -0.5),
};

export const gaussianDefinition = defineRadialKernel(
  {
    id: 'gaussian',
    title: 'Gaussian kernel exp(-|x - y|^2 / (2 h^2)): positive definite, smooth',
    cite: ['gretton2012kernel'],
  },
  gaussianProfile,
);
