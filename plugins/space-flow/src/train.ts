/** The inner loop: one block trained on the JKO objective. */
import { setImmediate } from 'node:timers/promises';
import {
  scalarArray,
  takeRows,
  tree,
  type ArrayTree,
  type Engine,
  type NdArray,
  type Optimizer,
  type Program,
  type Stream,
} from '@wasserflow/tensor';
import type { Block, FlowFacet, SolveContext } from '@wasserflow/core';
import type { Pool } from './loss.js';
import { trainStep, type TrainInput, type TrainOutput } from './programs.js';

export interface TrainOptions {
  readonly iterations: number;
  readonly batch: number;
  /** Iterations between two savings of a half-trained block. */
  readonly saveEvery: number;
}

/** A half-trained block: what it takes to go on, bit for bit. */
export interface PartialBlock {
  readonly iteration: number;
  readonly parameters: ArrayTree;
  readonly optimizer: ArrayTree;
  /** Sums over the last tenth of the iterations, for the reported means. */
  readonly loss: number;
  readonly moved2: number;
}

export interface Trained extends PartialBlock {
  /** Where the loss stopped being a number; undefined where it never did. */
  readonly failedAt?: number;
}

/** Rows of batch i: without replacement within an epoch, each epoch in its own order. */
export function batchSampler(rng: Stream, batch: number, rows: number): (iteration: number) => Int32Array {
  const perEpoch = Math.max(1, Math.floor(rows / batch));
  let drawn: { epoch: number; order: Int32Array } = { epoch: -1, order: new Int32Array() };
  return (iteration) => {
    const epoch = Math.floor(iteration / perEpoch);
    if (drawn.epoch !== epoch) drawn = { epoch, order: rng.fork('epoch', epoch).permutation(rows) };
    const from = (iteration % perEpoch) * batch;
    return Int32Array.from({ length: batch }, (_, i) => drawn.order[(from + i) % rows]!);
  };
}

const isFinite = (parameters: ArrayTree): boolean =>
  tree.leaves(parameters as tree.Tree<NdArray>).every((a) => a.data.every(Number.isFinite));

export type TrainProgram = Program<TrainInput, TrainOutput>;

export function compileTraining(
  engine: Engine,
  block: Block,
  facet: FlowFacet,
  optimizer: Optimizer,
  parameters: ArrayTree,
  { batch }: TrainOptions,
  dimension: number,
  rng: Stream,
): Promise<TrainProgram> {
  const example = {
    parameters,
    optimizer: optimizer.init(parameters),
    x: { shape: [batch, dimension] },
    logDensity: facet.needsLogDensity ? { shape: [batch] } : [],
    gamma: { shape: [] },
    ...randomInputs(block, facet, rng, batch, dimension),
  };
  return engine.compile('flow.train', trainStep(block, facet, optimizer), example as never);
}

const randomInputs = (block: Block, facet: FlowFacet, rng: Stream, batch: number, dimension: number) => ({
  noise: (facet.needsLogDet && block.noise?.(rng.fork('noise'), batch, dimension)) || [],
  drawn: facet.draw?.(rng.fork('draw'), batch) ?? [],
});

/** A block and what it learns from. */
export interface Lesson extends Pool {
  readonly block: Block;
  readonly facet: FlowFacet;
  readonly gamma: number;
}

/**
 * Trains a block on points of p_n. Random numbers are keyed by iteration, so that a training that
 * was interrupted and goes on from a `PartialBlock` ends with the same bits.
 */
export async function trainBlock(
  program: TrainProgram,
  { block, facet, points, logDensity, gamma }: Lesson,
  start: PartialBlock,
  { iterations, batch, saveEvery }: TrainOptions,
  { rng, signal, progress, savePartial }: SolveContext,
): Promise<Trained> {
  const [rows = 0, dimension = 0] = points.shape;
  const rowsOf = batchSampler(rng, batch, rows);
  const averagedFrom = iterations - Math.max(1, Math.floor(iterations / 10));
  let at = start;
  while (at.iteration < iterations) {
    const i = at.iteration;
    if (signal?.aborted) {
      await savePartial?.(at);
      signal.throwIfAborted();
    }
    const chosen = rowsOf(i);
    const out = await program.run({
      parameters: at.parameters,
      optimizer: at.optimizer,
      x: takeRows(points, chosen),
      logDensity: logDensity ? takeRows(logDensity, chosen) : [],
      gamma: scalarArray(gamma),
      ...randomInputs(block, facet, rng.fork('iteration', i), batch, dimension),
    });
    const loss = out.loss.data[0]!;
    progress?.({ iteration: i + 1, iterations, loss });
    if (!Number.isFinite(loss)) return { ...at, failedAt: i + 1 };
    const counts = i >= averagedFrom ? 1 : 0;
    at = {
      iteration: i + 1,
      parameters: out.parameters,
      optimizer: out.optimizer,
      loss: at.loss + counts * loss,
      moved2: at.moved2 + counts * out.moved2.data[0]!,
    };
    if (savePartial && at.iteration % saveEvery === 0 && at.iteration < iterations) await savePartial(at);
    // Engines that compute synchronously would keep signals and timers waiting.
    await setImmediate();
  }
  if (!isFinite(at.parameters)) return { ...at, failedAt: iterations };
  const counted = iterations - averagedFrom;
  return { ...at, loss: at.loss / counted, moved2: at.moved2 / counted };
}
