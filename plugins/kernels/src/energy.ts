import { defineKernel, type Kernel, type RadialFunction } from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';
import { z } from 'zod';

/** Squared distances below count as this one in a negative power: no point acts on itself. */
const NEAREST = 1e-30;

/** s^p, and 0 at s = 0; at r = 1 by square roots, which are faster than powers. */
function powerOf(s: Tensor, p: number): Tensor {
  const near = ops.maximum(s, NEAREST);
  if (p === 0.5) return ops.mul(s, ops.rsqrt(near));
  const power = p === -0.5 ? ops.rsqrt(near) : ops.pow(near, ops.scalar(p));
  return ops.mul(ops.step(s), power);
}

const power = (s: number, p: number): number => (s === 0 ? 0 : s ** p);

/**
 * -|x - y|^r, 0 < r < 2: the Riesz kernel, whose MMD^2 is the energy distance for r = 1.
 *
 * It is conditionally positive definite only: sum_ij c_i c_j k(x_i, x_j) >= 0 where the c_i add up to zero, as they
 * do in MMD between probability measures. It is no kernel for SVGD or for Stein's method. It has no bandwidth: its
 * length is that of the space.
 * @see szekely2013energy
 */
export function rieszFunction(r: number): RadialFunction {
  const p = r / 2;
  return {
    at: (s) => ({ value: -power(s, p), first: -p * power(s, p - 1), second: -p * (p - 1) * power(s, p - 2) }),
    value: (s) => ops.neg(powerOf(s, p)),
    slope: (s) => ops.mul(powerOf(s, p - 1), -p),
  };
}

/** The Riesz kernel; its bandwidth counts as one length. */
export function energyKernel(exponent: number): Kernel {
  const radial = { ...rieszFunction(exponent), bandwidth: 1 };
  return { id: 'energy', conditional: true, radial: () => radial };
}

const exponent = {
  error: ({ input }: { input?: unknown }) =>
    `expected an exponent above 0 and below 2, e.g. 1, but got ${JSON.stringify(input)}`,
};

export const energyDefinition = defineKernel({
  id: 'energy',
  title: 'Energy (Riesz) kernel -|x - y|^r: conditionally positive definite (for MMD; not for SVGD)',
  options: z.strictObject({ exponent: z.number(exponent).gt(0, exponent).lt(2, exponent).default(1) }),
  cite: ['szekely2013energy'],
  create: (options) => energyKernel(options.exponent),
});
