import type { RadialFunction } from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';
import { defineRadialKernel } from './radial-kernel.js';

/** Squared distances below count as this one in a quotient by the distance: no point acts on itself. */
const NEAREST = 1e-30;

/** 1 / sqrt(s), and 0 at s = 0. */
const inverseDistance = (s: Tensor): Tensor => ops.mul(ops.step(s), ops.rsqrt(ops.maximum(s, NEAREST)));

/** Differentiable at zero, with slope zero there. */
const distance = (s: Tensor): Tensor => ops.mul(s, inverseDistance(s));

const falling = (s: Tensor): Tensor => ops.exp(ops.maximum(ops.neg(distance(s)), -80));

function jet(s: number): { value: number; first: number; second: number } {
  const r = Math.sqrt(s);
  const value = Math.exp(-r);
  if (s === 0) return { value, first: 0, second: 0 };
  return { value, first: -value / (2 * r), second: (value * (1 + 1 / r)) / (4 * s) };
}

/**
 * e^(-sqrt s): with bandwidth h, the kernel exp(-|x - y| / h). Positive definite, with a kink where points meet.
 * @see gretton2012kernel
 */
export const laplaceProfile: RadialFunction = {
  at: jet,
  value: falling,
  slope: (s) => ops.mul(ops.mul(falling(s), inverseDistance(s)), -0.5),
};

export const laplaceDefinition = defineRadialKernel(
  {
    id: 'laplace',
    title: 'Laplace kernel exp(-|x - y| / h): positive definite, with a kink',
    cite: ['gretton2012kernel'],
  },
  laplaceProfile,
);
