import {
  euler,
  exactDivergence,
  hutchinson,
  mlp,
  neuralOde,
  rk4,
  silu,
  softplus,
  standardise,
  tanh,
  whiten,
} from '@wasserflow/blocks';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { ndarray, stream } from '@wasserflow/tensor';
import { describeBlock, describeHead } from '@wasserflow/testkit';

const engine = () => tfjsEngine('wasm');

const odes = {
  'neural-ode, rk4, tanh, with time': { activation: tanh, time: true, solver: rk4, steps: 4 },
  'neural-ode, rk4, silu, autonomous': { activation: silu, time: false, solver: rk4, steps: 4 },
  'neural-ode, rk4, softplus': { activation: softplus(5), time: true, solver: rk4, steps: 6 },
  'neural-ode, euler': { activation: tanh, time: true, solver: euler, steps: 100 },
};
for (const [name, { activation, time, solver, steps }] of Object.entries(odes)) {
  const field = mlp({ hidden: [6, 6], activation, time });
  const block = neuralOde({ field, solver, divergence: exactDivergence, steps });
  describeBlock(name, block, { engine });
}
describeBlock(
  'neural-ode, hutchinson in training',
  neuralOde({
    field: mlp({ hidden: [6], activation: tanh, time: true }),
    solver: rk4,
    divergence: hutchinson('rademacher'),
    steps: 4,
  }),
  { engine },
);

/** Rows with unlike spreads and dependent columns. */
const { data } = stream('rows').normal([200, 3]);
const rows = ndarray(
  data.map((z, i) => [2 * z + 1, 0.3 * z - 2, 0.5 * z + data[i - 1]!][i % 3]!),
  [200, 3],
);
describeHead('whiten', whiten, { engine, rows });
describeHead('standardise', standardise, { engine, rows });
