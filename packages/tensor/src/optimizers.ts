/** Optimizers as pairs of pure functions: the state goes in and comes out. */
import { add, cos, div, maximum, minimum, mul, pow, scalar, sqrt, square, sub, sum, type Tensor } from './ops.js';
import { scalarArray, zerosArray } from './ndarray.js';
import { leaves, map, zipWith, type ArrayTree, type TensorTree, type Tree } from './tree.js';

/** A learning rate as a function of the number of updates done (a scalar tensor). */
export type Schedule = (count: Tensor) => Tensor;

export interface Optimizer {
  /** The state before the first update, for parameters of this structure. */
  init(parameters: ArrayTree): ArrayTree;
  /** One update; pure, so that it can be traced and compiled. */
  update<P extends TensorTree>(gradient: P, state: TensorTree, parameters: P): { parameters: P; state: TensorTree };
}

export const constantSchedule =
  (rate: number): Schedule =>
  () =>
    scalar(rate);

/** From `rate` to `rate * end` along half a cosine over `steps` updates, then constant. */
export const cosineSchedule =
  (rate: number, steps: number, end = 0): Schedule =>
  (count) => {
    const progress = minimum(mul(count, 1 / steps), 1);
    return mul(add(mul(add(cos(mul(progress, Math.PI)), 1), (1 - end) / 2), end), rate);
  };

/** `rate * decay^(count / every)`. */
export const exponentialSchedule =
  (rate: number, decay: number, every: number): Schedule =>
  (count) =>
    mul(pow(scalar(decay), mul(count, 1 / every)), rate);

/** Multiplies a schedule by count/steps during the first `steps` updates. */
export const warmup =
  (steps: number, schedule: Schedule): Schedule =>
  (count) =>
    mul(schedule(count), minimum(mul(add(count, 1), 1 / steps), 1));

/** sqrt of the sum of squares of all leaves. */
export function globalNorm(tree: TensorTree): Tensor {
  const squares = leaves(tree as Tree<Tensor>).map((leaf) => sum(square(leaf)));
  return sqrt(squares.reduce((total, s) => add(total, s)));
}

/** The tree scaled so that its global norm is at most `limit`. */
export function clipByGlobalNorm<T extends TensorTree>(tree: T, limit: number): T {
  const factor = div(scalar(limit), maximum(globalNorm(tree), limit));
  return map(tree, (leaf) => mul(leaf as Tensor, factor)) as unknown as T;
}

export interface AdamOptions {
  readonly learningRate: number | Schedule;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Decoupled (AdamW): parameters shrink by learningRate * weightDecay per update. */
  readonly weightDecay?: number;
  /** Largest global norm of the gradient; no clipping when absent. */
  readonly clip?: number;
}

interface AdamState<P> {
  readonly count: Tensor;
  readonly mean: P;
  readonly variance: P;
}

/**
 * Adam with decoupled weight decay and clipping by global norm.
 *
 * m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;
 * p <- p - rate (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + epsilon) - rate decay p.
 *
 * @see kingma2015adam, loshchilov2019decoupled
 */
export function adam(options: AdamOptions): Optimizer {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, clip } = options;
  const schedule = typeof learningRate === 'number' ? constantSchedule(learningRate) : learningRate;
  const average = (beta: number) => (old: Tensor, now: Tensor) => add(mul(old, beta), mul(now, 1 - beta));
  return {
    init(parameters) {
      const zeros = (): ArrayTree => map(parameters, (leaf) => zerosArray(leaf.shape)) as ArrayTree;
      return { count: scalarArray(0), mean: zeros(), variance: zeros() };
    },
    update<P extends TensorTree>(gradient: P, before: TensorTree, parameters: P) {
      const state = before as unknown as AdamState<P>;
      const g = clip === undefined ? gradient : clipByGlobalNorm(gradient, clip);
      const rate = schedule(state.count);
      const count = add(state.count, 1);
      const mean = zipWith(average(beta1), state.mean, g);
      const variance = zipWith((old, now) => average(beta2)(old, square(now!)), state.variance, g);
      const correction1 = sub(1, pow(scalar(beta1), count));
      const correction2 = sub(1, pow(scalar(beta2), count));
      const move = (p: Tensor, m: Tensor, v: Tensor): Tensor => {
        const direction = div(div(m, correction1), add(sqrt(div(v, correction2)), epsilon));
        const decayed = weightDecay === 0 ? direction : add(direction, mul(p, weightDecay));
        return sub(p, mul(decayed, rate));
      };
      return { parameters: zipWith(move as never, parameters, mean, variance), state: { count, mean, variance } };
    },
  };
}
