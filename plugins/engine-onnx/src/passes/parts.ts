/**
 * Products that sum over many rows, cut into parts: each thread sums its own rows. ONNX Runtime by itself
 * shares out the rows and columns of a result, of which there may be few, and lets every thread read all rows.
 */
import type { Node } from '../graph/node.js';
import { add, matMul, reduce, reshape, sameShape, uniform, uniformValue } from '../graph/operations.js';

/** Shorter sums than this are not worth sharing among threads. */
const MANY_ROWS = 128;

/** Into how many parts to cut a product that sums over `rows`; more results than rows are better left whole. */
function partsOf(rows: number, [m, n]: readonly number[], threads: number): number {
  if (rows < 2 * Math.max(m!, n!)) return 1;
  for (let parts = threads; parts > 1; parts--) if (rows % parts === 0 && rows / parts >= MANY_ROWS) return parts;
  return 1;
}

const inParts = (x: Node, parts: number): Node => reshape(x, [parts, x.shape[0]! / parts, x.shape[1]!]);

/** A product that sums over rows, one product for each part of them. */
function partialProducts({ inputs: [a, b], attributes }: Node, parts: number): Node {
  const left = attributes.transA ? inParts(a!, parts) : uniform(uniformValue(a!)!, [1, 1, a!.shape[1]! / parts]);
  const product = matMul(left, inParts(b!, parts), Boolean(attributes.transA), false);
  return { ...product, op: 'FusedMatMul', attributes: { ...attributes, alpha: 1 } };
}

const sumsRows = ({ inputs: [a], attributes: { transA, transB } }: Node): boolean =>
  !transB && (Boolean(transA) || (uniformValue(a!) !== undefined && a!.shape[0] === 1));

/** A product of matrices as the sum of its parts, if that pays: the node `SumOfParts` of a product per part. */
export function inSharedParts(node: Node, threads: number): Node | undefined {
  const parts = sumsRows(node) ? partsOf(node.inputs[1]!.shape[0]!, node.shape, threads) : 1;
  if (parts === 1) return undefined;
  return { ...node, op: 'SumOfParts', inputs: [partialProducts(node, parts)], attributes: {} };
}

/** Parts are added part by part, and summed once, at the end. */
export const addedByParts = (a: Node, b: Node): Node | undefined =>
  a.op === 'SumOfParts' && b.op === 'SumOfParts' && sameShape(a.inputs[0]!.shape, b.inputs[0]!.shape)
    ? { ...a, inputs: [add(a.inputs[0]!, b.inputs[0]!)] }
    : undefined;

export const sumOfParts = (node: Node): Node => reduce('ReduceSum', node.inputs[0]!, [0], 0);
