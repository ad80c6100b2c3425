/**
 * Writes products of matrices as the operations that ONNX Runtime has for them. Gemm computes
 * alpha op(A) op(B) + beta C: numeric factors, a bias, and the sum of several products cost it nothing.
 */
import { countUses, rewrite, type Attributes, type Graph, type Node } from '../graph/node.js';
import { add, matMul, reduce, reshape, sameShape, uniform, uniformValue } from '../graph/operations.js';
import { factored, times } from './factors.js';
import { execution } from './schedule.js';
import { isProductTerm } from './sums.js';

const gemm = (a: Node, b: Node, attributes: Attributes, c?: Node): Node => ({
  op: 'Gemm',
  inputs: c ? [a, b, c] : [a, b],
  attributes,
  shape: [a.shape[attributes.transA ? 1 : 0]!, b.shape[attributes.transB ? 0 : 1]!],
  type: a.type,
});

const rows = (x: Node): number => x.shape.slice(0, -1).reduce((product, n) => product * n, 1);

/** A batch of rows times one matrix is one product of matrices. */
function flattened(node: Node): Node | undefined {
  const [a, b] = node.inputs as [Node, Node];
  if (node.attributes.transA || b.shape.slice(0, -2).some((n) => n !== 1)) return undefined;
  if (a.shape.length < b.shape.length) return undefined;
  const flatA = reshape(a, [rows(a), a.shape.at(-1)!]);
  const flatB = b.shape.length === 2 ? b : reshape(b, b.shape.slice(-2));
  return reshape(matMul(flatA, flatB, false, Boolean(node.attributes.transB)), node.shape);
}

/** Batches that share a matrix become matrices; do this first, so that what follows sees them. */
export const flattenBatches = (graph: Graph): Graph =>
  rewrite(graph, (node) => (node.op === 'MatMul' && node.shape.length > 2 ? flattened(node) : undefined));

/** Shorter sums than this are not worth sharing among threads. */
const MANY_ROWS = 128;

/**
 * Into how many parts to cut a product that sums over `rows`, so that each thread sums its own: ONNX Runtime
 * shares out rows and columns of the result, of which there may be few.
 */
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

function plain(node: Node, threads: number): Node | undefined {
  if (node.op !== 'MatMul') return undefined;
  const [a, b] = node.inputs as [Node, Node];
  const { transA, transB } = node.attributes;
  if (node.shape.length === 2) {
    const parts = sumsRows(node) ? partsOf(b.shape[0]!, node.shape, threads) : 1;
    if (parts > 1) return reduce('ReduceSum', partialProducts(node, parts), [0], 0);
    return gemm(a, b, { ...node.attributes, alpha: 1, beta: 1 });
  }
  if (!transA && !transB) return { ...node, attributes: {} };
  return { ...node, op: 'FusedMatMul', attributes: { ...node.attributes, alpha: 1 } };
}

/** Whether C can stand in a Gemm with a result of this shape. */
const addable = (c: Node, shape: readonly number[]): boolean =>
  c.shape.length <= 2 && c.shape.every((n, i) => n === 1 || n === shape[i + 2 - c.shape.length]);

/** c (alpha A B + beta C) with the factor inside, or undefined where there is no such product. */
function scaled(node: Node): Node | undefined {
  const [base, factor] = factored(node);
  const { alpha, beta } = base.attributes as Record<string, number>;
  if (base.op === 'Gemm')
    return { ...base, attributes: { ...base.attributes, alpha: alpha! * factor, beta: beta! * factor } };
  if (base.op === 'FusedMatMul') return { ...base, attributes: { ...base.attributes, alpha: alpha! * factor } };
  if (!isPartial(base)) return undefined;
  const inner = scaled(times(base.inputs[0]!, factor));
  return inner && { ...base, inputs: [inner] };
}

/** The sum of a product in parts, or of several such products. */
const isPartial = ({ op, inputs: [x] }: Node): boolean =>
  op === 'ReduceSum' && x!.shape.length === 3 && (x!.op === 'FusedMatMul' || x!.op === 'Add');

/** total + term, where the term takes the sum if it is a product that still can. */
function accumulate(total: Node, term: Node): Node {
  if (isPartial(total) && isPartial(term) && sameShape(total.inputs[0]!.shape, term.inputs[0]!.shape))
    return { ...total, inputs: [add(total.inputs[0]!, term.inputs[0]!)] };
  const { op, inputs, attributes, shape } = term;
  if (op !== 'Gemm' || inputs.length > 2 || !addable(total, shape)) return add(total, term);
  const [summand, beta] = factored(total);
  return gemm(inputs[0]!, inputs[1]!, { ...attributes, beta }, summand);
}

/**
 * Products of matrices as Gemm, with the factors and the sums around them where nothing else needs the parts.
 * The terms of a sum are added in the order in which they will be computed.
 *
 * @param threads - how many threads will share the work
 */
export function lowerProducts(graph: Graph, threads: number): Graph {
  const uses = countUses(graph.outputs);
  const rank = new Map(execution(graph.outputs).map((node, i) => [node, i]));
  const own = (x: Node): boolean => uses.get(x) === 1;
  const absorbs = (term: Node): boolean => isProductTerm(term) && own(term) && own(factored(term)[0]);
  const rankOf = (term: Node): number => (absorbs(term) ? rank.get(factored(term)[0])! : -1);

  return rewrite(graph, (node, before) => {
    if (node.op === 'Mul' && own(before.inputs[0]!)) return scaled(node);
    if (node.op !== 'Sum') return plain(node, threads);
    const order = before.inputs.map((term, i) => [rankOf(term), node.inputs[i]!] as const);
    return order
      .toSorted(([a], [b]) => a - b)
      .map(([, term]) => term)
      .reduce(accumulate);
  });
}
