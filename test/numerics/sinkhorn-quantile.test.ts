/** A proximal step of the Sinkhorn divergence on quantile functions. */
import { calculusOf } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { sinkhorn } from '@wasserflow/functionals';
import { quantileSpace } from '@wasserflow/space-quantile';
import { gaussian } from '@wasserflow/targets';
import { stream } from '@wasserflow/tensor';
import { expect, test } from 'vitest';

const rng = stream('sinkhorn-quantile');

test('of a large epsilon, half the squared distance of the means, takes the mean to (m + gamma m*) / (1 + gamma)', async () => {
  const [m, goal, gamma] = [1, -0.5, 0.4];
  const G = sinkhorn(gaussian({ mean: [goal], variance: 0.5 }), await tfjsEngine('cpu'), rng, { epsilon: 200 });
  const space = calculusOf(quantileSpace(gaussian({ mean: [m], variance: 1 }), { nodes: 8 }));
  const mu = await space.initial(rng);
  const { measure, status } = await space.prox(G, mu, gamma, { rng });
  expect(status).toBe('ok');
  const { mean, covariance } = await space.moments(measure);
  // What is left of W2 at epsilon is of order variance^2 / epsilon.
  expect(Math.abs(mean[0]! - (m + gamma * goal) / (1 + gamma))).toBeLessThan(0.01);
  expect(Math.abs(covariance[0]![0]! - (await space.moments(mu)).covariance[0]![0]!)).toBeLessThan(0.02);
});
