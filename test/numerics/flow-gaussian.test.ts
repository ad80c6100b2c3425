/**
 * Flows of affine maps between Gaussians, where likelihoods and training losses have closed forms. Engines compute in
 * float32: a hundred operations leave 2e-6 of numbers of order one, a likelihood under six maps some of these.
 */
import { calculusOf, energy, type Block, type GaussianMeasure, type SolveContext } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { flowFacet, flowSpace, trainStep } from '@wasserflow/space-flow';
import { gaussian } from '@wasserflow/targets';
import { adam, fromRows, ndarray, ops, scalarArray, stream, type Optimizer, type Tensor } from '@wasserflow/tensor';
import { CholeskyDecomposition, determinant, inverse, Matrix } from 'ml-matrix';
import { beforeAll, expect, test } from 'vitest';
import oracles from './oracles/neural.json' with { type: 'json' };

const FLOAT32 = 2e-6;

const target = gaussian({ dimension: 2 });
const kl = energy('kl', { entropy: 1, potential: target.potential!, constant: target.logNormalizer! }, target);
const context: SolveContext = { rng: stream(0) };

let engine: Awaited<ReturnType<typeof tfjsEngine>>;
beforeAll(async () => {
  engine = await tfjsEngine('cpu');
});

interface Affine {
  readonly A: Matrix;
  readonly c: Matrix;
}

/** The parameters of x -> A x + c. */
const parametersOf = ({ A, c }: Affine) => ({ linear: fromRows(A.to2DArray()), shift: ndarray(c.to1DArray(), [2]) });
type Parameters = { linear: Tensor; shift: Tensor };

/** x -> A x + c with its log determinant, of which training sees the derivative. */
const affine: Block = {
  init: () => parametersOf({ A: Matrix.eye(2), c: Matrix.zeros(2, 1) }),
  forward(parameters, x) {
    const { linear, shift } = parameters as Parameters;
    const entry = (i: number, j: number): Tensor => ops.slice(linear, [i, j], [1, 1]);
    const det = ops.sub(ops.mul(entry(0, 0), entry(1, 1)), ops.mul(entry(0, 1), entry(1, 0)));
    const logDet = ops.add(ops.zeros([x.shape[0]!]), ops.squeeze(ops.log(det), [0]));
    return { y: ops.add(ops.matMul(x, linear, false, true), shift), logDet };
  },
  inverse: () => {
    throw new Error('nothing is pulled back here');
  },
};

const measureOf = ({ m, S }: { m: number[]; S: number[][] }): GaussianMeasure => ({ mean: m, covariance: S });
const lawOf = ({ mean, covariance }: GaussianMeasure) =>
  gaussian({ mean: [...mean], covariance: covariance.map((row) => [...row]) });

/** The exact JKO step from a Gaussian, as a map. */
async function jkoMap(mu: GaussianMeasure, gamma: number) {
  const space = calculusOf(gaussianSpace(lawOf(mu)));
  const { measure: next, objective } = await space.prox(kl, mu, gamma, context);
  const { linear, center, constant } = await space.transport(mu, next);
  const B = new Matrix(linear as number[][]);
  const A = Matrix.add(Matrix.eye(2), B);
  const c = Matrix.sub(Matrix.columnVector([...constant]), B.mmul(Matrix.columnVector([...center])));
  return { next, objective: objective!, A, c };
}

/** Four equally weighted points with the moments of a Gaussian: means of quadratic functions over them are exact. */
function cubature({ mean, covariance }: GaussianMeasure): number[][] {
  const L = new CholeskyDecomposition(new Matrix(covariance as number[][])).lowerTriangularMatrix;
  return [0, 1].flatMap((j) => [Math.SQRT2, -Math.SQRT2].map((s) => mean.map((m, i) => m + s * L.get(i, j))));
}

/** log N(x; mean, covariance). */
function logDensity({ mean, covariance }: GaussianMeasure, x: readonly number[]): number {
  const S = new Matrix(covariance as number[][]);
  const d = Matrix.columnVector(x.map((v, i) => v - mean[i]!));
  return -(d.transpose().mmul(inverse(S)).mmul(d).get(0, 0) + Math.log(determinant(S))) / 2 - Math.log(2 * Math.PI);
}

