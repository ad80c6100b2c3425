/** Potentials that are a sum over coordinates of one function on the line. */
import { ensure, type PointwisePotential, type Potential } from '@wasserflow/core';
import { ops, type NdArray, type Stream, type Tensor } from '@wasserflow/tensor';
import { z } from 'zod';

/** v, v' and v'' on the line, in float64 and as elementwise tensor functions. */
export interface LinePotential {
  readonly at: (x: number) => { readonly value: number; readonly first: number; readonly second: number };
  readonly value: (x: Tensor) => Tensor;
  readonly slope: (x: Tensor) => Tensor;
}

const pointwise = ({ at }: LinePotential): PointwisePotential => ({
  value: (x) => x.reduce((sum, a) => sum + at(a).value, 0),
  gradient: (x) => x.map((a) => at(a).first),
  hessian: (x) => x.map((a, i) => x.map((_, j) => (i === j ? at(a).second : 0))),
});

/** V(x) = v(x_1) + ... + v(x_d), with the facts that are proved of v. */
export const separablePotential = (
  v: LinePotential,
  dimension: number,
  facts: Pick<Potential, 'convexity' | 'smoothness'>,
): Potential => ({
  dimension,
  value: (x) => ops.sum(v.value(x), 1),
  gradient: v.slope,
  pointwise: pointwise(v),
  ...facts,
});

/** d, with 1 as its default, as an option. */
export const dimensionOption = z
  .int({ error: 'expected a whole number of at least 1' })
  .min(1, { error: 'expected a whole number of at least 1' })
  .default(1);

export function ensureDimension(dimension: number): void {
  ensure(
    Number.isInteger(dimension) && dimension >= 1,
    'E_ARGUMENT',
    `\`dimension\` is ${dimension}; it must be a whole number of at least 1`,
  );
}

/** `n` draws of a law with independent coordinates, `[n, d]`, from one that draws numbers. */
export function drawCoordinates(
  n: number,
  dimension: number,
  draw: (count: number, rng: Stream) => Float64Array,
  rng: Stream,
): NdArray {
  return { shape: [n, dimension], data: draw(n * dimension, rng) };
}
