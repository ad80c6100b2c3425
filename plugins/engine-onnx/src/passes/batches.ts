/** Batches of products that are one product of matrices. */
import type { Node } from '../graph/node.js';
import { matMul, reshape } from '../graph/operations.js';
import type { Rule } from './simplify.js';

const columns = (x: Node): number => x.shape.at(-1)!;
const rows = (x: Node): number => x.shape.slice(0, -1).reduce((product, n) => product * n, 1);
const flat = (x: Node): Node => reshape(x, [rows(x), columns(x)]);

/** Many rows, in whatever batches, times one matrix. */
export const batchesOfRows: Rule = (node) => {
  const [a, b] = node.inputs as [Node, Node];
  const { transA, transB } = node.attributes;
  if (node.op !== 'MatMul' || node.shape.length === 2 || transA || a.shape.length < b.shape.length) return undefined;
  if (b.shape.slice(0, -2).some((n) => n !== 1)) return undefined;
  return reshape(matMul(flat(a), reshape(b, b.shape.slice(-2)), false, Boolean(transB)), node.shape);
};

/** The sum of A^T B over a batch sums over the rows of all of it. */
export const sumsOfBatches: Rule = (node) => {
  const [x] = node.inputs as [Node];
  if (node.op !== 'ReduceSum' || x.op !== 'MatMul' || !x.attributes.transA || x.attributes.transB) return undefined;
  const [a, b] = x.inputs as [Node, Node];
  const batch = x.shape.length - 2;
  const axes = node.attributes.axes as readonly number[];
  if (axes.length !== batch || axes.some((axis) => axis >= batch) || rows(a) !== rows(b)) return undefined;
  return reshape(matMul(flat(a), flat(b), true, false), node.shape);
};
