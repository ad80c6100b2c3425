/** Writes a graph as the bytes of an ONNX model. */
import { sizeOf } from '@wasserflow/tensor';
import type { Graph, Node } from '../graph/node.js';
import { uniform } from '../graph/operations.js';
import { listing } from '../passes/schedule.js';
import { attributeTypes, elementTypes, Model } from './schema.js';

const OPSET = 21;
const IR_VERSION = 10;
const contributed = new Set(['FusedMatMul']);
const floats = new Set(['alpha', 'beta']);

interface TensorRecord {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly rawData: Uint8Array;
}

const shaped = new Set(['Reshape', 'Expand']);

/** Which of these are numbers like those of the node, not sizes or axes. */
const numbers = new Set(['value', 'min', 'max']);

/** What ONNX takes as inputs where a node here has attributes, in order. */
const asInputs: Readonly<Record<string, readonly string[]>> = {
  Tile: ['repeats'],
  Slice: ['starts', 'ends'],
  Pad: ['pads', 'value'],
  Clip: ['min', 'max'],
  CumSum: ['axis'],
  ReduceSum: ['axes'],
  ReduceMax: ['axes'],
  ReduceMin: ['axes'],
};

const bytesOf = (data: Float32Array | Int32Array | Uint8Array | BigInt64Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const integers = (name: string, dims: readonly number[], numbers: readonly number[]): TensorRecord => ({
  name,
  dims,
  dataType: elementTypes.int64,
  rawData: bytesOf(BigInt64Array.from(numbers, BigInt)),
});

/** The initializer of a constant; one number that stands for all is written out. */
function initializer(name: string, { values, shape, type }: Node): TensorRecord {
  const size = sizeOf(shape);
  const full = values!.length === size ? values! : new (values!.constructor as Float32ArrayConstructor)(size);
  if (full !== values) full.fill(values![0]!);
  return { name, dims: shape, dataType: elementTypes[type], rawData: bytesOf(full) };
}

function attribute(name: string, value: number | readonly number[]): object {
  if (typeof value !== 'number') return { name, ints: value, type: attributeTypes.ints };
  return floats.has(name) ? { name, f: value, type: attributeTypes.f } : { name, i: value, type: attributeTypes.i };
}

const valueInfo = (name: string, { shape, type }: Node): object => ({
  name,
  type: { tensorType: { elemType: elementTypes[type], shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
});

const ownAttributes = (node: Node): object[] => [
  ...Object.entries(node.attributes)
    .filter(([name]) => !asInputs[node.op]?.includes(name))
    .map(([name, value]) => attribute(name, value)),
  ...(node.op === 'Cast' ? [attribute('to', elementTypes[node.type])] : []),
];

/** Writes nodes one after the other; equal shapes, axes and the like share one initializer. */
function writer() {
  const names = new Map<Node, string>();
  const nodes: object[] = [];
  const initializers = new Map<string, TensorRecord>();

  /** The name of an initializer; none for what is left out. */
  function parameter(node: Node, name: string, value: number | readonly number[] | undefined): string {
    if (value === undefined) return '';
    const key = `${name}:${numbers.has(name) ? node.type : ''}${String(value)}`;
    if (initializers.has(key)) return key;
    const record = numbers.has(name)
      ? initializer(key, uniform(value as number, [], node.type))
      : integers(key, typeof value === 'number' ? [] : [value.length], [value].flat() as number[]);
    initializers.set(key, record);
    return key;
  }

  const extraInputs = (node: Node): string[] =>
    shaped.has(node.op)
      ? [parameter(node, 'shape', node.shape)]
      : (asInputs[node.op] ?? []).map((name) => parameter(node, name, node.attributes[name]));

  function append(node: Node, output: string): void {
    nodes.push({
      opType: node.op,
      name: output,
      domain: contributed.has(node.op) ? 'com.microsoft' : '',
      input: [...node.inputs.map((input) => names.get(input)!), ...extraInputs(node)],
      output: [output],
      attribute: ownAttributes(node),
    });
  }

  function write(node: Node, name: string): void {
    names.set(node, name);
    if (node.op === 'Constant') initializers.set(name, initializer(name, node));
    else if (node.op !== 'Input') append(node, name);
  }

  return { nodes, initializers, write, append };
}

/** Names of inputs and outputs in a model. */
export const inputName = (index: number): string => `in${index}`;
export const outputName = (index: number): string => `out${index}`;

/** The bytes of the model of a graph; inputs that it does not use are left out. */
export function encode({ inputs, outputs }: Graph): Uint8Array {
  const order = listing(outputs);
  const used = new Set(order);
  const { nodes, initializers, write, append } = writer();
  inputs.forEach((node, i) => write(node, inputName(i)));
  order.filter(({ op }) => op !== 'Input').forEach((node, i) => write(node, `v${i}`));
  // A copy for each output: an input or a constant may be one, and the same node several.
  outputs.forEach((node, i) => append({ ...node, op: 'Identity', inputs: [node], attributes: {} }, outputName(i)));
  const model = {
    irVersion: IR_VERSION,
    producerName: 'wasserflow',
    opsetImport: [
      { domain: '', version: OPSET },
      { domain: 'com.microsoft', version: 1 },
    ],
    graph: {
      name: 'wasserflow',
      node: nodes,
      initializer: [...initializers.values()],
      input: inputs.flatMap((node, i) => (used.has(node) ? [valueInfo(inputName(i), node)] : [])),
      output: outputs.map((node, i) => valueInfo(outputName(i), node)),
    },
  };
  return Model.encode(Model.fromObject(model)).finish();
}
