import tf = require('@tensorflow/tfjs-core');
import type { Tensor } from '@tensorflow/tfjs-core';
import { leaves, map, withLeaves, type Tensors, type Tree, type TensorTree } from './tree.js';

/** What a differentiable function returns: the scalar to differentiate, and anything else worth having. */
export interface Loss<A extends TensorTree = TensorTree> {
  readonly loss: Tensor;
  readonly aux?: A;
}

export interface ValueAndGradient<P, A> {
  readonly loss: Tensor;
  readonly aux: A | undefined;
  readonly gradient: P;
}

/**
 * The value and the gradient of a scalar function of a tree: (p) -> (f(p), aux, grad f(p)).
 *
 * The gradient is itself differentiable. A leaf that f does not depend on has gradient zero.
 *
 * @example
 * const { loss, gradient } = valueAndGradient((p: { w: Tensor }) => ({ loss: sum(square(p.w)) }))({ w });
 */
export function valueAndGradient<P extends TensorTree, A extends TensorTree>(
  f: (parameters: P) => Loss<A>,
): (parameters: P) => ValueAndGradient<P, A> {
  return (parameters) => {
    const xs = leaves(parameters as Tree<Tensor>);
    let aux: A | undefined;
    const forward = () => {
      const result = f(parameters);
      // The engine frees what the forward pass does not return; `aux` must outlive it.
      aux = result.aux && (map(result.aux, (t) => tf.keep(tf.clone(t as Tensor))) as unknown as A);
      return result.loss;
    };
    const { value, grads } = tf.engine().gradients(forward, xs, undefined, true);
    const gradient = withLeaves(
      parameters,
      xs.map((x, i) => grads[i] ?? tf.zerosLike(x)),
    ) as unknown as P;
    return { loss: value, aux: aux && release(aux), gradient };
  };
}

/** Hands kept tensors back to the surrounding scope. */
function release<A extends TensorTree>(kept: A): A {
  return map(kept, (leaf) => {
    const copy = tf.clone(leaf as Tensor);
    (leaf as Tensor).dispose();
    return copy;
  }) as Tensors<A> as A;
}

/** The gradient of a function R^d -> R at each row: f maps points [n, d] to [n] row by row. */
export const gradientByRow =
  (f: (x: Tensor) => Tensor): ((x: Tensor) => Tensor) =>
  (x) =>
    valueAndGradient(({ at }: { at: Tensor }) => ({ loss: tf.sum(f(at)) }))({ at: x }).gradient.at;
