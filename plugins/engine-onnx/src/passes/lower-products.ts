/**
 * Writes products of matrices as the operations that ONNX Runtime has for them. Gemm computes
 * alpha op(A) op(B) + beta C: numeric factors, a bias, and the sum of several products cost it nothing.
 */
import { countUses, rewrite, type Attributes, type Graph, type Node } from '../graph/node.js';
import { matMul, reshape } from '../graph/operations.js';
import { factored } from './factors.js';

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

function plain(node: Node): Node | undefined {
  if (node.op !== 'MatMul') return undefined;
  const [a, b] = node.inputs as [Node, Node];
  if (node.shape.length === 2) return gemm(a, b, { ...node.attributes, alpha: 1, beta: 1 });
  const { transA, transB } = node.attributes;
  if (!transA && !transB) return { ...node, attributes: {} };
  return { ...node, op: 'FusedMatMul' };
}

/** Whether C can stand in a Gemm with a result of this shape. */
const addable = (c: Node, shape: readonly number[]): boolean =>
  c.shape.length <= 2 && c.shape.every((n, i) => n === 1 || n === shape[i + 2 - c.shape.length]);

/** A product that may still take a factor and a summand. */
function open(x: Node): readonly [product: Node, factor: number] | undefined {
  const [base, factor] = factored(x);
  return base.op === 'Gemm' && base.inputs.length === 2 ? [base, factor] : undefined;
}

/** x + c with the product x taking the sum. */
function accumulated(x: Node, c: Node): Node | undefined {
  const product = open(x);
  if (product === undefined || !addable(c, x.shape)) return undefined;
  const [{ inputs, attributes }, factor] = product;
  const [summand, beta] = factored(c);
  return gemm(inputs[0]!, inputs[1]!, { ...attributes, alpha: (attributes.alpha as number) * factor, beta }, summand);
}

/** c (alpha A B + beta C) with the factor inside. */
function scaled(node: Node): Node | undefined {
  const [base, factor] = factored(node);
  if (factor === 1 || base.op !== 'Gemm') return undefined;
  const { alpha, beta } = base.attributes as Record<string, number>;
  return { ...base, attributes: { ...base.attributes, alpha: alpha! * factor, beta: beta! * factor } };
}

/** Products of matrices as Gemm, with the factors and sums around them where nothing else needs the parts. */
export function lowerProducts(graph: Graph): Graph {
  const uses = countUses(graph.outputs);
  const own = (node: Node | undefined): boolean => node !== undefined && uses.get(node) === 1;
  return rewrite(graph, (node, before) => {
    const [a, b] = node.inputs as [Node, Node];
    const mine = before.inputs.map((input) => own(input) && (input.op !== 'Mul' || own(input.inputs[0])));
    if (node.op === 'Add') return (mine[1] && accumulated(b, a)) || (mine[0] && accumulated(a, b)) || undefined;
    if (node.op === 'Mul' && mine[0]) return scaled(node);
    return plain(node);
  });
}
