import { availableParallelism } from 'node:os';
import { WasserflowError } from '@wasserflow/core';
import {
  shapeMismatch,
  sizeOf,
  tree,
  type Arrays,
  type ArrayTree,
  type Engine,
  type NdArray,
  type Program,
  type Tensor as TfTensor,
  type ShapeOf,
  type TensorTree,
  type Tree,
} from '@wasserflow/tensor';
import type { Tensor } from 'onnxruntime-node';
import type { Graph, Node } from './graph/node.js';
import { encode, inputName, outputName } from './onnx/encode.js';
import { sessionPool, version, type Device, type SharedSession } from './onnx/sessions.js';
import { optimize } from './passes/optimize.js';
import { trace, type Traced } from './trace/trace.js';

export interface OnnxEngineOptions {
  /** How many cores one program uses; all of them by default. */
  readonly threads?: number | undefined;
  readonly device?: Device | undefined;
}

function toTensor({ Tensor }: SharedSession['runtime'], { type }: Node, { data, shape }: NdArray): Tensor {
  if (type === 'int32') return new Tensor('int32', data instanceof Int32Array ? data : Int32Array.from(data), shape);
  return new Tensor('float32', data instanceof Float32Array ? data : Float32Array.from(data), shape);
}

/** The inputs of a run by name. */
function feeds(
  program: string,
  graph: Graph,
  { session, runtime }: SharedSession,
  inputs: ArrayTree,
): Record<string, Tensor> {
  const given = new Map(tree.namedLeaves(inputs as Tree<NdArray>));
  const tensors: Record<string, Tensor> = {};
  for (const [i, node] of graph.inputs.entries()) {
    const path = node.name!;
    const array = given.get(path);
    const problem = array === undefined ? `input "${path}" is missing` : shapeMismatch(path, node, array);
    if (problem) throw new WasserflowError('E_ARGUMENT', `program \`${program}\`: ${problem}`);
    if (session.inputNames.includes(inputName(i))) tensors[inputName(i)] = toTensor(runtime, node, array!);
  }
  return tensors;
}

/** Outputs by name as a tree; ONNX Runtime allocates them anew in every run. */
function collect(traced: Traced, outputs: Record<string, Tensor>): ArrayTree {
  const arrays = tree.leaves(traced.result as Tree<NdArray>).map(({ shape }, i) => {
    const data = outputs[outputName(i)]!.data as Float32Array;
    if (data.length !== sizeOf(shape)) throw new RangeError(`output ${i} has ${data.length} numbers`);
    return { shape, data };
  });
  return tree.withLeaves(traced.result, arrays) as ArrayTree;
}

function programOf<I extends TensorTree, O extends TensorTree>(
  name: string,
  traced: Traced,
  shared: SharedSession,
  onDispose: () => void,
): Program<I, O> {
  let open = true;
  let running = 0;
  const releaseWhenIdle = () => !open && running === 0 && shared.release();
  return {
    name,
    async run(inputs) {
      if (!open) throw new WasserflowError('E_ENGINE', `program \`${name}\` was disposed; compile it again`);
      const tensors = feeds(name, traced.graph, shared, inputs as ArrayTree);
      running++;
      try {
        const outputs = await shared.session.run(tensors);
        return collect(traced, outputs as Record<string, Tensor>) as Arrays<O>;
      } finally {
        running--;
        releaseWhenIdle();
      }
    },
    dispose() {
      if (!open) return;
      open = false;
      onDispose();
      releaseWhenIdle();
    },
  };
}

/** The function as a graph, optimised, and as the bytes of a model. */
export function build(name: string, fn: (inputs: never) => TensorTree, example: unknown, threads: number) {
  const traced = trace(name, fn, example);
  return { traced, model: encode(optimize(traced.graph, threads)) };
}

export interface OnnxEngine extends Engine {
  /** How many ONNX Runtime sessions are open. */
  openSessions(): number;
}

/**
 * The compiling engine: a function becomes one ONNX graph, and a run is one call of ONNX Runtime.
 *
 * The same function, shapes and number of threads give the same bits in every run.
 */
export function onnxEngine({ threads, device = 'cpu' }: OnnxEngineOptions = {}): OnnxEngine {
  const cores = threads ?? availableParallelism();
  const sessions = sessionPool(device, cores);
  const programs = new Set<{ dispose(): void }>();
  return {
    id: 'onnx',
    openSessions: () => sessions.count(),
    async compile<I extends TensorTree, O extends TensorTree>(
      name: string,
      fn: (inputs: I) => O,
      example: ShapeOf<I>,
    ): Promise<Program<I, O>> {
      const { traced, model } = build(name, fn as never, example, cores);
      const shared = await sessions.share(model);
      const program: Program<I, O> = programOf(name, traced, shared, () => programs.delete(program));
      programs.add(program);
      return program;
    },
    report: () => ({ id: 'onnx', version, backend: device, threads: cores }),
    dispose() {
      for (const program of programs) program.dispose();
    },
  };
}

/**
 * The engine, once its device is known to work.
 * @throws WasserflowError E_ENGINE when there is no adapter for the device.
 */
export async function startOnnxEngine(options: OnnxEngineOptions): Promise<OnnxEngine> {
  const engine = onnxEngine(options);
  const probe = await engine.compile('probe', ({ x }: { x: TfTensor }) => ({ x }), { x: { shape: [1] } });
  probe.dispose();
  return engine;
}
