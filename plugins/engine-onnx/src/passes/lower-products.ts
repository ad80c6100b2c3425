/**
 * Writes products of matrices as the operations that ONNX Runtime has for them. Gemm computes
 * alpha op(A) op(B) + beta C: numeric factors, a bias, and the sum of several products cost it nothing.
 */
import { countUses, rewrite, type Attributes, type Graph, type Node } from '../graph/node.js';
import { add } from '../graph/operations.js';
import { factored } from './factors.js';
import { addedByParts, inSharedParts } from './parts.js';
import { execution } from './schedule.js';

const gemm = (a: Node, b: Node, attributes: Attributes, c?: Node): Node => ({
  op: 'Gemm',
  inputs: c ? [a, b, c] : [a, b],
  attributes,
  shape: [a.shape[attributes.transA ? 1 : 0]!, b.shape[attributes.transB ? 0 : 1]!],
  type: a.type,
});

function plain(node: Node, threads: number): Node | undefined {
  if (node.op !== 'MatMul') return undefined;
  const [a, b] = node.inputs as [Node, Node];
  const { transA, transB } = node.attributes;
  if (node.shape.length === 2)
    return inSharedParts(node, threads) ?? gemm(a, b, { ...node.attributes, alpha: 1, beta: 1 });
  if (!transA && !transB) return { ...node, attributes: {} };
  return { ...node, op: 'FusedMatMul', attributes: { ...node.attributes, alpha: 1 } };
}

/** c (alpha A B + beta C) with the factor inside, or undefined where there is no such product. */
function scaled(base: Node, factor: number): Node | undefined {
  const { alpha, beta } = base.attributes as Record<string, number>;
  if (base.op === 'FusedMatMul') return { ...base, attributes: { ...base.attributes, alpha: alpha! * factor } };
  if (base.op === 'Gemm')
    return { ...base, attributes: { ...base.attributes, alpha: alpha! * factor, beta: beta! * factor } };
  const part = base.op === 'SumOfParts' && scaled(base.inputs[0]!, factor);
  return part ? { ...base, inputs: [part] } : undefined;
}

/** Whether C can stand in a Gemm with a result of this shape. */
const addable = (c: Node, shape: readonly number[]): boolean =>
  c.shape.length <= 2 && c.shape.every((n, i) => n === 1 || n === shape[i + 2 - c.shape.length]);

/** total + term, where the term takes the sum if it is a product that still can. */
function accumulate(total: Node, term: Node): Node {
  const { op, inputs, attributes, shape } = term;
  if (op !== 'Gemm' || inputs.length > 2 || !addable(total, shape))
    return addedByParts(total, term) ?? add(total, term);
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
  /** When a product is computed that may take the sum; other terms come first. */
  const turnOf = (term: Node): number => {
    const [base] = factored(term);
    return base.op === 'MatMul' && own(term) && own(base) ? rank.get(base)! : -1;
  };
  const sum = (terms: readonly Node[], turns: readonly number[]): Node => {
    const order = terms.map((_, i) => i).sort((i, j) => turns[i]! - turns[j]!);
    return order
      .slice(1)
      .reduce((total, i) => (turns[i]! < 0 ? add(total, terms[i]!) : accumulate(total, terms[i]!)), terms[order[0]!]!);
  };
  return rewrite(graph, (node, before) => {
    if (node.op === 'Sum') return sum(node.inputs, before.inputs.map(turnOf));
    const [base, factor] = factored(node);
    if (factor !== 1) return own(before.inputs[0]!) ? scaled(base, factor) : undefined;
    return plain(node, threads);
  });
}
