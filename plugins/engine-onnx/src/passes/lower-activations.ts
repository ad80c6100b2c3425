/** Functions that ONNX lacks, or that ONNX Runtime computes slowly, by those that it computes fast. */
import { rewrite, type Graph, type Node } from '../graph/node.js';
import { log1p, negativeSoftplus, softplus } from './softplus.js';

const lowered: Readonly<Record<string, (x: Node) => Node>> = {
  Log1p: log1p,
  NegativeSoftplus: negativeSoftplus,
  Softplus: softplus,
};

export const lowerActivations = (graph: Graph): Graph => rewrite(graph, ({ op, inputs }) => lowered[op]?.(inputs[0]!));
