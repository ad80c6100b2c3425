/**
 * The inequalities that convergence proofs rest on, for random Gaussians that do not commute: exact and inexact JKO,
 * forward-backward, and unadjusted Langevin steps on KL. An inequality that is tight (for translations) leaves no room
 * for a wrong constant; what is allowed for is rounding.
 */
import {
  calculusOf,
  energy,
  splitEnergy,
  type AffineField,
  type Functional,
  type GaussianMeasure,
} from '@wasserflow/core';
import { kl } from '@wasserflow/functionals';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { stream } from '@wasserflow/tensor';
import * as fc from 'fast-check';
import { Matrix } from 'ml-matrix';
import { expect, it } from 'vitest';
import { gaussianLaw } from './gaussian-laws.js';

const vector = (d: number) => fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: d, maxLength: d });
const square = (d: number) => fc.array(vector(d), { minLength: d, maxLength: d });
/** A A^T + I / 10: eigenvalues from 0.1 to about 40. */
const covariance = (d: number) =>
  square(d).map((rows) => {
    const A = new Matrix(rows);
    return A.mmul(A.transpose()).add(Matrix.eye(d, d, 0.1)).to2DArray(); // prettier-ignore
  });
const measure = (d: number) => fc.record({ mean: vector(d), covariance: covariance(d) });

const problems = fc.integer({ min: 1, max: 4 }).chain((d) =>
  fc.record({
    mu: measure(d),
    target: measure(d),
    other: measure(d),
    gamma: fc.double({ min: 0.05, max: 3, noNaN: true }),
    /** gamma as a part of 1 / L, for explicit steps; at 1 / L they flatten the measure. */
    part: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
    error: fc.record({ linear: square(d), constant: vector(d) }),
    size: fc.double({ min: 0, max: 0.2, noNaN: true }),
  }),
);
type Problem = typeof problems extends fc.Arbitrary<infer P> ? P : never;

const space = calculusOf(gaussianSpace(gaussianLaw('any', [0], [[1]])));
const context = { rng: stream(0) };
const check = { seed: 1758, numRuns: 1000 };
const forAll = (property: (problem: Problem) => Promise<void>) =>
  fc.assert(fc.asyncProperty(problems, property), check);

/** lhs <= rhs up to rounding of the numbers that went in. */
function expectAtMost(lhs: number, rhs: number): void {
  expect(lhs - rhs).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(lhs) + Math.abs(rhs)));
}

const W2 = async (mu: GaussianMeasure, nu: GaussianMeasure) => Math.sqrt(await space.distance2(mu, nu));
const klTo = ({ mean, covariance: S }: Problem['target']) => kl(gaussianLaw('q', mean, S));
const minus = async (u: AffineField, v: AffineField, weight: number) =>
  space.combine([
    { weight: 1, of: u },
    { weight: -weight, of: v },
  ]);

/** A measure near nu, and the norm of the sub-gradient of G + W2^2(mu, .) / (2 gamma) there. */
async function perturbed(G: Functional, mu: GaussianMeasure, nu: GaussianMeasure, { error, size, gamma }: Problem) {
  const symmetric = error.linear.map((row, i) => row.map((a, j) => (a + error.linear[j]![i]!) / 8));
  const near = await space.push(nu, { linear: symmetric, center: nu.mean, constant: error.constant }, size);
  const xi = await minus(await space.gradient(G, near), await space.transport(near, mu), 1 / gamma);
  return { near, eps: Math.sqrt(await space.inner(near, xi, xi)) };
}

it('inequality_stress_test, exact JKO: the evolution variational inequality, towards any measure', () =>
  forAll(async ({ mu, target, other, gamma }) => {
    const G = klTo(target);
    const { measure: nu } = await space.prox(G, mu, gamma, context);
    const [before, after] = [await space.distance2(mu, other), await space.distance2(nu, other)];
    const gap = (await space.value(G, nu)) - (await space.value(G, other));
    expectAtMost((1 + gamma * G.convexity!) * after + 2 * gamma * gap + (await space.distance2(mu, nu)), before);
  }));

it('inequality_stress_test, inexact JKO: the evolution variational inequality with eps^2', () =>
  forAll(async (problem) => {
    const { mu, target, other, gamma } = problem;
    const G = klTo(target);
    const lambda = G.convexity!;
    const { near, eps } = await perturbed(G, mu, (await space.prox(G, mu, gamma, context)).measure, problem);
    const gap = (await space.value(G, near)) - (await space.value(G, other));
    const left = (1 + (gamma * lambda) / 2) * (await space.distance2(near, other)) + 2 * gamma * gap;
    expectAtMost(left, (await space.distance2(mu, other)) + ((2 * gamma) / lambda) * eps ** 2);
  }));

it('inequality_stress_test, inexact JKO: the sharp bounds on W2 and on the gap', () =>
  forAll(async (problem) => {
    const { mu, target, gamma } = problem;
    const G = klTo(target);
    const lambda = G.convexity!;
    const { near, eps } = await perturbed(G, mu, (await space.prox(G, mu, gamma, context)).measure, problem);
    const reach = (await W2(mu, target)) + gamma * eps;
    expectAtMost(await W2(near, target), reach / (1 + gamma * lambda));
    expectAtMost(await space.value(G, near), reach ** 2 / (2 * gamma * (2 + gamma * lambda)));
  }));

