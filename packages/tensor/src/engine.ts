/**
 * The Engine contract: something that compiles and runs pure functions of tensor trees. Tensors live only
 * inside such functions; arrays go in and come out, so that nothing outside has to be freed.
 */
import { sizeOf, type NdArray } from './ndarray.js';
import type { Arrays, ReplaceLeaves, TensorTree } from './tree.js';

/** Shape and number type of one leaf; a plain shape means float32. */
export interface LeafShape {
  readonly shape: readonly number[];
}
export type ShapeOf<I> = ReplaceLeaves<I, LeafShape>;

export interface Program<I extends TensorTree, O extends TensorTree> {
  readonly name: string;
  /** Runs the program; float64 input is rounded to float32. */
  run(inputs: Arrays<I>): Promise<Arrays<O>>;
  dispose(): void;
}

/** What an engine says of itself to `wasserflow doctor` and to a run's manifest. */
export interface EngineReport {
  readonly id: string;
  readonly version: string;
  readonly backend: string;
  readonly threads: number;
  /** The device that computes, where it is not the processor. */
  readonly adapter?: string;
}

export interface Engine {
  readonly id: string;
  /**
   * Compiles a pure function: no reads of tensor values, no hidden state, no shape that depends on data.
   *
   * @param name - names the function in errors and profiles
   * @param fn - tensors in, tensors out
   * @param example - arrays or shapes like the inputs to come; inputs of another shape are refused
   */
  compile<I extends TensorTree, O extends TensorTree>(
    name: string,
    fn: (inputs: I) => O,
    example: ShapeOf<I>,
  ): Promise<Program<I, O>>;
  report(): EngineReport;
  /** Ends the engine and every program that it compiled. */
  dispose(): void;
}

/** Why a program cannot take `got` where it was compiled for `expected`, or undefined if it can. */
export function shapeMismatch(path: string, expected: LeafShape, got: NdArray): string | undefined {
  const needed = sizeOf(got.shape);
  if (got.data.length !== needed)
    return `input "${path}" holds ${got.data.length} numbers, but its shape [${got.shape.join(', ')}] needs ${needed}`;
  const same = expected.shape.length === got.shape.length && expected.shape.every((n, i) => n === got.shape[i]);
  if (same) return undefined;
  return `input "${path}" has shape [${got.shape.join(', ')}], but the program was compiled for [${expected.shape.join(', ')}]`;
}
