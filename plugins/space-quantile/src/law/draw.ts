import { ensure, type QuantileMeasure } from '@wasserflow/core';
import type { NdArray, Stream } from '@wasserflow/tensor';
import { nodesOf } from '../measure.js';

/** `n` draws from mu, `[n, 1]` in float64: Q at uniform numbers. */
export function draw(mu: QuantileMeasure, n: number, rng: Stream): NdArray {
  const x = nodesOf(mu);
  if (mu.kind === 'atoms') return { shape: [n, 1], data: Float64Array.from(rng.integers(n, x.length), (i) => x[i]!) };
  const cells = x.length - 1;
  const at = (u: number): number => {
    const cell = Math.min(Math.floor(u * cells), cells - 1);
    return x[cell]! + (u * cells - cell) * (x[cell + 1]! - x[cell]!);
  };
  return { shape: [n, 1], data: Float64Array.from(rng.uniform([n]).data, at) };
}

/** The cell that holds the point, the right one at an inner node; undefined outside the support. */
function cellOf(x: Float64Array, point: number): number | undefined {
  if (!(point >= x[0]! && point <= x.at(-1)!)) return undefined;
  let [from, to] = [0, x.length - 1];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (x[middle]! <= point) from = middle;
    else to = middle;
  }
  return from;
}

/** log density of a `linear` mu at points `[n, 1]`, in nats per length; -Infinity outside the support. */
export function logDensity(mu: QuantileMeasure, { shape, data }: NdArray): Float64Array {
  ensure((shape[1] ?? 1) === 1, 'E_ARGUMENT', `points have dimension ${shape[1]}, but the law lives on the line`);
  const x = nodesOf(mu);
  const n = x.length - 1;
  return Float64Array.from(data, (point) => {
    const cell = cellOf(x, point);
    return cell === undefined ? -Infinity : -Math.log(n * (x[cell + 1]! - x[cell]!));
  });
}
