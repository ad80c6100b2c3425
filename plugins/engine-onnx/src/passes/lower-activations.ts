/** Writes functions that ONNX lacks, or that ONNX Runtime computes slowly, by those that it computes fast. */
import { rewrite, type Graph, type Node } from '../graph/node.js';
import { add, binary, div, sub, unary, uniform, where } from '../graph/operations.js';
import { negativeSoftplus } from './softplus.js';

const number = (value: number): Node => uniform(value);

/** log(1 + x) = log(u) + (x - (u - 1)) / u with u = 1 + x rounded: exact to rounding for small x too. */
function log1p(x: Node): Node {
  const u = add(x, number(1));
  const back = sub(u, number(1));
  const logarithm = unary('Log', u);
  // Where nothing was lost, infinity included, there is nothing to add.
  return where(binary('Equal', back, x, 'bool'), logarithm, add(logarithm, div(sub(x, back), u)));
}

export const lowerActivations = (graph: Graph): Graph =>
  rewrite(graph, (node) => {
    if (node.op === 'Log1p') return log1p(node.inputs[0]!);
    return node.op === 'NegativeSoftplus' ? negativeSoftplus(node.inputs[0]!) : undefined;
  });
