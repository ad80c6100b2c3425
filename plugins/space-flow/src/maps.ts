/** The maps of a flow, forwards and backwards, in chunks. */
import type { ArrayTree, Engine, NdArray } from '@wasserflow/tensor';
import type { Block, Head } from '@wasserflow/core';
import { inChunks } from './chunks.js';
import type { FlowMeasure } from './measure.js';
import { compileBlock, compileHead, type MapPrograms } from './programs.js';

export interface FlowMaps {
  /** T(x), points `[n, d]` of p_0 to points of p_n. */
  push(mu: FlowMeasure, x: NdArray): Promise<NdArray>;
  /** T(x) and log|det DT(x)| of the whole flow, head included. */
  pushWithLogDet(mu: FlowMeasure, x: NdArray): Promise<{ y: NdArray; logDet: Float64Array }>;
  /** T^-1(y). */
  pull(mu: FlowMeasure, y: NdArray): Promise<NdArray>;
}

export const float32 = (x: NdArray): NdArray =>
  x.data instanceof Float32Array ? x : { shape: x.shape, data: Float32Array.from(x.data) };

interface Step {
  readonly programs: MapPrograms;
  readonly parameters: ArrayTree;
}

export function flowMaps(
  { engine, block, head }: { engine: Engine; block: Block; head: Head | undefined },
  dimension: number,
  chunk: number,
): FlowMaps {
  const shape = [chunk, dimension];
  // Compiled at first use, once for all blocks.
  let headPrograms: Promise<MapPrograms> | undefined;
  let blockPrograms: Promise<MapPrograms> | undefined;

  /** The maps of a measure in forward order. */
  async function stepsOf({ head: fitted, blocks }: FlowMeasure): Promise<Step[]> {
    const steps: Step[] = [];
    if (fitted)
      steps.push({ programs: await (headPrograms ??= compileHead(engine, head!, fitted, shape)), parameters: fitted });
    for (const parameters of blocks)
      steps.push({ programs: await (blockPrograms ??= compileBlock(engine, block, parameters, shape)), parameters });
    return steps;
  }

  return {
    async push(mu, x) {
      let y = float32(x);
      for (const { programs, parameters } of await stepsOf(mu))
        y = (await inChunks(y, chunk, (part) => programs.forward.run({ parameters, x: part }))).y;
      return y;
    },

    async pushWithLogDet(mu, x) {
      let y = float32(x);
      // Each block's term is float32; their sum is not.
      const logDet = new Float64Array(x.shape[0]!);
      for (const { programs, parameters } of await stepsOf(mu)) {
        const out = await inChunks(y, chunk, (part) => programs.forwardWithLogDet.run({ parameters, x: part }));
        y = out.y;
        for (let i = 0; i < logDet.length; i++) logDet[i]! += out.logDet.data[i]!;
      }
      return { y, logDet };
    },

    async pull(mu, y) {
      let x = float32(y);
      for (const { programs, parameters } of (await stepsOf(mu)).toReversed())
        x = (await inChunks(x, chunk, (part) => programs.inverse.run({ parameters, x: part }))).y;
      return x;
    },
  };
}
