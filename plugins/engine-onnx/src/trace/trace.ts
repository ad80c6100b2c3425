/** Turns a pure function of tensor trees into a graph by running it once on the trace backend. */
import tf = require('@tensorflow/tfjs-core');
import type { Tensor } from '@tensorflow/tfjs-core';
import { WasserflowError } from '@wasserflow/core';
import { tree, type ArrayTree, type LeafShape, type NdArray, type TensorTree, type Tree } from '@wasserflow/tensor';
import type { ElementType, Graph, Node } from '../graph/node.js';
import { input } from '../graph/operations.js';
import { BACKEND, TraceBackend } from './backend.js';
import { registerKernels } from './kernels.js';

export interface Traced {
  readonly graph: Graph;
  /** A tree of empty arrays with the structure and the shapes of what the function returns. */
  readonly result: ArrayTree;
}

const isShape = (node: unknown): node is LeafShape =>
  node !== null && typeof node === 'object' && Array.isArray((node as LeafShape).shape);

/** Integer arrays stay integers; everything else is float32. */
const typeOf = (leaf: LeafShape): ElementType => ((leaf as NdArray).data instanceof Int32Array ? 'int32' : 'float32');

/** The example with a tensor at every leaf; the leaves' paths name the inputs of the graph. */
function placeholders(example: unknown, make: (path: string, leaf: LeafShape) => Tensor, path = ''): TensorTree {
  if (isShape(example)) return make(path, example);
  if (example === null || typeof example !== 'object')
    throw new WasserflowError(
      'E_ARGUMENT',
      `an example holds arrays or shapes; at "${path}" it has ${String(example)}`,
    );
  const children = Object.entries(example).map(
    ([name, child]) => [name, placeholders(child, make, path === '' ? name : `${path}.${name}`)] as const,
  );
  return Array.isArray(example) ? children.map(([, child]) => child) : Object.fromEntries(children);
}

const emptyArray = (leaf: tree.Leaf): NdArray => ({ shape: [...leaf.shape], data: new Float32Array(0) });

function record(backend: TraceBackend, fn: (inputs: never) => TensorTree, example: unknown): Traced {
  const inputs: Node[] = [];
  const parameters = placeholders(example, (path, leaf) => {
    const node = input(path, leaf.shape, typeOf(leaf));
    inputs.push(node);
    return tf.engine().makeTensorFromTensorInfo(backend.tensorFor(node));
  });
  const result = fn(parameters as never);
  if (result instanceof Promise) throw new TypeError('it returns a promise; compute with tensors only');
  const outputs = tree.leaves(result as Tree<Tensor>).map((tensor) => backend.nodeOf(tensor));
  if (outputs.length === 0) throw new TypeError('it returns no tensor');
  return { graph: { inputs, outputs }, result: tree.map(result, emptyArray) as ArrayTree };
}

/** Says what stands in the way in the words of the user's function. */
function explain(program: string, error: unknown): unknown {
  if (error instanceof WasserflowError || !(error instanceof Error)) return error;
  const kernel = /Kernel '(\w+)' not registered/.exec(error.message)?.[1];
  const reason = kernel
    ? `the operation ${kernel} cannot be compiled; use the operations that @wasserflow/tensor exports as \`ops\``
    : error.message;
  return new WasserflowError('E_ENGINE', `function \`${program}\` cannot be compiled: ${reason}`, { cause: error });
}

/** Runs `action` on a backend of its own, and puts tfjs back as it was. */
function onTraceBackend<T>(backend: TraceBackend, action: () => T): T {
  const engine = tf.engine();
  const { backendName: before, state } = engine;
  const { numTensors, numDataBuffers, numBytes } = state;
  tf.registerBackend(BACKEND, () => backend, 0);
  // A backend whose factory is synchronous is in force before the promise is returned.
  void tf.setBackend(BACKEND);
  try {
    return engine.tidy(action as () => never);
  } catch (error) {
    // What a failed gradient kept is gone with this backend; it must not count as a leak.
    Object.assign(state, { numTensors, numDataBuffers, numBytes });
    throw explain(backend.program, error);
  } finally {
    tf.removeBackend(BACKEND);
    if (before) void tf.setBackend(before);
  }
}

/**
 * The graph of `fn` for inputs shaped like `example`.
 * @throws WasserflowError E_ENGINE when `fn` reads a tensor's value or uses an operation that is not allowed.
 */
export function trace(program: string, fn: (inputs: never) => TensorTree, example: unknown): Traced {
  registerKernels();
  const backend = new TraceBackend(program);
  let traced: Traced;
  onTraceBackend(backend, () => {
    traced = record(backend, fn, example);
  });
  return traced!;
}
