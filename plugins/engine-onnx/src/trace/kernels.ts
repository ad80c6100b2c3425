/** The kernels of the trace backend: the operations that can be compiled. */
import tf = require('@tensorflow/tfjs-core');
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { Node } from '../graph/node.js';
import { BACKEND, type TraceBackend } from './backend.js';
import { elementwise } from './elementwise.js';
import { shapes } from './shapes.js';

type Kernel = (inputs: Record<string, Node>, attributes: Record<string, unknown>) => Node | Node[];
export type Kernels = Readonly<Record<string, Kernel>>;

const appending =
  (kernel: Kernel): KernelFunc =>
  ({ inputs, attrs, backend }) => {
    const trace = backend as TraceBackend;
    const nodes = Object.entries(inputs).map(([name, tensor]) => [name, trace.nodeOf(tensor as TensorInfo)]);
    const result = kernel(Object.fromEntries(nodes), attrs as Record<string, unknown>);
    return Array.isArray(result) ? result.map((node) => trace.tensorFor(node)) : trace.tensorFor(result);
  };

let registered = false;

/** Makes the kernels known to tfjs, once. */
export function registerKernels(): void {
  if (registered) return;
  registered = true;
  for (const [kernelName, kernel] of Object.entries({ ...elementwise, ...shapes }))
    tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc: appending(kernel) });
}
