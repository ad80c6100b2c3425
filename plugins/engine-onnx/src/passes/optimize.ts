/** The passes between a traced graph and the model. */
import { cast } from '../graph/operations.js';
import type { Graph } from '../graph/node.js';
import { lowerActivations } from './lower-activations.js';
import { lowerProducts } from './lower-products.js';

/** Arrays outside are numbers: truth values come out as 0 and 1. */
const numericOutputs = (graph: Graph): Graph => ({
  ...graph,
  outputs: graph.outputs.map((node) => (node.type === 'bool' ? cast(node, 'float32') : node)),
});

const passes: readonly ((graph: Graph) => Graph)[] = [numericOutputs, lowerActivations, lowerProducts];

export const optimize = (graph: Graph): Graph => passes.reduce((current, pass) => pass(current), graph);
