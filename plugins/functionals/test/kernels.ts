/** Kernels of the tests' own. */
import type { Kernel, RadialFunction } from '@wasserflow/core';
import { ops } from '@wasserflow/tensor';

const fixed = (id: string, bandwidth: number, f: RadialFunction): Kernel => ({
  id,
  radial: () => ({ ...f, bandwidth }),
});

/** exp(-s / (2 h^2)). */
export const gaussianKernel = (h: number): Kernel => {
  const c = 1 / (2 * h * h);
  return fixed('gaussian', h, {
    at: (s) => {
      const value = Math.exp(-c * s);
      return { value, first: -c * value, second: c * c * value, third: -(c ** 3) * value };
    },
    value: (s) => ops.exp(ops.mul(s, -c)),
    slope: (s) => ops.mul(ops.exp(ops.mul(s, -c)), -c),
  });
};

/** (1 + s / h^2)^(-1/2). */
export const multiquadric = (h: number): Kernel => {
  const c = 1 / (h * h);
  return fixed('inverse-multiquadric', h, {
    at: (s) => ({
      value: (1 + c * s) ** -0.5,
      first: (-c / 2) * (1 + c * s) ** -1.5,
      second: ((3 * c * c) / 4) * (1 + c * s) ** -2.5,
      third: ((-15 * c ** 3) / 8) * (1 + c * s) ** -3.5,
    }),
    value: (s) => ops.rsqrt(ops.add(ops.mul(s, c), 1)),
    slope: (s) => ops.mul(ops.pow(ops.add(ops.mul(s, c), 1), -1.5), -c / 2),
  });
};

/** -|x - y|. */
export const energyKernel: Kernel = fixed('energy', 1, {
  at: (s) =>
    s === 0
      ? { value: 0, first: 0, second: 0 }
      : { value: -Math.sqrt(s), first: -0.5 / Math.sqrt(s), second: 0.25 * s ** -1.5 },
  value: (s) => ops.neg(ops.sqrt(s)),
  slope: (s) => ops.mul(ops.where(ops.greater(s, 0), ops.rsqrt(ops.maximum(s, 1e-20)), ops.zerosLike(s)), -0.5),
});
