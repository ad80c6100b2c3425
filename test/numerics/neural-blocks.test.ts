/**
 * Velocity fields, blocks and the JKO block loss against float64 references.
 *
 * Engines compute in float32: each number carries a relative rounding of 6e-8, and the longest chain here
 * (three Runge-Kutta steps and back) some hundred operations, so results agree to 2e-6 and gradients,
 * which are sums of such chains with cancellation, to 1e-5.
 */
import { euler, exactDivergence, finiteDifference, hutchinson, mlp, neuralOde, rk4, tanh } from '@wasserflow/blocks';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { flowFacet, trainStep } from '@wasserflow/space-flow';
import { energy, type VelocityField } from '@wasserflow/core';
import {
  fromRows,
  ndarray,
  ops,
  scalarArray,
  stream,
  tree,
  type ArrayTree,
  type Engine,
  type NdArray,
  type Optimizer,
  type Tensor,
  type TensorTree,
} from '@wasserflow/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import oracles from './oracles/neural.json' with { type: 'json' };

const FLOAT32 = 2e-6;
const GRADIENT = 1e-5;

type Matrix = readonly (readonly number[])[];
const transposed = (m: Matrix): number[][] => m[0]!.map((_, j) => m.map((row) => row[j]!));
const vector = (v: readonly number[]): NdArray => ndarray(v, [v.length]);

/** The oracles' f(x, t) = W2 tanh(W1 [x; t] + b1) + b2; our weights are `[in, out]`, t's apart. */
function parametersOf({ W1, b1, W2, b2 }: { W1: Matrix; b1: number[]; W2: Matrix; b2: number[] }): ArrayTree {
  const columns = transposed(W1);
  return {
    layers: [
      { weight: fromRows(columns.slice(0, 2)), bias: vector(b1), time: vector(columns[2]!) },
      { weight: fromRows(transposed(W2)), bias: vector(b2) },
    ],
  };
}

const field = mlp({ hidden: [3], activation: tanh, time: true });
const block = (steps: number, solver = rk4) => neuralOde({ field, solver, divergence: exactDivergence, steps });

let engine: Engine;
beforeAll(async () => {
  engine = await tfjsEngine('wasm');
});

/** Runs a tensor function once. */
async function evaluate<I extends TensorTree, O extends TensorTree>(fn: (inputs: I) => O, inputs: unknown) {
  const program = await engine.compile('test', fn, inputs as never);
  return program.run(inputs as never);
}

function expectClose(got: NdArray, expected: readonly number[], tolerance: number): void {
  expect(got.data.length).toBe(expected.length);
  for (const [i, e] of expected.entries())
    expect(Math.abs(got.data[i]! - e)).toBeLessThan(tolerance * Math.max(1, Math.abs(e)));
}

type Point = { parameters: TensorTree; x: Tensor };

