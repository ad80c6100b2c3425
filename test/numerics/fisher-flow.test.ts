/** The gradient flow of the relative Fisher information: on the line by cells, against Gaussians exactly. */
import { fisher } from '@wasserflow/functionals';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { quantileSpace } from '@wasserflow/space-quantile';
import { gaussian } from '@wasserflow/targets';
import type { Space } from '@wasserflow/core';
import { stream } from '@wasserflow/tensor';
import { expect, test } from 'vitest';

const law = gaussian({ mean: [1], variance: 2 });
const G = fisher(gaussian({ mean: [-0.2], variance: 0.8 }));

/** Mean, variance and value after two JKO steps of size 0.1. */
async function afterTwoSteps(space: Space): Promise<readonly [mean: number, variance: number, value: number]> {
  let mu: unknown = await space.initial(stream('initial'));
  for (const step of [1, 2]) {
    const { measure, status } = await space.prox!(G, mu, 0.1, { rng: stream(step) });
    expect(status).toBe('ok');
    mu = measure;
  }
  const { mean, covariance } = await space.moments!(mu);
  return [mean[0]!, covariance[0]![0]!, await space.value!(G, mu)];
}

test('JKO steps on cells follow those of Gaussians, to first order in the cells', async () => {
  const exact = await afterTwoSteps(gaussianSpace(law));
  const [coarse, fine] = [
    await afterTwoSteps(quantileSpace(law, { nodes: 15 })),
    await afterTwoSteps(quantileSpace(law, { nodes: 30 })),
  ];
  // The slope of G by the mean is that of V alone, which is quadratic: no cells are seen in it.
  expect(fine[0]).toBeCloseTo(exact[0], 8);
  const errors = [coarse, fine].map(([, variance]) => Math.abs(variance - exact[1]));
  expect(errors[0]! / errors[1]!).toBeGreaterThan(1.7);
  expect(errors[1]).toBeLessThan(0.01 * exact[1]);
  expect(Math.abs(fine[2] - exact[2])).toBeLessThan(0.01 * exact[2]);
});