const expectMatrix = (actual: Matrix, expected: readonly (readonly number[])[], digits = 10): void =>
  expected.forEach((row, i) => row.forEach((value, j) => expect(actual.get(i, j)).toBeCloseTo(value, digits)));

test('flow_composition_gaussian: likelihood of six exact steps, and KL(p_0 | q_0) = KL(p_6 | q)', async () => {
  const { inputs, outputs } = oracles.flow_composition_gaussian;
  const p0 = measureOf(inputs);
  const maps: Affine[] = [];
  let mu = p0;
  for (let n = 0; n < inputs.blocks; n++) {
    const map = await jkoMap(mu, inputs.gamma);
    maps.push(map);
    mu = map.next;
  }
  const whole = maps.reduce((T, { A, c }) => ({ A: A.mmul(T.A), c: Matrix.add(A.mmul(T.c), c) }));
  expectMatrix(whole.A, outputs.M);
  expectMatrix(
    whole.c,
    outputs.c.map((x) => [x]),
  );
  expect(maps.reduce((sum, { A }) => sum + Math.log(determinant(A)), 0)).toBeCloseTo(outputs.sum_logdet, 10);

  const parts = { engine, initial: lawOf(p0), block: affine, head: undefined, optimizer: adam({ learningRate: 0.1 }) };
  const options = { pool: 8, diffusion: 0, evaluation: 8, chunk: 8, warmStart: true };
  const training = { iterations: 1, batch: 8, saveEvery: 1 };
  const space = flowSpace(parts, { ...options, ...training }, stream('flow'));
  const flow = { head: null, blocks: maps.map(parametersOf) };
  const points = [inputs.x, ...cubature(p0)];
  const found = await space.modelLogDensity!(flow, target, fromRows(points));
  expect(Math.abs(found[0]! - outputs.log_q0)).toBeLessThan(5 * FLOAT32);
  const q0 = { mean: outputs.q0_mean, covariance: outputs.q0_cov };
  for (const [i, x] of points.entries()) expect(Math.abs(found[i]! - logDensity(q0, x))).toBeLessThan(5 * FLOAT32);

  // log p_0 - log q_0 is quadratic.
  const divergence = points.slice(1).reduce((sum, x, i) => sum + (logDensity(p0, x) - found[i + 1]!) / 4, 0);
  expect(Math.abs(divergence - outputs.KL_p0_q0)).toBeLessThan(5 * FLOAT32);
  expect(await calculusOf(gaussianSpace(lawOf(mu))).value(kl, mu)).toBeCloseTo(outputs.KL_pN_q, 10);
});

test('jko_iflow_population_optimum_gaussian: the loss at the exact step, which is where its gradient vanishes', async () => {
  const { inputs, outputs } = oracles.jko_iflow_population_optimum_gaussian;
  const p = measureOf(inputs);
  const { A, c, objective } = await jkoMap(p, inputs.gamma);
  expectMatrix(A, outputs.T);
  expectMatrix(
    c,
    outputs.c.map((x) => [x]),
  );
  expect(objective).toBeCloseTo(outputs.JKO_objective, 10);
  expect(outputs.loss_opt + outputs.const).toBeCloseTo(objective, 10);

  /** Hands the gradient out where an update would be. */
  const reveal: Optimizer = { init: () => [], update: (gradient) => ({ parameters: gradient, state: [] }) };
  const facet = flowFacet(energy('kl', { entropy: 1, potential: target.potential!, constant: 0 }))!;
  const step = trainStep(affine, facet, reveal);
  const at = async (map: Affine) => {
    const rows = fromRows(cubature(p));
    const gamma = scalarArray(inputs.gamma);
    const given = { parameters: parametersOf(map), optimizer: [], x: rows, gamma, noise: [], drawn: [] };
    const program = await engine.compile('step', step, given as never);
    const { loss, parameters } = await program.run(given as never);
    const { linear, shift } = parameters as unknown as ReturnType<typeof parametersOf>;
    return { loss: loss.data[0]!, slope: Math.hypot(...linear.data, ...shift.data) };
  };
  const best = await at({ A, c });
  expect(Math.abs(best.loss - outputs.loss_opt)).toBeLessThan(2 * FLOAT32);
  expect(best.slope).toBeLessThan(10 * FLOAT32);
  const elsewhere = await at({ A: Matrix.mul(A, 1.01), c });
  expect(elsewhere.slope).toBeGreaterThan(1e-3);
});
