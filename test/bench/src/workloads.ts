/** The five workloads, as programs of an engine. Each unit of work is what PyTorch's peer does per line. */
import {
  exactDivergence,
  finiteDifference,
  hutchinson,
  mlp,
  neuralOde,
  rk4,
  softplus,
  tanh,
  type MlpOptions,
} from '@wasserflow/blocks';
import { energy, type Block, type DivergenceEstimator, type LogDetMode } from '@wasserflow/core';
import { flowFacet, trainStep } from '@wasserflow/space-flow';
import {
  adam,
  ops,
  scalarArray,
  sliceRows,
  stream,
  type ArrayTree,
  type Engine,
  type NdArray,
  type Stream,
  type Tensor,
  type TensorTree,
} from '@wasserflow/tensor';
import type { Contender } from './harness.js';

export const workloadNames = ['W1', 'W2', 'W3', 'W4', 'W5'] as const;
export type WorkloadName = (typeof workloadNames)[number];

export const titles: Readonly<Record<WorkloadName, string>> = {
  W1: 'the JKO-iFlow training step: d 2, 3 x 128, batch 2000, finite-difference probe',
  W2: 'training step: d 64, 3 x 256, batch 256, Hutchinson by exact products',
  W3: 'training step: d 8, 3 x 256, batch 256, exact divergence',
  W4: 'push 100,000 points through 8 blocks: d 2, 3 x 128',
  W5: 'inverse and log density of 10,000 points, 8 blocks: d 2, 3 x 128',
};

const STEPS = 3;

const blockOf = (field: MlpOptions, divergence: DivergenceEstimator): Block =>
  neuralOde({ field: mlp(field), solver: rk4, divergence, steps: STEPS });

interface Training {
  readonly block: Block;
  readonly dimension: number;
  readonly batch: number;
}

const standardNormal = (dimension: number) => ({
  dimension,
  value: (x: Tensor) => ops.mul(ops.sum(ops.square(x), 1), 0.5),
});

type Step = (inputs: any) => TensorTree;

/** What is left of a training step when it computes nothing: random numbers, feeding and reading back. */
const idle: Step = ({ parameters, optimizer }) => ({ parameters, optimizer });

/** A training step that goes on from its own last result; random numbers are drawn in every one. */
async function training(
  engine: Engine,
  name: string,
  { block, dimension, batch }: Training,
  step?: Step,
): Promise<Contender> {
  const rng = stream(name);
  const facet = flowFacet(energy('kl', { entropy: 1, potential: standardNormal(dimension), constant: 0 }))!;
  const optimizer = adam({ learningRate: 1e-4, clip: 1 });
  const draw = (random: Stream): ArrayTree => block.noise?.(random, batch, dimension) ?? [];
  let parameters = block.init(rng.fork('init'), dimension);
  let state = optimizer.init(parameters);
  const fixed = { x: rng.fork('x').normal([batch, dimension]), gamma: scalarArray(0.25), drawn: [] };
  const example = { parameters, optimizer: state, noise: draw(rng), ...fixed };
  const program = await engine.compile(name, (step ?? trainStep(block, facet, optimizer)) as Step, example as never);
  let i = 0;
  return {
    name: engine.report().id,
    async run() {
      const noise = draw(rng.fork(i++));
      const out = await program.run({ parameters, optimizer: state, noise, ...fixed });
      ({ parameters, optimizer: state } = out as never);
    },
    dispose: () => program.dispose(),
  };
}

const BLOCKS = 8;
/** Rows that one call maps, at most. */
const CHUNK = 10_000;

type Mapped = { parameters: TensorTree; x: Tensor };

async function mapping(
  engine: Engine,
  name: string,
  n: number,
  modes: readonly (LogDetMode | 'inverse')[],
): Promise<Contender> {
  const block = blockOf({ hidden: [128, 128, 128], activation: tanh, time: false }, exactDivergence);
  const flow = Array.from({ length: BLOCKS }, (_, i) => block.init(stream(name).fork(i), 2));
  const points = stream(name).normal([n, 2]);
  const rows = Math.min(CHUNK, n);
  const example = { parameters: flow[0]!, x: { shape: [rows, 2] } } as never;
  const functions = {
    none: ({ parameters, x }: Mapped) => ({ y: block.forward(parameters, x, 'none').y }),
    estimate: ({ parameters, x }: Mapped) => block.forward(parameters, x, 'estimate') as { y: Tensor },
    inverse: ({ parameters, x }: Mapped) => ({ y: block.inverse(parameters, x) }),
  };
  const programs = await Promise.all(
    modes.map((mode) => engine.compile(`${name}.${mode}`, functions[mode as keyof typeof functions], example)),
  );
  const through = async (chunk: NdArray): Promise<void> => {
    for (const program of programs) {
      let x = chunk;
      for (const parameters of flow) x = (await program.run({ parameters, x })).y;
    }
  };
  return {
    name: engine.report().id,
    async run() {
      for (let from = 0; from < n; from += rows) await through(sliceRows(points, from, from + rows));
    },
    dispose: () => programs.forEach((program) => program.dispose()),
  };
}

const rose = (): Training => ({
  block: blockOf({ hidden: [128, 128, 128], activation: softplus(20), time: false }, finiteDifference(0.02)),
  dimension: 2,
  batch: 2000,
});

/** All of a W1 step that is not arithmetic. */
export const hostWork = (engine: Engine): Promise<Contender> => training(engine, 'W1.host', rose(), idle);

/** The workload on an engine; of mappings, `share` of the points. */
export function workload(engine: Engine, name: WorkloadName, share = 1): Promise<Contender> {
  const wide = { hidden: [256, 256, 256], activation: tanh, time: false };
  switch (name) {
    case 'W1':
      return training(engine, name, rose());
    case 'W2':
      return training(engine, name, { block: blockOf(wide, hutchinson('rademacher')), dimension: 64, batch: 256 });
    case 'W3':
      return training(engine, name, { block: blockOf(wide, exactDivergence), dimension: 8, batch: 256 });
    case 'W4':
      return mapping(engine, name, 100_000 * share, ['none']);
    case 'W5':
      return mapping(engine, name, 10_000 * share, ['inverse', 'estimate']);
  }
}
