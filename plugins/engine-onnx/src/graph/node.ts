/**
 * The graph between a traced function and an ONNX model: immutable nodes that point at their inputs. A graph
 * holds what its outputs reach, so nothing dead survives a pass.
 *
 * Operations have the names and meanings of ONNX, but for a few that passes lower: `Softplus`, `NegativeSoftplus`
 * (-softplus(-x)), `Log1p`, `MatMul` with the attributes `transA` and `transB`, `Sum` of many terms, and
 * `SumOfParts` (over the first axis). What ONNX passes as small integer inputs (axes, shapes, pads) are
 * attributes here.
 */

export type ElementType = 'float32' | 'int32' | 'bool';
export type Values = Float32Array | Int32Array | Uint8Array;
export type Attributes = Readonly<Record<string, number | readonly number[]>>;

export interface Node {
  readonly op: string;
  readonly inputs: readonly Node[];
  readonly attributes: Attributes;
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** Of a `Constant`: its numbers in row-major order, or one number that stands for all. */
  readonly values?: Values;
  /** Of an `Input`: its name. */
  readonly name?: string;
}

export interface Graph {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

type InputsOf = (node: Node) => readonly Node[];

/**
 * Every node that the outputs reach, inputs before those who use them.
 *
 * @param inputsOf - in which order to follow the inputs of a node
 */
export function sorted(outputs: readonly Node[], inputsOf: InputsOf = ({ inputs }) => inputs): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  // An explicit stack: graphs of unrolled loops are deeper than the call stack.
  const stack: { node: Node; pending: Iterator<Node> }[] = [];
  const enter = (node: Node) => {
    if (seen.has(node)) return;
    seen.add(node);
    stack.push({ node, pending: inputsOf(node)[Symbol.iterator]() });
  };
  for (const output of outputs) {
    enter(output);
    while (stack.length > 0) {
      const next = stack.at(-1)!.pending.next();
      if (next.done) order.push(stack.pop()!.node);
      else enter(next.value);
    }
  }
  return order;
}

/** How often each node is used, outputs of the graph included. */
export function countUses(outputs: readonly Node[]): ReadonlyMap<Node, number> {
  const uses = new Map<Node, number>();
  const count = (node: Node) => uses.set(node, (uses.get(node) ?? 0) + 1);
  for (const node of sorted(outputs)) node.inputs.forEach(count);
  outputs.forEach(count);
  return uses;
}

export const withInputs = (node: Node, inputs: readonly Node[]): Node =>
  inputs.every((input, i) => input === node.inputs[i]) ? node : { ...node, inputs };

/**
 * Rebuilds a graph from its inputs to its outputs.
 *
 * @param rule - gets each node with its new inputs, and as it stood before; returns what replaces it, if anything
 */
export function rewrite(graph: Graph, rule: (node: Node, before: Node) => Node | undefined): Graph {
  const replaced = new Map<Node, Node>();
  for (const before of sorted(graph.outputs)) {
    const node = withInputs(
      before,
      before.inputs.map((input) => replaced.get(input)!),
    );
    replaced.set(before, rule(node, before) ?? node);
  }
  return { inputs: graph.inputs, outputs: graph.outputs.map((output) => replaced.get(output)!) };
}
