/**
 * Proximal steps on Gaussians of functionals that have no closed form there: each is checked against the problem that
 * it solves, also from where the functional is infinite.
 */
import { calculusOf, createWasserflow, type GaussianMeasure } from '@wasserflow/core';
import functionals from '@wasserflow/functionals';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import targets, { gaussian } from '@wasserflow/targets';
import { stream } from '@wasserflow/tensor';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';

const mu: GaussianMeasure = { mean: [1, -1], covariance: [[2, 0.5], [0.5, 1]] }; // prettier-ignore
const target = { id: 'gaussian', mean: [0, 0.5], covariance: [[1, -0.3], [-0.3, 0.5]] }; // prettier-ignore
const wasserflow = createWasserflow({ plugins: [functionals, targets] });
// Beside a mixture twenty points leave an error of 1e-3 between value and gradient, 48 of 1e-5.
const space = calculusOf(gaussianSpace(gaussian(mu), { quadrature: 48 }));
const context = { rng: stream(0) };

/** By the trace formula, from the eigenvalues of S1 S2. */
function distance2(a: GaussianMeasure, b: GaussianMeasure): number {
  const [S, R] = [new Matrix(a.covariance as number[][]), new Matrix(b.covariance as number[][])];
  const eigenvalues = new EigenvalueDecomposition(S.mmul(R), { assumeSymmetric: false }).realEigenvalues;
  const cross = eigenvalues.reduce((sum, l) => sum + Math.sqrt(Math.max(l, 0)), 0);
  return a.mean.reduce((sum, m, i) => sum + (m - b.mean[i]!) ** 2, S.trace() + R.trace() - 2 * cross);
}

/** Directions that span mean and covariance. */
const directions = [
  { linear: [[0, 0], [0, 0]], constant: [1, 0] },
  { linear: [[0, 0], [0, 0]], constant: [0, 1] },
  { linear: [[1, 0], [0, 0]], constant: [0, 0] },
  { linear: [[0, 0], [0, 1]], constant: [0, 0] },
  { linear: [[0, 1], [1, 0]], constant: [0, 0] },
  { linear: [[0.4, -0.7], [-0.7, -0.2]], constant: [0.5, -0.8] },
]; // prettier-ignore

const references = {
  'chi-square, infinite at the start': { id: 'chi-square', target },
  'Renyi of order 1/2': { id: 'renyi', target, order: 0.5 },
  'Renyi of order 2, infinite at the start': { id: 'renyi', target, order: 2 },
  'reverse KL': { id: 'reverse-kl', target },
  Hellinger: { id: 'hellinger', target },
  'Jensen-Shannon': { id: 'jensen-shannon', target },
  'relative Fisher information': { id: 'fisher', target },
  'an attraction by a Gaussian': { id: 'interaction', form: 'gaussian' },
  'KL to a mixture': { id: 'kl', target: { id: 'gaussian-mixture', means: [[-1, 0], [1, 0]] } }, // prettier-ignore
  'KL and Renyi': {
    id: 'sum',
    terms: [
      { id: 'kl', target },
      { id: 'renyi', target, order: 0.5 },
    ],
  },
};

describe.each(Object.entries(references))('%s', (_, reference) => {
  it.each([0.3, 10])('gamma = %d', async (gamma) => {
    const { value: G } = await wasserflow.create('functional', reference);
    const { measure: nu, status, residual, objective } = await space.prox(G, mu, gamma, context);
    expect(status).toBe('ok');
    expect(residual).toBeLessThan(1e-9);
    const F = async (rho: GaussianMeasure) => (await space.value(G, rho)) + distance2(mu, rho) / (2 * gamma);
    const least = await F(nu);
    expect(objective).toBeCloseTo(least, 9);
    for (const v of directions) {
      const at = async (h: number) => F(await space.push(nu, { ...v, center: nu.mean }, h));
      // The slope by central differences is zero to h^2 times a third derivative, and F is no less on either side.
      const [up, down] = [await at(1e-3), await at(-1e-3)];
      expect(Math.abs(up - down) / 2e-3).toBeLessThan(1e-4);
      expect(Math.min(up, down)).toBeGreaterThan(least - 1e-10);
    }
  });
});
