/**
 * Order of execution. ONNX Runtime walks a graph from its last output, and so computes, say, all gradients of
 * one weight at the very end, when their operands have long left the caches. Here products whose results
 * nobody needs soon are tied to the next product: Gemm with beta = 0 does not read its C, but waits for it.
 */
import { sorted, withInputs, type Graph, type Node } from '../graph/node.js';
import { add, slice } from '../graph/operations.js';

const isSource = ({ op }: Node): boolean => op === 'Input' || op === 'Constant';
const size = ({ shape }: Node): number => shape.reduce((product, n) => product * n, 1);

/** An order in which a result is used while it is fresh: what becomes ready last runs first, small results first. */
function execution(outputs: readonly Node[]): Node[] {
  const nodes = sorted(outputs).filter((node) => !isSource(node));
  const users = new Map<Node, Node[]>(nodes.map((node) => [node, []]));
  const waiting = new Map<Node, number>();
  for (const node of nodes) {
    const needed = new Set(node.inputs.filter((input) => !isSource(input)));
    waiting.set(node, needed.size);
    for (const input of needed) users.get(input)!.push(node);
  }
  const ready = nodes.filter((node) => waiting.get(node) === 0).reverse();
  const order: Node[] = [];
  while (ready.length > 0) {
    const node = ready.pop()!;
    order.push(node);
    const next = users.get(node)!.filter((user) => {
      waiting.set(user, waiting.get(user)! - 1);
      return waiting.get(user) === 0;
    });
    ready.push(...next.sort((a, b) => size(b) - size(a)));
  }
  return order;
}

/** One number that is there as soon as all of `nodes` are. */
const signal = (nodes: readonly Node[]): Node =>
  nodes.map((node) => (size(node) === 1 ? node : slice(node, [0, 0], [1, 1]))).reduce((a, b) => add(a, b));

const mayWait = ({ op, inputs }: Node): boolean => op === 'Gemm' && inputs.length === 2;

export function schedule(graph: Graph): Graph {
  const replaced = new Map<Node, Node>();
  const current = (node: Node): Node => replaced.get(node) ?? node;
  const idle = new Set<Node>();
  for (const node of execution(graph.outputs)) {
    for (const input of node.inputs) idle.delete(input);
    let now = withInputs(node, node.inputs.map(current));
    if (mayWait(node) && idle.size > 0) {
      const inputs = [...now.inputs, signal([...idle].map(current))];
      now = { ...now, inputs, attributes: { ...now.attributes, beta: 0 } };
      idle.clear();
    }
    replaced.set(node, now);
    if (node.op === 'Gemm') idle.add(node);
  }
  return { ...graph, outputs: graph.outputs.map(current) };
}
