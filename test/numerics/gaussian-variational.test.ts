/** Gaussian variational inference: potentials that are not quadratic, and the virial identity of every proximal step. */
import {
  calculusOf,
  energy,
  type Distribution,
  type GaussianMeasure,
  type Interaction,
  type PointwisePotential,
  type Potential,
} from '@wasserflow/core';
import { kl } from '@wasserflow/functionals';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { stream } from '@wasserflow/tensor';
import * as fc from 'fast-check';
import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { gaussianLaw, runGaussian } from './gaussian-laws.js';

const context = { rng: stream(0) };
const line = (m: number, s: number): GaussianMeasure => ({ mean: [m], covariance: [[s]] });
const space = calculusOf(gaussianSpace(gaussianLaw('any', [0], [[1]])));

/** q prop exp(-sum x_i^4 / 4). */
const quartic = (dimension: number): Potential => ({
  dimension,
  pointwise: {
    value: (x) => x.reduce((sum, a) => sum + a ** 4 / 4, 0),
    gradient: (x) => x.map((a) => a ** 3),
    hessian: (x) => x.map((a, i) => x.map((_, j) => (i === j ? 3 * a * a : 0))),
  },
});
const quarticLaw: Distribution = { id: 'target', dimension: 1, potential: quartic(1) };

describe("q prop exp(-x^4 / 4): E V' = m^3 + 3 m s, E V'' = 3 (m^2 + s), limit N(0, 1 / sqrt 3)", () => {
  it('the gradient of KL', async () => {
    const [m, s] = [0.7, 1.3];
    const { linear, constant } = await space.gradient(kl(quarticLaw), line(m, s));
    expect(linear[0]![0]).toBeCloseTo(3 * (m * m + s) - 1 / s, 12);
    expect(constant[0]).toBeCloseTo(m ** 3 + 3 * m * s, 12);
  });

  it('forward-backward, step by step and to its limit', async () => {
    const gamma = 0.05;
    const run = {
      initial: gaussianLaw('initial', [1], [[0.6]]),
      target: quarticLaw,
      scheme: 'forward-backward',
      gamma,
    };
    const { steps, outcome } = await runGaussian({ ...run, count: 200 });
    expect(outcome.status).toBe('done');
    let [m, s] = [1, 0.6];
    for (const { step, measure } of steps.slice(1, 20)) {
      const half = (1 - 3 * gamma * (m * m + s)) ** 2 * s;
      [m, s] = [m - gamma * (m ** 3 + 3 * m * s), (half + 2 * gamma + Math.sqrt(half * (half + 4 * gamma))) / 2];
      expect(measure.mean[0], `step ${step}`).toBeCloseTo(m, 11);
      expect(measure.covariance[0]![0], `step ${step}`).toBeCloseTo(s, 11);
    }
    const last = steps.at(-1)!.measure;
    expect(last.mean[0]).toBeCloseTo(0, 7);
    expect(last.covariance[0]![0]).toBeCloseTo(1 / Math.sqrt(3), 10);
  });

  it("Bures-JKO steps solve m' + gamma E V' = m and s' (1 + gamma (E V'' - 1 / s')) = sqrt(s s'), to the same limit", async () => {
    const gamma = 0.4;
    const run = { initial: gaussianLaw('initial', [1], [[0.6]]), target: quarticLaw, scheme: 'jko', gamma };
    const { steps } = await runGaussian({ ...run, count: 60 });
    for (const [n, { measure, info }] of steps.slice(1, 20).entries()) {
      const before = steps[n]!.measure;
      const [m, s] = [measure.mean[0]!, measure.covariance[0]![0]!];
      expect(m + gamma * (m ** 3 + 3 * m * s)).toBeCloseTo(before.mean[0]!, 10);
      expect(s * (1 + gamma * (3 * (m * m + s) - 1 / s))).toBeCloseTo(Math.sqrt(s * before.covariance[0]![0]!), 10);
      expect(info['residual']).toBeLessThan(1e-9);
    }
    expect(steps.at(-1)!.measure.covariance[0]![0]).toBeCloseTo(1 / Math.sqrt(3), 10);
  });
});

