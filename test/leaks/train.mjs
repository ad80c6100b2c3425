// Trains a block for as many steps as the first argument says, on the engine that the second names; prints live tensors and resident memory.
import * as tf from '@tensorflow/tfjs-core';
import { exactDivergence, mlp, neuralOde, rk4, tanh } from '@wasserflow/blocks';
import { onnxEngine } from '@wasserflow/engine-onnx';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { flowFacet, trainStep } from '@wasserflow/space-flow';
import { adam, ops, scalarArray, stream } from '@wasserflow/tensor';

const steps = Number(process.argv[2]);
const engine = process.argv[3] === 'onnx' ? onnxEngine() : await tfjsEngine('wasm');
const field = mlp({ hidden: [16, 16], activation: tanh, time: true });
const block = neuralOde({ field, solver: rk4, divergence: exactDivergence, steps: 1, corrections: 0 });
const potential = { dimension: 2, value: (x) => ops.mul(ops.sum(ops.square(x), 1), 0.5) };
const facet = flowFacet({ id: 'kl', terms: { entropy: 1, potential, constant: 0 } });
const optimizer = adam({ learningRate: 1e-3 });

let parameters = block.init(stream('leaks'), 2);
let state = optimizer.init(parameters);
const rest = { x: stream('x').normal([64, 2]), gamma: scalarArray(0.5), noise: [], drawn: [] };
const step = trainStep(block, facet, optimizer);
const program = await engine.compile('leaks', step, { parameters, optimizer: state, ...rest });

const report = { tensors: [], resident: [] };
for (let i = 1; i <= steps; i++) {
  const out = await program.run({ parameters, optimizer: state, ...rest });
  ({ parameters, optimizer: state } = out);
  if (i % (steps / 10) !== 0) continue;
  globalThis.gc();
  report.tensors.push(tf.engine().state.numTensors);
  report.resident.push(process.memoryUsage().rss);
}
console.log(JSON.stringify(report));
