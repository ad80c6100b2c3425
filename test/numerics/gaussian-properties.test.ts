/**
 * What holds for every Gaussian problem, on random covariances that do not commute. The proximal step is checked
 * against the problem that it solves, not against its formula.
 */
import { calculusOf, energy, type Functional, type GaussianMeasure } from '@wasserflow/core';
import { kl } from '@wasserflow/functionals';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { stream } from '@wasserflow/tensor';
import * as fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { expect, it } from 'vitest';
import { gaussianLaw } from './gaussian-laws.js';

const vector = (d: number) => fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: d, maxLength: d });
const square = (d: number) => fc.array(vector(d), { minLength: d, maxLength: d });

/** A A^T + I / 10: eigenvalues from 0.1 to about 40. */
const covariance = (d: number) =>
  square(d).map((rows) => {
    const A = new Matrix(rows);
    return A.mmul(A.transpose()).add(Matrix.eye(d).mul(0.1)).to2DArray();
  });
const measure = (d: number) => fc.record({ mean: vector(d), covariance: covariance(d) });
const gammas = fc.double({ min: 0.05, max: 3, noNaN: true });

const problems = fc.integer({ min: 1, max: 4 }).chain((d) =>
  fc.record({
    mu: measure(d),
    target: measure(d),
    weight: fc.double({ min: 0, max: 2, noNaN: true }),
    gamma: gammas,
    direction: fc.record({ mean: vector(d), square: square(d) }),
  }),
);

const space = calculusOf(gaussianSpace(gaussianLaw('any', [0], [[1]])));
const context = { rng: stream(0) };
const check = { seed: 2310, numRuns: 60 };

/** a H + V, V the potential of the target. */
const energyOf = (target: GaussianMeasure, entropy: number): Functional => {
  const { potential } = gaussianLaw(
    'q',
    [...target.mean],
    target.covariance.map((row) => [...row]),
  );
  return energy('test', { entropy, potential: potential!, constant: 0 });
};

/** |dm|^2 + tr S1 + tr S2 - 2 sum of the roots of the eigenvalues of S1 S2: nothing in common with the space's way. */
function wasserstein2(mu: GaussianMeasure, nu: GaussianMeasure): number {
  const [S1, S2] = [new Matrix(mu.covariance as number[][]), new Matrix(nu.covariance as number[][])];
  const eigenvalues = new EigenvalueDecomposition(S1.mmul(S2), { assumeSymmetric: false }).realEigenvalues;
  const cross = eigenvalues.reduce((sum, l) => sum + Math.sqrt(Math.max(l, 0)), 0);
  const dm2 = mu.mean.reduce((sum, m, i) => sum + (m - nu.mean[i]!) ** 2, 0);
  return dm2 + S1.trace() + S2.trace() - 2 * cross;
}

const largest = (mu: GaussianMeasure) => Math.max(1, ...[...mu.mean, ...mu.covariance.flat()].map(Math.abs));

it('the space has the distance of the trace formula, and both directions agree', async () => {
  await fc.assert(
    fc.asyncProperty(problems, async ({ mu, target }) => {
      const there = await space.distance2(mu, target);
      // The trace formula itself cancels to about 1e-13 of the traces.
      const tolerance = 1e-11 * (largest(mu) + largest(target));
      expect(Math.abs(there - wasserstein2(mu, target))).toBeLessThan(tolerance);
      expect(Math.abs(there - (await space.distance2(target, mu)))).toBeLessThan(tolerance);
    }),
    check,
  );
});

it('the proximal point obeys grad G = (T - id) / gamma, T its Brenier map back', async () => {
  await fc.assert(
    fc.asyncProperty(problems, async ({ mu, target, weight, gamma }) => {
      const G = energyOf(target, weight);
      const { measure: nu } = await space.prox(G, mu, gamma, context);
      const [gradient, back] = [await space.gradient(G, nu), await space.transport(nu, mu)];
      const residual = [
        ...gradient.linear.flatMap((row, i) => row.map((a, j) => a * gamma - back.linear[i]![j]!)),
        ...gradient.constant.map((a, i) => a * gamma - back.constant[i]!),
      ];
      // Rounding, times the condition (up to about 1e4) of the covariances that the Brenier map inverts.
      expect(Math.max(...residual.map(Math.abs))).toBeLessThan(1e-9);
    }),
    check,
  );
});

/** exp(h A) S exp(h A) to first order and N(mean + h dm): a curve of Gaussians through N(mean, S). */
function perturb(nu: GaussianMeasure, direction: { mean: number[]; square: number[][] }, h: number): GaussianMeasure {
  const d = nu.mean.length;
  const A = new Matrix(direction.square);
  const B = Matrix.eye(d).add(A.add(A.transpose()).mul(h / 2));
  const S = B.mmul(new Matrix(nu.covariance as number[][])).mmul(B.transpose());
  return { mean: nu.mean.map((m, i) => m + h * direction.mean[i]!), covariance: S.to2DArray() };
}

it('no Gaussian near the proximal point has a smaller objective, and none far from it', async () => {
  await fc.assert(
    fc.asyncProperty(problems, async ({ mu, target, weight, gamma, direction }) => {
      const G = energyOf(target, weight);
      const { measure: nu, objective, moved2 } = await space.prox(G, mu, gamma, context);
      const F = async (rho: GaussianMeasure) => (await space.value(G, rho)) + wasserstein2(mu, rho) / (2 * gamma);
      const least = await F(nu);
      // F is of order largest / gamma, with rounding 1e-13 of it from the trace formula.
      const rounding = 1e-11 * ((largest(mu) + largest(nu)) / gamma + Math.abs(least));
      expect(Math.abs(objective! - least)).toBeLessThan(rounding);
      expect(Math.abs(moved2! - wasserstein2(mu, nu))).toBeLessThan(2 * gamma * rounding);
      for (const h of [-0.1, -0.01, 0.01, 0.1])
        expect(await F(perturb(nu, direction, h))).toBeGreaterThan(least - rounding);
      for (const rho of [mu, target]) expect(await F(rho)).toBeGreaterThan(least - rounding);
    }),
    check,
  );
});

it('inequality_stress_test, an exact JKO step brings W2 to the target down by 1 / (1 + gamma lambda), and KL by its square', async () => {
  await fc.assert(
    fc.asyncProperty(problems, async ({ mu, target, gamma }) => {
      const q = gaussianLaw('q', target.mean, target.covariance);
      const G = kl(q);
      const { measure: nu } = await space.prox(G, mu, gamma, context);
      const factor = 1 + gamma * G.convexity!;
      const [before, after] = [await space.distance2(mu, target), await space.distance2(nu, target)];
      expect(after).toBeLessThanOrEqual((before / factor ** 2) * (1 + 1e-9) + 1e-12);
      const gap = await space.value(G, mu);
      expect(await space.value(G, nu)).toBeLessThanOrEqual((gap / factor ** 2) * (1 + 1e-9) + 1e-12);
    }),
    { ...check, numRuns: 1000 },
  );
});

it('the target is where KL stands still', async () => {
  await fc.assert(
    fc.asyncProperty(problems, async ({ target, gamma }) => {
      const { measure: nu, moved2 } = await space.prox(
        kl(gaussianLaw('q', target.mean, target.covariance)),
        target,
        gamma,
        context,
      );
      expect(Math.sqrt(moved2!)).toBeLessThan(1e-9 * largest(target));
      expect(await space.distance2(nu, target)).toBeLessThan(1e-18 * largest(target) ** 2);
    }),
    check,
  );
});
