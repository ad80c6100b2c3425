/** Sums that contain products of matrices, as one node with all their terms: lowering may then order them. */
import { countUses, rewrite, type Graph, type Node } from '../graph/node.js';
import { add, sameShape } from '../graph/operations.js';
import { factored, times } from './factors.js';

const isProductTerm = (term: Node): boolean => factored(term)[0].op === 'MatMul';

/** The terms of c x, where x may be a sum itself. */
function termsOf(x: Node, shape: readonly number[], own: boolean): readonly Node[] {
  const [base, factor] = factored(x);
  if (!own || base.op !== 'Sum' || !sameShape(base.shape, shape)) return [x];
  return base.inputs.map((term) => {
    const [inner, c] = factored(term);
    return times(inner, c * factor);
  });
}

/** Sums of sums become one sum, where nobody else needs the inner one. */
export function collectSums(graph: Graph): Graph {
  const uses = countUses(graph.outputs);
  const own = (x: Node): boolean => uses.get(x) === 1 && (x.op !== 'Mul' || uses.get(x.inputs[0]!) === 1);
  const flat = rewrite(graph, (node, before) => {
    if (node.op !== 'Add' || node.type !== 'float32') return undefined;
    const inputs = node.inputs.flatMap((x, i) => termsOf(x, node.shape, own(before.inputs[i]!)));
    return { ...node, op: 'Sum', inputs };
  });
  // Terms without a product among them are added as they were.
  return rewrite(flat, ({ op, inputs }) =>
    op === 'Sum' && !inputs.some(isProductTerm) ? inputs.reduce((a, b) => add(a, b)) : undefined,
  );
}
