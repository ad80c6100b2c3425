/** Each law is there for something: a space that breaks it is caught, the right one is not. */
import { energy, type AffineField, type GaussianMeasure, type Space } from '@wasserflow/core';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { gaussian } from '@wasserflow/targets';
import { gaussiansInPlane, spaceLaws, subjectOf } from '@wasserflow/testkit';
import { expect, it } from 'vitest';

type Gaussians = Required<Space<GaussianMeasure, AffineField>>;

const initial = gaussian(gaussiansInPlane.initial);
const target = gaussian(gaussiansInPlane.target);
const G = energy('kl', { entropy: 1, potential: target.potential!, constant: target.logNormalizer! }, target);
const right = gaussianSpace(initial) as Gaussians;

const longer = (v: AffineField, factor: number): AffineField => ({
  ...v,
  linear: v.linear.map((row) => row.map((a) => a * factor)),
  constant: v.constant.map((c) => c * factor),
});
const shifted = (mu: GaussianMeasure, by = 0.02): GaussianMeasure => ({ ...mu, mean: mu.mean.map((m) => m + by) });
const transposed = (A: readonly (readonly number[])[]): number[][] => A.map((_, i) => A.map((row) => row[i]!));

/** By law: operations that are wrong in a way that only looks at them can tell. */
const wrong: Readonly<Record<string, Partial<Gaussians>>> = {
  refusal: { refuses: () => undefined },
  'initial-measure': { defect: () => 'it is not what it should be' },
  'diffuse-nothing': { diffuse: (mu, variance, rng) => right.diffuse(mu, variance + 1e-3, rng) },
  combine: { combine: async (terms) => right.combine(terms.map((t) => ({ ...t, weight: Math.abs(t.weight) }))) },
  inner: { inner: async (mu, u, v) => 2 * (await right.inner(mu, u, v)) },
  multiply: { multiply: async (A, v) => right.multiply(transposed(A), v) },
  carry: { carry: async (_, __, ___, u) => u },
  'pull-back': { pullBack: async (mu, v, step, u) => right.carry(mu, v, step, u) },
  'gradient-at': { gradientAt: async (F, mu) => right.gradient(F, mu) },
  'chain-rule': { gradient: async (F, mu) => longer(await right.gradient(F, mu), F.id === 'kl' ? 1.02 : 1) },
  distance: { distance2: async (mu, nu) => (await right.distance2(mu, nu)) + 0.1 * mu.mean[0]! },
  translation: { distance2: async (mu, nu) => 1.01 * (await right.distance2(mu, nu)) },
  geodesic: { transport: async (mu, nu) => longer(await right.transport(mu, nu), 0.99) },
  extrapolate: { extrapolate: (mu, nu, t) => right.extrapolate(mu, nu, t + 0.05) },
  'moments-of-translation': {
    moments: async (mu) => ({ ...mu, covariance: mu.covariance.map((row) => row.map((c) => c * (1 + mu.mean[0]!))) }),
  },
  'moments-of-image': { image: (mu, A) => right.image(mu, transposed(A)) },
  'moments-of-noise': { diffuse: (mu, variance, rng) => right.diffuse(mu, 2 * variance, rng) },
  'moments-of-samples': { moments: async ({ mean, covariance }) => ({ mean: mean.map((m) => m + 1), covariance }) },
  image: { image: async (mu, A) => shifted(await right.image(mu, A)) },
  dilation: {
    image: async (mu, A) =>
      right.image(
        mu,
        A.map((row) => row.map((a) => Math.sqrt(Math.abs(a)))),
      ),
  },
  'log-density': { logDensity: async (mu, x) => (await right.logDensity(mu, x)).map((l) => l + 0.2) },
  sample: { sample: async (mu, n, rng) => right.sample(mu, n + 1, rng) },
  'prox-best': { prox: (F, mu, gamma, context) => right.prox(F, mu, 1.2 * gamma, context) },
  'prox-told': {
    prox: async (F, mu, gamma, context) => ({ ...(await right.prox(F, mu, gamma, context)), objective: 0 }),
  },
  'prox-virial': { prox: (F, mu, gamma, context) => right.prox(F, mu, 1.0002 * gamma, context) },
  'prox-momentum': {
    prox: async (F, mu, gamma, context) => {
      const result = await right.prox(F, mu, gamma, context);
      return { ...result, measure: shifted(result.measure, 2e-4) };
    },
  },
  'prox-first-order': { prox: (F, mu, gamma, context) => right.prox(F, mu, 1.02 * gamma, context) },
  'one-anchor': { prox: (F, mu, gamma, context) => right.prox(F, mu, 1.02 * gamma, context) },
  'anchored-best': {
    anchoredProx: (F, anchors, context) =>
      right.anchoredProx(
        F,
        anchors.map((a) => ({ ...a, weight: a.weight / 2 })),
        context,
      ),
  },
  'anchored-first-order': {
    anchoredProx: (F, anchors, context) =>
      right.anchoredProx(
        F,
        anchors.map((a) => ({ ...a, weight: a.weight * 0.98 })),
        context,
      ),
  },
  'kernel-descent': {
    kernelGradient: async (F, kernel, mu) => longer(await right.kernelGradient(F, kernel, mu), -1),
  },
  'kernel-stationary': { kernelGradient: (F, _, mu) => right.gradient(F, shifted(mu)) },
  'regularized-gradient': { regularizedGradient: (F, mu, T) => right.regularizedGradient(F, mu, T + 0.5) },
  mirror: {
    mirror: async (phi, mu, v) => {
      const result = await right.mirror(phi, mu, v);
      return { ...result, measure: shifted(result.measure) };
    },
  },
};

const lawOf = (id: string) => spaceLaws.find((law) => law.id === id)!;

it.each(Object.keys(wrong))('%s', async (id) => {
  const check = async (space: Space<GaussianMeasure, AffineField>) =>
    lawOf(id).check(await subjectOf(space, { functional: G, seed: id }));
  expect(await check(right)).toEqual([]);
  expect(await check({ ...right, ...wrong[id] })).not.toEqual([]);
});

it('there is a wrong space for every law of Gaussians', () => {
  // Laws of points that no Gaussian has: fields of noise, and Metropolis steps.
  const others = ['noise', 'metropolis'];
  expect(spaceLaws.map(({ id }) => id).filter((id) => !(id in wrong))).toEqual(others);
});