/** A logistic regression with a Gaussian prior, on the plane: V = |x|^2 / 2 + sum log(1 + exp(-a_i . x)). */
const rows = [[1.5, 0.3], [-0.4, 1.1], [2, -1], [0.2, 0.9]]; // prettier-ignore
const dot = (a: readonly number[], x: readonly number[]) => a.reduce((sum, v, i) => sum + v * x[i]!, 0);
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const logistic: PointwisePotential = {
  value: (x) => dot(x, x) / 2 + rows.reduce((sum, a) => sum + Math.log1p(Math.exp(-dot(a, x))), 0),
  gradient: (x) => x.map((v, i) => v - rows.reduce((sum, a) => sum + a[i]! * sigmoid(-dot(a, x)), 0)),
  hessian: (x) =>
    x.map((_, i) =>
      x.map((__, j) =>
        rows.reduce((sum, a) => sum + a[i]! * a[j]! * sigmoid(dot(a, x)) * sigmoid(-dot(a, x)), i === j ? 1 : 0),
      ),
    ),
};

it('the Gaussian nearest to a logistic posterior: E grad V = 0 and E Hess V = S^-1 on a grid of its own', async () => {
  const target: Distribution = { id: 'target', dimension: 2, potential: { dimension: 2, pointwise: logistic } };
  const initial = gaussianLaw('initial', [0, 0], [[1, 0], [0, 1]]); // prettier-ignore
  const ends: GaussianMeasure[] = [];
  // Each step shrinks the error by 1 / (1 + gamma) or 1 - gamma at least, as V is 1-convex.
  for (const [scheme, gamma, count] of [
    ['jko', 4, 14],
    ['forward-backward', 0.25, 65],
    ['forward-euler', 0.25, 65],
  ] as const) {
    const { steps } = await runGaussian({ initial, target, scheme, gamma, count });
    ends.push(steps.at(-1)!.measure);
  }
  const { mean, covariance } = ends[0]!;
  for (const end of ends.slice(1))
    for (const [i, a] of end.covariance.flat().entries()) expect(a).toBeCloseTo(covariance.flat()[i]!, 7);
  const precision = inverse(new Matrix(covariance as number[][])).to2DArray();
  const [slope, hessian] = [[0, 0], [[0, 0], [0, 0]]]; // prettier-ignore
  let total = 0;
  const h = 0.2;
  for (let x = mean[0]! - 6; x <= mean[0]! + 6; x += h)
    for (let y = mean[1]! - 6; y <= mean[1]! + 6; y += h) {
      const offset = [x - mean[0]!, y - mean[1]!];
      const weight = Math.exp(
        -dot(
          offset,
          precision.map((row) => dot(row, offset)),
        ) / 2,
      );
      total += weight;
      for (const i of [0, 1]) {
        slope[i]! += weight * logistic.gradient([x, y])[i]!;
        for (const j of [0, 1]) hessian[i]![j]! += weight * logistic.hessian([x, y])[i]![j]!;
      }
    }
  for (const i of [0, 1]) {
    expect(slope[i]! / total).toBeCloseTo(0, 7);
    for (const j of [0, 1]) expect(hessian[i]![j]! / total).toBeCloseTo(precision[i]![j]!, 7);
  }
});

const vector = (d: number) => fc.array(fc.double({ min: -1.5, max: 1.5, noNaN: true }), { minLength: d, maxLength: d });
const covarianceOf = (d: number) =>
  fc.array(vector(d), { minLength: d, maxLength: d }).map((square) => {
    const A = new Matrix(square);
    return A.mmul(A.transpose()).add(Matrix.eye(d, d, 0.1)).to2DArray(); // prettier-ignore
  });
