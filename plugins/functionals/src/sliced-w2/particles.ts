import type { ParticleFacet, ParticleMeasure } from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';
import { projected, type Directions } from './directions.js';
import { lazily } from '../laws/target-draws.js';

const order = (values: Float64Array): Int32Array =>
  Int32Array.from(values, (_, i) => i).sort((i, j) => values[i]! - values[j]!);

/** Adds the value and the gradient along one direction, by the monotone coupling of levels of mass. */
function addSlice(
  x: Float64Array,
  weightOf: (i: number) => number,
  y: Float64Array,
  add: (i: number, weight: number, gap: number) => void,
): void {
  const sorted = y.toSorted();
  const m = sorted.length;
  let [level, k] = [0, 0];
  for (const i of order(x)) {
    const end = level + weightOf(i);
    while (k < m) {
      const to = Math.min(end, (k + 1) / m);
      if (to > level) add(i, to - level, x[i]! - sorted[k]!);
      level = Math.max(level, to);
      if ((k + 1) / m > end) break;
      k++;
    }
    level = end;
  }
}

/** On clouds of any weights, against draws of the target. */
export function slicedW2OnClouds(directions: Directions, draws: () => NdArray): ParticleFacet {
  const slices = lazily(() => directions.map((theta) => projected(draws(), theta)));
  const evaluate = async ({ points, weights }: ParticleMeasure) => {
    const [n = 0, d = 1] = points.shape;
    const weightOf = (i: number): number => weights?.data[i] ?? 1 / n;
    const gradient = new Float64Array(n * d);
    let value = 0;
    for (const [s, theta] of directions.entries())
      addSlice(projected(points, theta), weightOf, slices()[s]!, (i, weight, gap) => {
        value += weight * gap * gap;
        for (let k = 0; k < d; k++)
          gradient[i * d + k]! += ((weight / weightOf(i)) * gap * theta[k]!) / directions.length;
      });
    return { value: value / (2 * directions.length), gradient: { shape: points.shape, data: gradient } };
  };
  return { evaluate };
}
