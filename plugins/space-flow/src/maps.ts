/** The maps of a flow, forwards and backwards, in chunks. */
import type { ArrayTree, Engine, NdArray } from '@wasserflow/tensor';
import type { Block, Head } from '@wasserflow/core';
import { inChunks } from './chunks.js';
import { invert } from './invert.js';
import { logDeterminants } from './jacobian.js';
import type { FlowMeasure } from './measure.js';
import { mapPrograms, mappableBlock, mappableHead, type MapPrograms } from './programs.js';

export interface FlowMaps {
  /** T(x), points `[n, d]` of p_0 to points of p_n. */
  push(mu: FlowMeasure, x: NdArray): Promise<NdArray>;
  /** T(x) and log|det DT(x)| of the whole flow, head included: exact for the discrete maps. */
  pushWithLogDet(mu: FlowMeasure, x: NdArray): Promise<{ y: NdArray; logDet: Float64Array }>;
  /** T^-1(y). @throws WasserflowError E_NUMERICS where a map cannot be inverted. */
  pull(mu: FlowMeasure, y: NdArray): Promise<NdArray>;
}

export const float32 = (x: NdArray): NdArray =>
  x.data instanceof Float32Array ? x : { shape: x.shape, data: Float32Array.from(x.data) };

interface Step {
  readonly name: string;
  readonly programs: MapPrograms;
  readonly parameters: ArrayTree;
}

async function stepWithLogDet(
  { programs, parameters }: Step,
  x: NdArray,
): Promise<{ y: NdArray; logDet: ArrayLike<number> }> {
  if (programs.logDet) {
    const { y, logDet } = await inChunks(x, programs.rows, (part) => programs.logDet!(parameters, part));
    return { y, logDet: logDet.data };
  }
  const { y, jacobian } = await inChunks(x, programs.jacobianRows, (part) => programs.jacobian!(parameters, part));
  return { y, logDet: logDeterminants(jacobian) };
}

export function flowMaps(
  { engine, block, head }: { engine: Engine; block: Block; head: Head | undefined },
  dimension: number,
  rows: number,
): FlowMaps {
  const blockPrograms = mapPrograms(engine, 'flow.block', mappableBlock(block), rows, dimension);
  const headPrograms = head && mapPrograms(engine, 'flow.head', mappableHead(head), rows, dimension);

  /** The maps of a measure in forward order. */
  const stepsOf = ({ head: fitted, blocks }: FlowMeasure): Step[] => [
    ...(fitted ? [{ name: 'the head', programs: headPrograms!, parameters: fitted }] : []),
    ...blocks.map((parameters, i) => ({ name: `block ${i + 1}`, programs: blockPrograms, parameters })),
  ];

  return {
    async push(mu, x) {
      let y = float32(x);
      for (const { programs, parameters } of stepsOf(mu))
        y = (await inChunks(y, rows, (part) => programs.forward(parameters, part))).y;
      return y;
    },

    async pushWithLogDet(mu, x) {
      let y = float32(x);
      // Each block's term is float32; their sum is not.
      const total = new Float64Array(x.shape[0]!);
      for (const step of stepsOf(mu)) {
        const out = await stepWithLogDet(step, y);
        y = out.y;
        for (let i = 0; i < total.length; i++) total[i]! += out.logDet[i]!;
      }
      return { y, logDet: total };
    },

    async pull(mu, y) {
      let x = float32(y);
      for (const { name, programs, parameters } of stepsOf(mu).toReversed())
        x = await invert(programs, name, parameters, x);
      return x;
    },
  };
}
