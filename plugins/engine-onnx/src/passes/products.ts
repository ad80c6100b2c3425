/** Products of matrices take transposes for nothing, and add up rows faster than a reduction. */
import type { Node } from '../graph/node.js';
import { matMul, reshape, transpose, uniform } from '../graph/operations.js';
import type { Rule } from './simplify.js';

/** Fewer rows than this are summed where they are. */
const MANY_ROWS = 32;

const swapsLastTwo = ({ op, attributes, shape }: Node): boolean => {
  const perm = attributes.perm as readonly number[];
  const last = shape.length - 1;
  return op === 'Transpose' && perm.every((axis, i) => axis === (i < last - 1 ? i : i === last ? last - 1 : last));
};

export const transposesIntoProducts: Rule = (node) => {
  if (node.op !== 'MatMul') return undefined;
  const [a, b] = node.inputs as [Node, Node];
  const { transA, transB } = node.attributes;
  if (swapsLastTwo(a)) return matMul(a.inputs[0]!, b, !transA, Boolean(transB));
  return swapsLastTwo(b) ? matMul(a, b.inputs[0]!, Boolean(transA), !transB) : undefined;
};

/** A result with few columns takes as long as one with sixteen; rows are not rounded up. */
const FEW_COLUMNS = 8;

const isNarrow = ([m, n]: readonly number[]): boolean => n! < FEW_COLUMNS && m! > n!;

/** (A B)^T = B^T A^T, where the product is not better off transposed. */
export const transposedProducts: Rule = (node) => {
  const [x] = node.inputs as [Node];
  if (!swapsLastTwo(node) || x.op !== 'MatMul') return undefined;
  const [a, b] = x.inputs as [Node, Node];
  const { transA, transB } = x.attributes;
  return sumsRows(x) && isNarrow(node.shape) ? undefined : matMul(b, a, !transB, !transA);
};

const sumsRows = ({ op, shape, attributes: { transA, transB } }: Node): boolean =>
  op === 'MatMul' && shape.length === 2 && Boolean(transA) && !transB;

/** A^T B = (B^T A)^T where that has fewer rows than columns. */
export const narrowProducts: Rule = (node) => {
  const [a, b] = node.inputs as [Node, Node];
  return sumsRows(node) && isNarrow(node.shape) ? transpose(matMul(b, a, true, false), [1, 0]) : undefined;
};

/** The sum over rows as a product with a row of ones. */
export const sumsOfRows: Rule = (node) => {
  const [x] = node.inputs as [Node];
  const axes = node.attributes.axes as readonly number[];
  if (node.op !== 'ReduceSum' || x.type !== 'float32' || x.shape.length !== 2) return undefined;
  if (axes.length !== 1 || axes[0] !== 0 || x.shape[0]! < MANY_ROWS) return undefined;
  return reshape(matMul(uniform(1, [1, x.shape[0]!]), x, false, false), node.shape);
};
