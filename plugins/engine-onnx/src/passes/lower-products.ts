/** Writes products of matrices as the operations that ONNX Runtime has for them. */
import { rewrite, type Graph, type Node } from '../graph/node.js';
import { matMul, reshape, sameShape } from '../graph/operations.js';

/** alpha op(A) op(B) + beta C, with C broadcast to the shape of the result. */
export const gemm = (a: Node, b: Node, attributes: Node['attributes'], c?: Node): Node => ({
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

function lower(node: Node): Node | undefined {
  if (node.op !== 'MatMul') return undefined;
  const [a, b] = node.inputs as [Node, Node];
  if (a.shape.length === 2 && b.shape.length === 2) return gemm(a, b, { ...node.attributes, alpha: 1, beta: 1 });
  const flat = flattened(node);
  if (flat) {
    const product = lower(flat.inputs[0]!)!;
    return sameShape(product.shape, flat.shape) ? product : { ...flat, inputs: [product] };
  }
  const { transA, transB } = node.attributes;
  if (!transA && !transB) return { ...node, attributes: {} };
  return { ...node, op: 'FusedMatMul' };
}

export const lowerProducts = (graph: Graph): Graph => rewrite(graph, lower);
