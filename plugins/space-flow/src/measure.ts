import { concatRows, type ArrayTree, type NdArray, type Stream } from '@wasserflow/tensor';
import type { Distribution } from '@wasserflow/core';

/** p_n = (T_n o ... o T_1 o head)_# p_0, as the parameters of its maps. */
export interface FlowMeasure {
  readonly head: ArrayTree | null;
  readonly blocks: readonly ArrayTree[];
}

/** At least `count` points of p_0: all training rows, as often as it takes, dequantised anew each time; or fresh draws. */
export function drawInitial(initial: Distribution, count: number, rng: Stream): NdArray {
  if (!initial.trainingRows) return initial.sample!(count, rng);
  const first = initial.trainingRows(rng.fork(0));
  const repeats = Math.ceil(count / first.shape[0]!);
  const more = Array.from({ length: repeats - 1 }, (_, i) => initial.trainingRows!(rng.fork(i + 1)));
  return concatRows([first, ...more]);
}

/**
 * Points moved by the Ornstein-Uhlenbeck flow for a time delta: e^-delta x + sqrt(1 - e^-2delta) z. Their law
 * has a density whatever the points' law, and W2 between both is at most
 * sqrt((1 - e^-delta)^2 E|x|^2 + (1 - e^-2delta) d).
 * @see cheng2023convergence
 */
export function ornsteinUhlenbeck({ shape, data }: NdArray, delta: number, rng: Stream): NdArray {
  const shrink = Math.exp(-delta);
  const spread = Math.sqrt(-Math.expm1(-2 * delta));
  const noise = rng.normal(shape).data;
  return { shape, data: Float32Array.from(data, (x, i) => shrink * x + spread * noise[i]!) };
}
