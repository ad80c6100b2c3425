/** Losses as numbers, for values rather than descent. */
import { sliceRows, zerosArray, type Arrays, type Engine, type NdArray, type Stream } from '@wasserflow/tensor';
import type { FlowFacet } from '@wasserflow/core';
import { compileLoss, type LossInput } from './programs.js';

/** Numbers as an array `[n]`. */
export const column = (data: Float64Array): NdArray => ({ shape: [data.length], data });

/** A facet's loss on a batch; what it draws, it draws from `rng`. */
export async function lossOf(
  engine: Engine,
  facet: FlowFacet,
  given: Omit<Arrays<LossInput>, 'drawn'>,
  rng: Stream,
): Promise<number> {
  const batch = { ...given, drawn: facet.draw?.(rng, given.x.shape[0]!) ?? [] };
  const program = await compileLoss(engine, facet, batch);
  const { loss } = await program.run(batch);
  program.dispose();
  return loss.data[0]!;
}

/** What a block is trained on: points `[m, d]` of p_n, with their log densities `[m]` where the facet needs them. */
export interface Pool {
  readonly points: NdArray;
  readonly logDensity?: NdArray | undefined;
}

/** The loss of not moving, on at most `most` points. */
export function lossOfStaying(
  engine: Engine,
  facet: FlowFacet,
  { points, logDensity }: Pool,
  most: number,
  rng: Stream,
): Promise<number> {
  const count = Math.min(most, points.shape[0]!);
  const some = sliceRows(points, 0, count);
  const density = logDensity ? sliceRows(logDensity, 0, count) : [];
  return lossOf(engine, facet, { x: some, y: some, logDet: zerosArray([count]), logDensity: density }, rng);
}
