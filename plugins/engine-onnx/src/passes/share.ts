/** Common subexpressions: equal nodes become one. */
import { createHash } from 'node:crypto';
import { rewrite, type Graph, type Node } from '../graph/node.js';

function valuesKey({ values }: Node): string {
  if (values === undefined) return '';
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return createHash('sha1').update(bytes).digest('base64');
}

export function share(graph: Graph): Graph {
  const numbers = new Map<Node, number>();
  const known = new Map<string, Node>();
  const keyOf = (node: Node): string =>
    [
      node.op,
      node.name ?? '',
      node.inputs.map((input) => numbers.get(input)).join(),
      JSON.stringify(node.attributes),
      node.shape.join(),
      node.type,
      valuesKey(node),
    ].join('|');
  return rewrite(graph, (node) => {
    const key = keyOf(node);
    const same = known.get(key);
    if (same !== undefined) return same;
    known.set(key, node);
    numbers.set(node, numbers.size);
    return undefined;
  });
}
