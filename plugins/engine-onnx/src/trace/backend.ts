/** A tfjs backend that computes nothing: its tensors stand for nodes of a graph. */
import tf = require('@tensorflow/tfjs-core');
import type { BackendValues, DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { WasserflowError } from '@wasserflow/core';
import type { ElementType, Node } from '../graph/node.js';
import { constant, valuesOf } from '../graph/operations.js';

export const BACKEND = 'wasserflow-trace';

export function elementType(dtype: DataType): ElementType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new WasserflowError('E_ENGINE', `a tensor of type ${dtype} cannot be compiled; use float32, int32 or bool`);
}

export class TraceBackend extends tf.KernelBackend {
  readonly #nodes = new Map<DataId, Node>();

  /** Names the traced function in errors. */
  constructor(readonly program: string) {
    super();
  }

  /** A tensor that stands for `node`. */
  tensorFor(node: Node): TensorInfo {
    const dataId = {};
    this.#nodes.set(dataId, node);
    return { dataId, shape: [...node.shape], dtype: node.type };
  }

  /** The node of a tensor; one that was made outside of the traced function becomes a constant. */
  nodeOf({ dataId, shape, dtype }: TensorInfo): Node {
    const known = this.#nodes.get(dataId);
    if (known !== undefined) return known;
    const captured = constant(tf.engine().readSync(dataId).slice() as Float32Array, shape, elementType(dtype));
    this.#nodes.set(dataId, captured);
    return captured;
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const type = elementType(dtype);
    return this.tensorFor(constant(valuesOf(type, values as Float32Array), shape, type)).dataId;
  }

  override readSync(dataId: DataId): never {
    const op = this.#nodes.get(dataId)?.op ?? 'tensor';
    const what = op === 'Input' ? 'an input' : op === 'Constant' ? 'a constant' : `the result of ${op}`;
    throw new WasserflowError(
      'E_ENGINE',
      `function \`${this.program}\` reads the value of ${what} while it is compiled, and there is none yet; ` +
        'compute with tensors only (`where` instead of `if`), and read what the program returns',
    );
  }

  override async read(dataId: DataId): Promise<never> {
    return this.readSync(dataId);
  }

  /** Nodes are immutable and small; they all go when the trace ends. */
  override disposeData(): boolean {
    return true;
  }
  override incRef(): void {}
  override refCount(): number {
    return 1;
  }
  override numDataIds(): number {
    return this.#nodes.size;
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override dispose(): void {
    this.#nodes.clear();
  }
}
