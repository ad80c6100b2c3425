import { ops, type Tensor } from '@wasserflow/tensor';
import type { Solver } from '@wasserflow/core';

const axpy = (y: readonly Tensor[], k: readonly Tensor[], h: number): Tensor[] =>
  y.map((yi, i) => ops.add(yi, ops.mul(k[i]!, h)));

/** Explicit Euler: y + h f(y, t). */
export const euler: Solver = { order: 1, step: (f, y, t, h) => axpy(y, f(y, t), h) };

/** The classic Runge-Kutta method of order four. */
export const rk4: Solver = {
  order: 4,
  step(f, y, t, h) {
    const k1 = f(y, t);
    const k2 = f(axpy(y, k1, h / 2), t + h / 2);
    const k3 = f(axpy(y, k2, h / 2), t + h / 2);
    const k4 = f(axpy(y, k3, h), t + h);
    const middle = k2.map((k, i) => ops.add(k, k3[i]!));
    const sum = k1.map((k, i) => ops.add(ops.add(k, ops.mul(middle[i]!, 2)), k4[i]!));
    return axpy(y, sum, h / 6);
  },
};