describe('velocity field: mlp_field_divergence', () => {
  const { inputs, outputs } = oracles.mlp_field_divergence;
  const x = fromRows([inputs.x]);
  const parameters = parametersOf(inputs);

  test('value and exact divergence', async () => {
    const out = await evaluate(({ parameters, x }: Point) => field.divergence(parameters, x, inputs.t), {
      parameters,
      x,
    });
    expectClose(out.value, outputs.f, FLOAT32);
    expectClose(out.divergence, [outputs.div], FLOAT32);
  });

  test('Jacobian-vector products', async () => {
    const u = fromRows([[1, 0]]);
    const out = await evaluate(({ parameters, x, u }: Point & { u: Tensor }) => field.jvp(parameters, x, inputs.t, u), {
      parameters,
      x,
      u,
    });
    expectClose(out.tangent, [outputs.J[0]![0]!, outputs.J[1]![0]!], FLOAT32);
  });

  test.each(inputs.probes.map((probe, i) => [i, probe] as const))('Hutchinson with probe %i', async (i, probe) => {
    const estimator = hutchinson('gaussian');
    const out = await evaluate(
      ({ parameters, x, e }: Point & { e: Tensor }) => estimator.evaluate(field, parameters, x, inputs.t, e),
      { parameters, x, e: fromRows([probe]) },
    );
    expectClose(out.divergence, [outputs.hutchinson[i]!], FLOAT32);
  });

  test.each(inputs.probes.map((probe, i) => [i, probe] as const))(
    'finite difference with probe %i',
    async (i, probe) => {
      // The oracle's sigma is already divided by sqrt(d). A quotient of float32 numbers loses 1e-7 / 0.014.
      const estimator = finiteDifference(inputs.sigma * Math.SQRT2);
      const out = await evaluate(
        ({ parameters, x, e }: Point & { e: Tensor }) => estimator.evaluate(field, parameters, x, inputs.t, e),
        { parameters, x, e: fromRows([probe]) },
      );
      expectClose(out.divergence, [outputs.hutchinson_fd[i]!], 4e-5);
      expect(estimator.unbiased).toBe(false);
    },
  );

  test('Hutchinson is unbiased, with the variance that theory gives it', async () => {
    const n = 20_000;
    for (const [probe, variance] of [
      ['rademacher', outputs.var_rademacher],
      ['gaussian', outputs.var_gaussian],
    ] as const) {
      const e = hutchinson(probe).noise!(stream(probe), n, 2);
      const points = ndarray(
        Float32Array.from({ length: 2 * n }, (_, i) => inputs.x[i % 2]!),
        [n, 2],
      );
      const out = await evaluate(
        ({ parameters, x, e }: Point & { e: Tensor }) => hutchinson(probe).evaluate(field, parameters, x, inputs.t, e),
        { parameters, x: points, e },
      );
      const values = Array.from(out.divergence.data);
      const mean = values.reduce((a, b) => a + b) / n;
      const spread = values.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
      expect(Math.abs(mean - outputs.div)).toBeLessThan(4 * Math.sqrt(variance / n));
      // Four standard errors of a variance estimate are 4 sqrt(kurtosis / n), about 12 % for these probes.
      expect(Math.abs(spread / variance - 1)).toBeLessThan(0.12);
    }
  });

  test.each([1, 2, 3])(
    'deep fields: exact divergence is the trace of the products, %i hidden layers',
    async (depth) => {
      const deep: VelocityField = mlp({ hidden: Array(depth).fill(5), activation: tanh, time: true });
      const wide = tree.map(deep.init(stream(depth), 3), (a) =>
        ndarray(
          (a as NdArray).data.map((v) => 5 * v),
          a.shape,
        ),
      );
      const points = stream('points').normal([4, 3]);
      const basis = (i: number) =>
        ndarray(
          Float32Array.from({ length: 12 }, (_, k) => (k % 3 === i ? 1 : 0)),
          [4, 3],
        );
      const out = await evaluate(
        ({ parameters, x, e }: Point & { e: readonly Tensor[] }) => ({
          exact: deep.divergence(parameters, x, 0.4).divergence,
          trace: e
            .map((u) => ops.sum(ops.mul(u, deep.jvp(parameters, x, 0.4, u).tangent), 1))
            .reduce((a, b) => ops.add(a, b)),
        }),
        { parameters: wide, x: points, e: [basis(0), basis(1), basis(2)] },
      );
      expectClose(out.exact, Array.from(out.trace.data), 5e-6);
    },
  );
});

