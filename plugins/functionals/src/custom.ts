import type { Functional } from '@wasserflow/core';
import { ops, valueAndGradient, type Tensor } from '@wasserflow/tensor';

export interface CustomOptions {
  readonly id: string;
  /** G of the equally weighted points `[n, d]`, a scalar; a pure tensor function. */
  readonly value: (points: Tensor) => Tensor;
}

/**
 * The gradient of a function of n equally weighted points in the metric of W2: n times its gradient by each.
 */
export const wassersteinGradient =
  (value: (points: Tensor) => Tensor): ((points: Tensor) => Tensor) =>
  (points) => {
    const { gradient } = valueAndGradient(({ at }: { at: Tensor }) => ({ loss: value(at) }))({ at: points });
    return ops.mul(gradient.at, points.shape[0]!);
  };

/**
 * A functional of your own, as a function of points: it serves clouds, its gradient by differentiation, and flows,
 * as a loss of the batch. It does not see the order of the points. On flows its expectation over batches should be
 * G itself. Only in code: a config has no functions.
 *
 * @example
 * // the variance about the origin, whose flow shrinks all points at rate 2
 * custom({ id: 'spread', value: (points) => ops.mean(ops.sum(ops.square(points), 1)) });
 */
export const custom = ({ id, value }: CustomOptions): Functional => ({
  id,
  facets: {
    particles: { value, gradient: wassersteinGradient(value) },
    flow: { needsLogDet: false, loss: ({ y }) => value(y) },
  },
});
