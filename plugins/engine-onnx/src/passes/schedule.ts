/**
 * Order of execution. ONNX Runtime walks a graph from its last output, and so computes, say, all gradients of
 * one weight at the very end, when their operands have long left the caches. Here products whose results
 * nobody needs soon are tied to the next product: Gemm with beta = 0 does not read its C, but waits for it.
 */
import { sorted, withInputs, type Graph, type Node } from '../graph/node.js';
import { add, reshape, slice } from '../graph/operations.js';

const isSource = ({ op }: Node): boolean => op === 'Input' || op === 'Constant';
const size = ({ shape }: Node): number => shape.reduce((product, n) => product * n, 1);

const isProduct = ({ op }: Node): boolean => op === 'Gemm' || op === 'FusedMatMul' || op === 'MatMul';

/** For each node the products that it waits for, not counting those that they wait for in turn. */
function neededProducts(nodes: readonly Node[]): Map<Node, ReadonlySet<Node>> {
  const needed = new Map<Node, ReadonlySet<Node>>();
  const of = (input: Node): Node[] => (isProduct(input) ? [input] : [...needed.get(input)!]);
  for (const node of nodes) needed.set(node, new Set(node.inputs.flatMap(of)));
  return needed;
}

/**
 * An order in which results are used while they are fresh: the product that became ready last runs first,
 * the smallest first among several, and all other nodes just before the first product that wants them.
 */
export function execution(outputs: readonly Node[]): Node[] {
  const nodes = sorted(outputs);
  const needed = neededProducts(nodes);
  const tasks = nodes.filter((node) => isProduct(node));
  const users = new Map<Node, Node[]>(tasks.map((task) => [task, []]));
  const waiting = new Map<Node, number>(tasks.map((task) => [task, needed.get(task)!.size]));
  for (const task of tasks) for (const product of needed.get(task)!) users.get(product)!.push(task);
  const ready = tasks.filter((task) => waiting.get(task) === 0).toReversed();
  const order: Node[] = [];
  while (ready.length > 0) {
    const task = ready.pop()!;
    order.push(task);
    const next = users.get(task)!.filter((user) => {
      waiting.set(user, waiting.get(user)! - 1);
      return waiting.get(user) === 0;
    });
    ready.push(...next.sort((a, b) => size(b) - size(a)));
  }
  return sorted([...order, ...outputs]).filter((node) => !isSource(node));
}

const corner = (node: Node): Node => {
  const flat =
    size(node) === 1
      ? node
      : slice(
          node,
          node.shape.map(() => 0),
          node.shape.map(() => 1),
        );
  return flat.shape.length === 2 ? flat : reshape(flat, [1, 1]);
};

/** One number that is there as soon as all of `nodes` are. */
const signal = (nodes: readonly Node[]): Node => nodes.map((node) => corner(node)).reduce((a, b) => add(a, b));

const mayWait = ({ op, inputs }: Node): boolean => op === 'Gemm' && inputs.length === 2;

/**
 * The order in which a model lists its nodes. ONNX Runtime runs the last output first, and the last listed
 * input of a node before the others: what should run first is listed last.
 */
export function listing(outputs: readonly Node[]): Node[] {
  const rank = new Map(execution(outputs).map((node, i) => [node, i]));
  const latestFirst = (nodes: readonly Node[]): Node[] =>
    [...nodes].sort((a, b) => (rank.get(b) ?? -1) - (rank.get(a) ?? -1));
  return sorted(latestFirst(outputs), ({ inputs }) => latestFirst(inputs));
}

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
    if (isProduct(node)) idle.add(node);
  }
  return { ...graph, outputs: graph.outputs.map(current) };
}
