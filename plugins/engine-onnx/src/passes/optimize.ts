/** The passes between a traced graph and the model. */
import { cast } from '../graph/operations.js';
import type { Graph } from '../graph/node.js';
import { batchesOfRows, sumsOfBatches } from './batches.js';
import { factors } from './factors.js';
import { finish } from './finish.js';
import { fold } from './fold.js';
import { constantsSecond, identities, knownChoices, normalForm, scalarConstants } from './identities.js';
import { implicitBroadcast, keptAxes, reshapes, movesOutwards, tilesAreBroadcasts } from './layout.js';
import { lowerActivations } from './lower-activations.js';
import { lowerProducts } from './lower-products.js';
import { narrowProducts, sumsOfRows, transposedProducts, transposesIntoProducts } from './products.js';
import { schedule } from './schedule.js';
import { share } from './share.js';
import { shareSoftplus } from './softplus.js';
import { collectSums } from './sums.js';
import { simplify, type Rule } from './simplify.js';

/** Arrays outside are numbers: truth values come out as 0 and 1. */
const numericOutputs = (graph: Graph): Graph => ({
  ...graph,
  outputs: graph.outputs.map((node) => (node.type === 'bool' ? cast(node, 'float32') : node)),
});

const rules: readonly Rule[] = [
  fold,
  constantsSecond,
  scalarConstants,
  normalForm,
  identities,
  knownChoices,
  reshapes,
  keptAxes,
  tilesAreBroadcasts,
  implicitBroadcast,
  batchesOfRows,
  sumsOfBatches,
  transposesIntoProducts,
  transposedProducts,
  narrowProducts,
  sumsOfRows,
  factors,
  movesOutwards,
];

/**
 * The graph in the form that runs fast.
 *
 * 1. Local rules bring it into one form and drop what cancels; equal nodes become one (`simplify`, `share`).
 * 2. Functions are written by the operations that ONNX Runtime computes in vectors (`lowerActivations`).
 * 3. Products of matrices take the factors, biases and sums around them (`collectSums`, `lowerProducts`).
 * 4. Products are tied to an order in which their operands are still in the caches (`schedule`).
 *
 * @param threads - how many threads will share the work
 */
export const optimize = (graph: Graph, threads: number): Graph =>
  [
    numericOutputs,
    share,
    shareSoftplus,
    (current: Graph) => simplify(current, rules),
    lowerActivations,
    collectSums,
    (current: Graph) => lowerProducts(current, threads),
    finish,
    share,
    schedule,
  ].reduce((current, pass) => pass(current), graph);
