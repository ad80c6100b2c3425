import * as tf from '@tensorflow/tfjs-core';
import { WasserflowError } from '@wasserflow/core';
import {
  ndarray,
  shapeMismatch,
  tree,
  type Arrays,
  type ArrayTree,
  type Engine,
  type LeafShape,
  type NdArray,
  type Program,
  type ShapeOf,
  type Tensor,
  type TensorTree,
  type Tree,
} from '@wasserflow/tensor';
import { loadBackend, onBackend, type BackendName } from './backends.js';

const toTensor = ({ data, shape }: NdArray): Tensor =>
  data instanceof Int32Array
    ? tf.tensor(data, [...shape], 'int32')
    : tf.tensor(data instanceof Float64Array ? Float32Array.from(data) : data, [...shape], 'float32');

/** Backends may hand out a view on memory that they use again; the caller gets its own numbers. */
const toArray = (t: Tensor): NdArray => ndarray((t.dataSync() as Float32Array).slice(), t.shape);

function checkShapes(name: string, expected: readonly [string, LeafShape][], inputs: ArrayTree): void {
  const got = tree.namedLeaves(inputs as Tree<NdArray>);
  for (const [i, [path, shape]] of expected.entries()) {
    const found = got[i];
    const problem =
      found === undefined || found[0] !== path ? `input "${path}" is missing` : shapeMismatch(path, shape, found[1]);
    if (problem) throw new WasserflowError('E_ARGUMENT', `program \`${name}\`: ${problem}`);
  }
}

/** Shapes as leaves: arrays keep theirs, and a `{ shape }` stands for an array not there yet. */
function shapesOf(node: unknown, path = ''): [string, LeafShape][] {
  if (node !== null && typeof node === 'object' && 'shape' in node && Array.isArray(node.shape))
    return [[path, node as LeafShape]];
  return Object.entries(node as object).flatMap(([name, child]) =>
    shapesOf(child, path === '' ? name : `${path}.${name}`),
  );
}

/**
 * The eager engine: every run calls the function again on a tfjs backend. No compilation, no speed; what it
 * computes is what the other engines are compared with.
 */
export async function tfjsEngine(backend: BackendName): Promise<Engine> {
  await loadBackend(backend);
  return {
    id: 'tfjs',
    async compile<I extends TensorTree, O extends TensorTree>(
      name: string,
      fn: (inputs: I) => O,
      example: ShapeOf<I>,
    ): Promise<Program<I, O>> {
      const expected = shapesOf(example);
      return {
        name,
        async run(inputs) {
          checkShapes(name, expected, inputs as ArrayTree);
          return onBackend(backend, () => runEagerly(fn, inputs));
        },
        dispose() {},
      };
    },
    report: () => ({ id: 'tfjs', version: tf.version_core, backend, threads: 1 }),
    dispose() {},
  };
}

function runEagerly<I extends TensorTree, O extends TensorTree>(fn: (inputs: I) => O, inputs: Arrays<I>): Arrays<O> {
  let outputs: Arrays<O>;
  tf.tidy(() => {
    const tensors = tree.map(inputs, (leaf) => toTensor(leaf as NdArray)) as unknown as I;
    outputs = tree.map(fn(tensors), (leaf) => toArray(leaf as Tensor)) as Arrays<O>;
  });
  return outputs!;
}