describe('block: cnf_block_rk4', () => {
  const { inputs, outputs } = oracles.cnf_block_rk4;
  const parameters = parametersOf(inputs);
  const x = fromRows([inputs.x0]);

  test.each(outputs.runs.filter((run) => run.K <= 16).map((run) => [run.K, run] as const))(
    '%i steps',
    async (K, run) => {
      const out = await evaluate(
        ({ parameters, x }: Point) => {
          const { y, logDet } = block(K).forward(parameters, x, 'estimate');
          const column = (u: number[]) => block(K).tangent!(parameters, x, ops.tensor([u])).tangent;
          return {
            y,
            logDet: logDet!,
            back: block(K).inverse(parameters, y),
            columns: [column([1, 0]), column([0, 1])],
          };
        },
        { parameters, x },
      );
      expectClose(out.y, run.x1, FLOAT32);
      expectClose(out.logDet, [-run.l1], FLOAT32);
      const error = Math.hypot(...Array.from(out.back.data, (v, i) => v - inputs.x0[i]!));
      expect(Math.abs(error - run.inverse_error)).toBeLessThan(FLOAT32);
      const [a, b] = out.columns.map((c) => Array.from(c.data));
      const determinant = a![0]! * b![1]! - a![1]! * b![0]!;
      expect(Math.abs(Math.log(determinant) - run.exact_logdet_of_rk4_map)).toBeLessThan(FLOAT32);
    },
  );

  test('a linear field: cnf_linear_field', async () => {
    const { A, x0 } = oracles.cnf_linear_field.inputs;
    const { x1, trA } = oracles.cnf_linear_field.outputs;
    const linear: VelocityField = {
      ...field,
      value: (p, at) => ops.matMul(at, p as Tensor),
      divergence: (p, at) => ({
        value: ops.matMul(at, p as Tensor),
        divergence: ops.add(ops.zeros([1]), A[0]![0]! + A[1]![1]!),
      }),
    };
    const exponential = neuralOde({
      field: linear,
      solver: rk4,
      divergence: exactDivergence,
      steps: 16,
    });
    const out = await evaluate(
      ({ parameters, x }: Point) => exponential.forward(parameters, x, 'estimate') as { y: Tensor; logDet: Tensor },
      { parameters: fromRows(transposed(A)), x: fromRows([x0]) },
    );
    expectClose(out.y, x1, FLOAT32);
    expectClose(out.logDet, [trA], FLOAT32);
  });

  test.each([
    ['euler', euler, 1],
    ['rk4', rk4, 4],
  ] as const)('%s has order %#', async (_, solver, order) => {
    const errorAt = async (steps: number) => {
      const out = await evaluate(
        ({ parameters, x }: Point) => block(steps, solver).forward(parameters, x, 'none') as { y: Tensor },
        {
          parameters,
          x,
        },
      );
      return Math.hypot(...Array.from(out.y.data, (v, i) => v - outputs.reference_x1[i]!));
    };
    // Coarse steps, so that float32 rounding (1e-7) stays far below the error.
    const slope = Math.log2((await errorAt(1)) / (await errorAt(2)));
    expect(Math.abs(slope - order)).toBeLessThan(0.6);
    expect(solver.order).toBe(order);
  });
});

test('JKO block loss and its gradient: jko_iflow_loss_and_gradient', async () => {
  const { inputs, outputs } = oracles.jko_iflow_loss_and_gradient;
  /** Hands the gradient out where an update would be. */
  const reveal: Optimizer = { init: () => [], update: (gradient) => ({ parameters: gradient, state: [] }) };
  const standardNormal = {
    dimension: 2,
    value: (at: Tensor) => ops.mul(ops.sum(ops.square(at), 1), 0.5),
  };
  const facet = flowFacet(energy('kl', { entropy: 1, potential: standardNormal, constant: 0 }))!;
  const out = await evaluate(trainStep(block(inputs.K), facet, reveal), {
    parameters: parametersOf(inputs),
    optimizer: [],
    x: fromRows(inputs.X),
    gamma: scalarArray(inputs.gamma),
    noise: [],
    drawn: [],
  });
  expectClose(out.loss, [outputs.loss], FLOAT32);
  expectClose(out.moved2, [outputs.W2 * 2 * inputs.gamma], FLOAT32);
  const expected = tree.leaves(parametersOf(outputs.grad) as tree.Tree<NdArray>);
  for (const [i, gradient] of tree.leaves(out.parameters as tree.Tree<NdArray>).entries())
    expectClose(gradient, Array.from(expected[i]!.data), GRADIENT);
});
