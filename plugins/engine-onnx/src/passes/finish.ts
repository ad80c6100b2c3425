/** Back from the forms of earlier passes: differences and signs as operations of their own, parts summed. */
import { rewrite, type Graph, type Node } from '../graph/node.js';
import { neg, sub } from '../graph/operations.js';
import { factored } from './factors.js';
import { sumOfParts } from './parts.js';

/** a + (-1) b; inputs before their users, so that -b already stands as `Neg`. */
function difference({ inputs: [a, b] }: Node): Node | undefined {
  if (b!.op === 'Neg') return sub(a!, b!.inputs[0]!);
  return a!.op === 'Neg' ? sub(b!, a!.inputs[0]!) : undefined;
}

export const finish = (graph: Graph): Graph =>
  rewrite(graph, (node) => {
    if (node.op === 'SumOfParts') return sumOfParts(node);
    if (node.op === 'Add') return difference(node);
    const [base, factor] = factored(node);
    return factor === -1 ? neg(base) : undefined;
  });