it('inequality_stress_test, inexact JKO: the residual bounds the distance to the exact step, and the gap of the objective', () =>
  forAll(async (problem) => {
    const { mu, target, gamma } = problem;
    const G = klTo(target);
    const stiff = 1 + gamma * G.convexity!;
    const { measure: exact, objective } = await space.prox(G, mu, gamma, context);
    const { near, eps } = await perturbed(G, mu, exact, problem);
    const gap = (await space.value(G, near)) + (await space.distance2(mu, near)) / (2 * gamma) - objective!;
    const distance = await W2(near, exact);
    expectAtMost(distance, (gamma * eps) / stiff);
    expectAtMost(gap, (gamma * eps ** 2) / (2 * stiff));
    expectAtMost(distance ** 2, (2 * gamma * Math.max(gap, 0)) / stiff);
  }));

it('the same holds of the entropy and of a potential alone, with their lambda', () =>
  forAll(async ({ mu, target, other, gamma }) => {
    const { smooth, proximable } = splitEnergy(klTo(target))!;
    for (const G of [smooth, proximable]) {
      const { measure: nu } = await space.prox(G, mu, gamma, context);
      const gap = (await space.value(G, nu)) - (await space.value(G, other));
      const after = (1 + gamma * (G.convexity ?? 0)) * (await space.distance2(nu, other));
      expectAtMost(after + 2 * gamma * gap, await space.distance2(mu, other));
    }
  }));

/** One forward-backward step with gamma = part / L, and E|X' - x|^2 along it. */
async function forwardBackward({ mu, target, part }: Problem) {
  const G = klTo(target);
  const { smooth, proximable } = splitEnergy(G)!;
  const gamma = part / G.smoothness!;
  const downhill = await space.combine([{ weight: -gamma, of: await space.gradient(smooth, mu) }]);
  const half = await space.push(mu, downhill, 1);
  const { measure: nu } = await space.prox(proximable, half, gamma, context);
  const rest = await space.pullBack(mu, downhill, 1, await space.transport(half, nu));
  const whole = await minus(downhill, rest, -1);
  return { G, proximable, gamma, half, nu, moved2: await space.inner(mu, whole, whole) };
}

it('forward_backward_inequalities_stress_test, forward-backward: the evolution variational inequality for gamma L <= 1', () =>
  forAll(async (problem) => {
    const { mu, other } = problem;
    const { G, gamma, nu, moved2 } = await forwardBackward(problem);
    const gap = (await space.value(G, nu)) - (await space.value(G, other));
    const left = (await space.distance2(nu, other)) + 2 * gamma * gap + (1 - gamma * G.smoothness!) * moved2;
    expectAtMost(left, (1 - gamma * G.convexity!) * (await space.distance2(mu, other)));
  }));

it('forward_backward_inequalities_stress_test, forward-backward: W2^2 to the target shrinks by (1 - gamma lambda) / (1 + gamma lambda)', () =>
  forAll(async (problem) => {
    const { G, gamma, nu } = await forwardBackward(problem);
    const factor = (1 - gamma * G.convexity!) / (1 + gamma * G.convexity!);
    expectAtMost(
      await space.distance2(nu, problem.target),
      factor * (await space.distance2(problem.mu, problem.target)),
    );
  }));

it('forward_backward_inequalities_stress_test, forward-backward with an inexact backward step', () =>
  forAll(async (problem) => {
    const { mu, other } = problem;
    const { G, proximable, gamma, half, nu } = await forwardBackward(problem);
    const lambda = G.convexity!;
    const { near, eps } = await perturbed(proximable, half, nu, { ...problem, gamma });
    const gap = (await space.value(G, near)) - (await space.value(G, other));
    const left = (1 - (gamma * lambda) / 2) * (await space.distance2(near, other)) + 2 * gamma * gap;
    expectAtMost(left, (1 - gamma * lambda) * (await space.distance2(mu, other)) + ((2 * gamma) / lambda) * eps ** 2);
  }));

it('forward_backward_inequalities_stress_test, unadjusted Langevin: one step of the inequality with its bias', () =>
  forAll(async ({ mu, target, part }) => {
    const G = klTo(target);
    const { smooth } = splitEnergy(G)!;
    const gamma = part / G.smoothness!;
    const drifted = await space.push(mu, await space.gradient(smooth, mu), -gamma);
    const nu = await space.diffuse(drifted, 2 * gamma, stream(0));
    const bias = 2 * gamma ** 2 * G.smoothness! * mu.mean.length;
    const left = 2 * gamma * (await space.value(G, nu)) + (await space.distance2(nu, target));
    expectAtMost(left, (1 - gamma * G.convexity!) * (await space.distance2(mu, target)) + bias);
  }));

it('without convexity N exact steps leave a gap of at most W2^2 / (2 gamma N)', () =>
  forAll(async ({ mu, target, other, gamma }) => {
    // Flat along the first axis: lambda = 0, and the infimum is reached at every law on that axis.
    const precision = target.covariance.map((row, i) => row.map((a, j) => (i === 0 || j === 0 ? 0 : a)));
    const center = target.mean;
    const V = { dimension: center.length, quadratic: { precision, center, constant: 0 } };
    const G = energy('flat', { entropy: 0, potential: V, constant: 0 });
    let nu: GaussianMeasure = mu;
    const N = 5;
    for (let n = 0; n < N; n++) ({ measure: nu } = await space.prox(G, nu, gamma, context));
    const gap = (await space.value(G, nu)) - (await space.value(G, other));
    expectAtMost(gap, (await space.distance2(mu, other)) / (2 * gamma * N));
  }));
