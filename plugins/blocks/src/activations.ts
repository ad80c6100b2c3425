import { ops, type Tensor } from '@wasserflow/tensor';

/** A scalar function applied to each number, and its derivative. */
export interface Activation {
  value(a: Tensor): Tensor;
  /** sigma(a) and sigma'(a), sharing what they have in common. */
  withDerivative(a: Tensor): { value: Tensor; derivative: Tensor };
}

export const tanh: Activation = {
  value: ops.tanh,
  withDerivative(a) {
    const value = ops.tanh(a);
    return { value, derivative: ops.sub(1, ops.square(value)) };
  },
};

/** a sigmoid(a), with derivative s + a s (1 - s). */
export const silu: Activation = {
  value: ops.silu,
  withDerivative(a) {
    const s = ops.sigmoid(a);
    const value = ops.mul(a, s);
    return { value, derivative: ops.add(s, ops.mul(value, ops.sub(1, s))) };
  },
};

/** log(1 + e^(beta a)) / beta, with derivative sigmoid(beta a). */
export const softplus = (beta: number): Activation => {
  const scaled = (a: Tensor) => (beta === 1 ? a : ops.mul(a, beta));
  const value = (a: Tensor) => {
    const raw = ops.softplus(scaled(a));
    return beta === 1 ? raw : ops.mul(raw, 1 / beta);
  };
  return { value, withDerivative: (a) => ({ value: value(a), derivative: ops.sigmoid(scaled(a)) }) };
};
