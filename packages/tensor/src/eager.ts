/** Running a function as it is written, operation by operation, on a tfjs backend. */
import tf = require('@tensorflow/tfjs-core');
import type { Tensor } from '@tensorflow/tfjs-core';
import { onBackend } from './backend.js';
import { shapeMismatch, type Engine, type EngineReport, type LeafShape, type Program, type ShapeOf } from './engine.js';
import { ndarray, type NdArray } from './ndarray.js';
import { map, namedLeaves, type Arrays, type ArrayTree, type TensorTree, type Tree } from './tree.js';

const toTensor = ({ data, shape }: NdArray): Tensor =>
  data instanceof Int32Array
    ? tf.tensor(data, [...shape], 'int32')
    : tf.tensor(data instanceof Float64Array ? Float32Array.from(data) : data, [...shape], 'float32');

/** Backends may hand out a view on memory that they use again; the caller gets its own numbers. */
const toArray = (t: Tensor): NdArray => ndarray((t.dataSync() as Float32Array).slice(), t.shape);

/** Shapes as leaves: arrays keep theirs, and a `{ shape }` stands for an array not there yet. */
function shapesOf(node: unknown, path = ''): [string, LeafShape][] {
  if (node !== null && typeof node === 'object' && 'shape' in node && Array.isArray(node.shape))
    return [[path, node as LeafShape]];
  return Object.entries(node as object).flatMap(([name, child]) =>
    shapesOf(child, path === '' ? name : `${path}.${name}`),
  );
}

/** What keeps inputs from being those that the program was compiled for. */
function mismatch(expected: readonly [string, LeafShape][], inputs: ArrayTree): string | undefined {
  const got = namedLeaves(inputs as Tree<NdArray>);
  for (const [i, [path, shape]] of expected.entries()) {
    const found = got[i];
    if (found === undefined || found[0] !== path) return `input "${path}" is missing`;
    const problem = shapeMismatch(path, shape, found[1]);
    if (problem) return problem;
  }
  return undefined;
}

function runEagerly<I extends TensorTree, O extends TensorTree>(fn: (inputs: I) => O, inputs: Arrays<I>): Arrays<O> {
  let outputs: Arrays<O>;
  tf.tidy(() => {
    const tensors = map(inputs, (leaf) => toTensor(leaf as NdArray)) as unknown as I;
    outputs = map(fn(tensors), (leaf) => toArray(leaf as Tensor)) as Arrays<O>;
  });
  return outputs!;
}

export interface EagerOptions {
  /** The name under which tfjs knows the backend, started with `startBackend`. */
  readonly backend: string;
  readonly report: EngineReport;
  /** The error to throw for inputs that do not fit. */
  readonly refuse: (message: string) => Error;
}

/**
 * An eager engine: every run calls the function again on a tfjs backend. No compilation; what it computes is
 * what the compiling engines are compared with.
 */
export const eagerEngine = ({ backend, report, refuse }: EagerOptions): Engine => ({
  id: report.id,
  async compile<I extends TensorTree, O extends TensorTree>(
    name: string,
    fn: (inputs: I) => O,
    example: ShapeOf<I>,
  ): Promise<Program<I, O>> {
    const expected = shapesOf(example);
    return {
      name,
      async run(inputs) {
        const problem = mismatch(expected, inputs as ArrayTree);
        if (problem) throw refuse(`program \`${name}\`: ${problem}`);
        return onBackend(backend, () => runEagerly(fn, inputs));
      },
      dispose() {},
    };
  },
  report: () => report,
  dispose() {},
});