const problems = fc.integer({ min: 1, max: 3 }).chain((d) =>
  fc.record({
    mu: fc.record({ mean: vector(d), covariance: covarianceOf(d) }),
    precision: covarianceOf(d),
    center: vector(d),
    entropy: fc.double({ min: 0.1, max: 2, noNaN: true }),
    k: fc.double({ min: 0, max: 2, noNaN: true }),
    gamma: fc.double({ min: 0.05, max: 2, noNaN: true }),
  }),
);
const spring = (quadratic: number): Interaction => ({
  quadratic,
  at: (s) => ({ value: (quadratic * s) / 2, first: quadratic / 2, second: 0 }),
  value: (s) => s,
  slope: (s) => s,
});

/** E X'.(X' - T(X')) = (E|X'|^2 - E|X|^2 + W2^2) / 2, with the trace formula of W2. */
function drift(mu: GaussianMeasure, nu: GaussianMeasure): number {
  const [S, R] = [new Matrix(mu.covariance as number[][]), new Matrix(nu.covariance as number[][])];
  const eigenvalues = new EigenvalueDecomposition(S.mmul(R), { assumeSymmetric: false }).realEigenvalues;
  const cross = eigenvalues.reduce((sum, l) => sum + Math.sqrt(Math.max(l, 0)), 0);
  return R.trace() - cross + dot(nu.mean, nu.mean) - dot(nu.mean, mu.mean);
}

describe("the virial identity E X'.(X' - T(X')) / gamma + E X'.grad V + E (X' - X'').grad W / 2 = a d", () => {
  it('holds for the closed form, with a quadratic potential and a quadratic interaction', async () => {
    await fc.assert(
      fc.asyncProperty(problems, async ({ mu, precision, center, entropy, k, gamma }) => {
        const d = center.length;
        const potential = { dimension: d, quadratic: { precision, center, constant: 0 } };
        const interactions = [{ weight: 1, interaction: spring(k) }];
        const G = energy('G', { entropy, potential, interactions, constant: 0 });
        const { measure: nu } = await space.prox(G, mu, gamma, context);
        // E X.P(X - c) = tr(P S) + m.P(m - c), and half of E z.k z is k tr S.
        const P = new Matrix(precision);
        const S = new Matrix(nu.covariance as number[][]);
        const offset = nu.mean.map((m, i) => m - center[i]!);
        const pull =
          P.mmul(S).trace() +
          dot(
            nu.mean,
            precision.map((row) => dot(row, offset)),
          );
        const size = 1 + S.trace() + dot(mu.mean, mu.mean) + new Matrix(mu.covariance).trace();
        expect(Math.abs(drift(mu, nu) / gamma + pull + k * S.trace() - entropy * d)).toBeLessThan(
          (1e-10 * size) / gamma,
        );
      }),
      { seed: 8, numRuns: 60 },
    );
  });

  it('holds for the solve on Gaussians, with a quartic potential: E x^4 = m^4 + 6 m^2 s + 3 s^2', async () => {
    await fc.assert(
      fc.asyncProperty(problems, async ({ mu, entropy, k, gamma }) => {
        const d = mu.mean.length;
        const interactions = [{ weight: 1, interaction: spring(k) }];
        const G = energy('G', { entropy, potential: quartic(d), interactions, constant: 0 });
        const { measure: nu, status } = await space.prox(G, mu, gamma, context);
        expect(status).toBe('ok');
        const s = nu.mean.map((_, i) => nu.covariance[i]![i]!);
        const fourth = nu.mean.reduce((sum, m, i) => sum + m ** 4 + 6 * m * m * s[i]! + 3 * s[i]! ** 2, 0);
        const trace = s.reduce((sum, v) => sum + v, 0);
        const size = 1 + trace + dot(mu.mean, mu.mean) + new Matrix(mu.covariance).trace();
        expect(Math.abs(drift(mu, nu) / gamma + fourth + k * trace - entropy * d)).toBeLessThan((1e-9 * size) / gamma);
      }),
      { seed: 9, numRuns: 12 },
    );
  });
});
