/**
 * The operations of differentiable code. All have gradients that can be differentiated again (see
 * gradients.ts) and run on every engine. Shapes follow NumPy's broadcasting.
 */
// Required: an `import` would search this megabyte of CommonJS for names to export, for 0.2 s of every start.
import tf = require('@tensorflow/tfjs-core');
import { registerGradients } from './gradients.js';

registerGradients();

export type Tensor = tf.Tensor;
export const {
  Tensor,
  abs,
  add,
  broadcastTo,
  concat,
  cos,
  cumsum,
  div,
  erf,
  exp,
  expandDims,
  fill,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  log1p,
  matMul,
  max,
  maximum,
  min,
  minimum,
  mul,
  neg,
  ones,
  onesLike,
  pad,
  pow,
  reciprocal,
  relu,
  reshape,
  rsqrt,
  scalar,
  sigmoid,
  sign,
  sin,
  slice,
  softplus,
  split,
  sqrt,
  square,
  squeeze,
  stack,
  step,
  sub,
  sum,
  tanh,
  tensor,
  tile,
  transpose,
  unstack,
  where,
  zeros,
  zerosLike,
} = tf;

/** f as a value: its derivative is zero, and nothing within it is kept or run for one. */
export const withoutGradient = (f: (...x: Tensor[]) => Tensor): ((...x: Tensor[]) => Tensor) =>
  tf.customGrad((...inputs) => {
    const x = inputs.slice(0, -1) as Tensor[];
    // By shape: the inputs themselves are not kept.
    const shapes = x.map(({ shape }) => shape);
    return { value: f(...x), gradFunc: () => shapes.map((shape) => tf.zeros(shape)) };
  }) as (...x: Tensor[]) => Tensor;

/** x as a value: its derivative is zero. */
export const stopGradient: (x: Tensor) => Tensor = withoutGradient((x) => tf.clone(x!));

const countAlong = (x: Tensor, axis?: number | number[]): number => {
  const axes = axis === undefined ? x.shape.map((_, i) => i) : [axis].flat();
  return axes.reduce((product, a) => product * x.shape.at(a)!, 1);
};

/** Arithmetic mean along `axis` (all axes by default). */
export const mean = (x: Tensor, axis?: number | number[], keepDims = false): Tensor =>
  tf.mul(tf.sum(x, axis, keepDims), 1 / countAlong(x, axis));

/** log sum exp(x) along `axis`, without overflow. */
export function logSumExp(x: Tensor, axis = -1, keepDims = false): Tensor {
  const top = stopGradient(tf.max(x, axis, true));
  const total = tf.add(tf.log(tf.sum(tf.exp(tf.sub(x, top)), axis, true)), top);
  return keepDims ? total : tf.squeeze(total, [axis < 0 ? x.rank + axis : axis]);
}

/** exp(x_i) / sum_j exp(x_j) along the last axis. */
export const softmax = (x: Tensor): Tensor => tf.exp(tf.sub(x, logSumExp(x, -1, true)));

/** x sigmoid(x). */
export const silu = (x: Tensor): Tensor => tf.mul(x, tf.sigmoid(x));
