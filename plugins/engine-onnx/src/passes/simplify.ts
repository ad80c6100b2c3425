/** Applies local rules until none of them changes anything. */
import { rewrite, type Graph, type Node } from '../graph/node.js';
import { share } from './share.js';

/** What may stand for a node, or undefined where the rule says nothing. */
export type Rule = (node: Node) => Node | undefined;

const MOST_ROUNDS = 20;

export function simplify(graph: Graph, rules: readonly Rule[]): Graph {
  const firstMatch: Rule = (node) => {
    for (const rule of rules) {
      const better = rule(node);
      if (better !== undefined) return better;
    }
    return undefined;
  };
  let current = share(graph);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let changed = false;
    const next = rewrite(current, (node) => {
      const better = firstMatch(node);
      changed ||= better !== undefined;
      return better;
    });
    if (!changed) break;
    current = share(next);
  }
  return current;
}
