import type { RadialFunction } from '@wasserflow/core';
import { ops, valueAndGradient, type Tensor } from '@wasserflow/tensor';
import { squaredDistances, type DistanceForm } from './squared-distances.js';

/** Points `[n, d]` with grad V there, `[n, d]`. */
export type Placed = { readonly x: Tensor; readonly v: Tensor };

/** The derivative of an elementwise function. */
const derivative =
  (f: (s: Tensor) => Tensor) =>
  (s: Tensor): Tensor =>
    valueAndGradient(({ at }: { at: Tensor }) => ({ loss: ops.sum(f(at)) }))({ at: s }).gradient.at;

const coordinate = (x: Tensor, k: number): Tensor => ops.slice(x, [0, k], [x.shape[0]!, 1]);

function driftByDifferences({ x, v }: Placed, { x: y, v: w }: Placed): Tensor {
  const along = (points: Tensor, others: Tensor, k: number): Tensor =>
    ops.sub(coordinate(points, k), ops.transpose(coordinate(others, k)));
  const terms = Array.from({ length: x.shape[1]! }, (_, k) => ops.mul(along(x, y, k), along(v, w, k)));
  return terms.reduce((sum, term) => ops.add(sum, term));
}

function driftByProducts({ x, v }: Placed, { x: y, v: w }: Placed): Tensor {
  const [own, other] = [ops.sum(ops.mul(x, v), 1, true), ops.sum(ops.mul(y, w), 1, true)];
  const cross = ops.add(ops.matMul(x, w, false, true), ops.matMul(v, y, false, true));
  return ops.sub(ops.add(own, ops.transpose(other)), cross);
}

/** What the kernel k = f(|x - y|^2) says of all pairs, each `[n, m]`. */
export interface SteinPairs {
  /** f, f' and f''. */
  readonly value: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
  /** s = |x - y|^2. */
  readonly s: Tensor;
  /** v_x . v_y. */
  readonly inner: Tensor;
  /** (x - y) . (v_x - v_y). */
  readonly drift: Tensor;
}

export function steinPairs(f: RadialFunction, rows: Placed, columns: Placed, form: DistanceForm): SteinPairs {
  const s = squaredDistances(rows.x, columns.x, form);
  const drift = (form === 'differences' ? driftByDifferences : driftByProducts)(rows, columns);
  const inner = ops.matMul(rows.v, columns.v, false, true);
  return { value: f.value(s), first: f.slope(s), second: derivative(f.slope)(s), s, inner, drift };
}

/** 2 d f' + 4 s f'': minus the trace of grad_x grad_y k. */
const spread = (d: number, { first, second, s }: SteinPairs): Tensor =>
  ops.add(ops.mul(first, 2 * d), ops.mul(ops.mul(second, s), 4));

/**
 * The Stein kernel of k = f(|x - y|^2) under a law with gradient of potential v, `[n, m]`:
 * u = v_x . v_y f + 2 f' (x - y) . (v_x - v_y) - 2 d f' - 4 s f''.
 */
export function steinKernel(d: number, pairs: SteinPairs): Tensor {
  const pull = ops.add(ops.mul(pairs.inner, pairs.value), ops.mul(ops.mul(pairs.first, pairs.drift), 2));
  return ops.sub(pull, spread(d, pairs));
}

/**
 * 2 du/ds with v_x and v_y held, `[n, m]`: the factor of x - y in the gradient of u by x, but for what moves with v,
 * 2 f' v_x . v_y + 4 f'' (x - y) . (v_x - v_y) - (4 d + 8) f'' - 8 s f'''.
 */
export function steinSlope(f: RadialFunction, d: number, { first, second, s, inner, drift }: SteinPairs): Tensor {
  const third = derivative(derivative(f.slope))(s);
  const moved = ops.sub(ops.mul(ops.mul(second, drift), 4), ops.mul(second, 4 * d + 8));
  return ops.sub(ops.add(ops.mul(ops.mul(first, inner), 2), moved), ops.mul(ops.mul(third, s), 8));
}
