/** The calculus of space `gaussian` against closed forms that were computed elsewhere. */
import type { AffineField, GaussianMeasure } from '@wasserflow/core';
import { entropy, kl } from '@wasserflow/functionals';
import { gaussianSpace, squaredNorm } from '@wasserflow/space-gaussian';
import { calculusOf } from '@wasserflow/core';
import { stream } from '@wasserflow/tensor';
import { expect, it } from 'vitest';
import { gaussianLaw } from './gaussian-laws.js';
import oracles from './oracles/gaussian.json' with { type: 'json' };

// Twelve digits: rounding of a few operations on numbers of order one, with two digits to spare.
const DIGITS = 12;
const law = (mean: number[], covariance: number[][]): GaussianMeasure => ({ mean, covariance });
const spaceAt = (mean: number[], covariance: number[][]) =>
  calculusOf(gaussianSpace(gaussianLaw('initial', mean, covariance)));

function expectMatrix(actual: AffineField['linear'], expected: number[][], digits = DIGITS): void {
  for (const [i, row] of expected.entries())
    for (const [j, a] of row.entries()) expect(actual[i]![j]).toBeCloseTo(a, digits);
}

const withIdentity = (v: AffineField) => v.linear.map((row, i) => row.map((a, j) => a + (i === j ? 1 : 0)));

it('W2, Brenier map and geodesic', async () => {
  const { inputs, outputs } = oracles.w2_gaussian;
  const [mu, nu] = [law(inputs.m1, inputs.S1), law(inputs.m2, inputs.S2)];
  const space = spaceAt(inputs.m1, inputs.S1);
  expect(await space.distance2(mu, nu)).toBeCloseTo(outputs.W2sq, DIGITS);
  expect(await space.distance2(nu, mu)).toBeCloseTo(outputs.W2sq, DIGITS);
  const v = await space.transport(mu, nu);
  expectMatrix(withIdentity(v), outputs.T);
  const between = await space.push(mu, v, inputs.t);
  expectMatrix([between.mean], [outputs.geodesic_mean]);
  expectMatrix(between.covariance, outputs.geodesic_cov);
});

it('Bures distance in three dimensions', async () => {
  const { inputs, outputs } = oracles.bures_3d;
  const zero = [0, 0, 0];
  const space = spaceAt(zero, inputs.A);
  expect(await space.distance2(law(zero, inputs.A), law(zero, inputs.B))).toBeCloseTo(outputs.bures2, DIGITS);
  expectMatrix(withIdentity(await space.transport(law(zero, inputs.A), law(zero, inputs.B))), outputs.T);
});

it('KL and entropy', async () => {
  const { inputs, outputs } = oracles.kl_gaussian;
  const { m1, S1, m2, S2 } = inputs;
  const space = spaceAt(m1, S1);
  expect(await space.value(kl(gaussianLaw('q', m2, S2)), law(m1, S1))).toBeCloseTo(outputs.KL_12, DIGITS);
  expect(await space.value(kl(gaussianLaw('q', m1, S1)), law(m2, S2))).toBeCloseTo(outputs.KL_21, DIGITS);
  expect(await space.value(entropy(), law(m1, S1))).toBeCloseTo(outputs.negentropy_1, DIGITS);
  expect(await space.value(entropy(), law(m2, S2))).toBeCloseTo(outputs.negentropy_2, DIGITS);
});

it('the squared norm of the gradient of KL is the relative Fisher information', async () => {
  const { inputs, outputs } = oracles.relative_fisher_gaussian;
  const { m1, S1, m2, S2 } = inputs;
  const gradient = await spaceAt(m1, S1).gradient(kl(gaussianLaw('q', m2, S2)), law(m1, S1));
  expect(squaredNorm(gradient, law(m1, S1))).toBeCloseTo(outputs.FI, DIGITS);
});

it('the sub-gradient of the proximal objective at a candidate', async () => {
  const { inputs, outputs } = oracles.wasserstein_subgradient_gaussian;
  const { m, S, m_star, Sigma_star, gamma, m_prime, S_prime } = inputs;
  const [before, candidate] = [law(m, S), law(m_prime, S_prime)];
  const space = spaceAt(m, S);
  const G = kl(gaussianLaw('q', m_star, Sigma_star));
  const [gradient, back] = [await space.gradient(G, candidate), await space.transport(candidate, before)];
  const xi: AffineField = {
    linear: gradient.linear.map((row, i) => row.map((a, j) => a - back.linear[i]![j]! / gamma)),
    center: m_prime,
    constant: gradient.constant.map((a, i) => a - back.constant[i]! / gamma),
  };
  expectMatrix(xi.linear, outputs.B);
  expectMatrix([xi.constant], [outputs.c]);
  expect(Math.sqrt(squaredNorm(xi, candidate))).toBeCloseTo(outputs.eps, DIGITS);
  const objective = (await space.value(G, candidate)) + (await space.distance2(before, candidate)) / (2 * gamma);
  expect(objective).toBeCloseTo(outputs.F_prime, DIGITS);
  const exact = await space.prox(G, before, gamma, { rng: stream(0) });
  expect(exact.objective).toBeCloseTo(outputs.F_min, DIGITS);
  expect(Math.sqrt(await space.distance2(candidate, exact.measure))).toBeCloseTo(outputs.W2_to_exact, DIGITS);
});
