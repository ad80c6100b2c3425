/**
 * Schemes on space `quantile`, opened as a user would: N(3, 4) -> N(0, 1) along KL, beside the exact
 * Ornstein-Uhlenbeck flow and beside the same scheme on space `gaussian`.
 */
import { createWasserflow, type Moments } from '@wasserflow/core';
import functionals from '@wasserflow/functionals';
import schemes from '@wasserflow/schemes';
import spaceGaussian from '@wasserflow/space-gaussian';
import spaceQuantile from '@wasserflow/space-quantile';
import targets from '@wasserflow/targets';
import { logSlope } from '@wasserflow/testkit';
import { describe, expect, test } from 'vitest';

const wasserflow = createWasserflow({ plugins: [spaceGaussian, spaceQuantile, functionals, schemes, targets] });

/** Mean and standard deviation after `count` steps of size `gamma`. */
async function after(space: unknown, scheme: string, count: number, gamma: number): Promise<readonly [number, number]> {
  const run = await wasserflow.open({
    space,
    problem: {
      initial: { id: 'gaussian', mean: [3], variance: 4 },
      functional: { id: 'kl', target: { id: 'gaussian', mean: [0] } },
    },
    scheme,
    steps: { count, size: gamma },
    meters: [],
  });
  let measure: unknown;
  for await (const step of run) {
    expect(step.status).toBe('ok');
    measure = step.measure;
  }
  const { mean, covariance } = (await run.composed.problem.space.moments(measure)) as Moments;
  await run.dispose();
  return [mean[0]!, Math.sqrt(covariance[0]![0]!)];
}

const distance = ([m, s]: readonly [number, number], [k, t]: readonly [number, number]): number =>
  Math.hypot(m - k, s - t);

describe('orders in gamma at T = 1', () => {
  const exact = [3 * Math.exp(-1), Math.sqrt(1 + 3 * Math.exp(-2))] as const;
  const counts = [8, 16, 32];

  test.each([
    ['jko', 1],
    ['forward-backward', 1],
    ['implicit-midpoint', 2],
    ['bdf2', 2],
    ['extrapolated-bdf2', 2],
  ] as const)('%s has order %d', async (scheme, expected) => {
    const errors = [];
    for (const count of counts) {
      const found = await after({ id: 'quantile', nodes: 200 }, scheme, count, 1 / count);
      errors.push(distance(found, exact));
    }
    // Slopes at these sizes are not yet those of the limit; nodes leave 1e-5 of errors of 1e-3.
    expect(Math.abs(-logSlope(counts, errors) - expected)).toBeLessThan(0.1);
  });
});

describe('the same scheme on space gaussian', () => {
  test.each([
    // Implicit schemes never take a gradient of the entropy: what is left is what cells do to Gaussian tails.
    ['jko', 3e-5],
    ['forward-backward', 3e-5],
    ['implicit-midpoint', 3e-5],
    ['bdf2', 3e-5],
    ['extrapolated-bdf2', 3e-5],
    ['accelerated-jko', 3e-5],
    // Noise is added by its exact law, with the variance kept.
    ['langevin', 1e-9],
    ['proximal-langevin', 1e-9],
    ['symmetrized-langevin', 1e-9],
  ] as const)('%s', async (scheme, tolerance) => {
    const line = await after({ id: 'quantile', nodes: 100 }, scheme, 3, 0.1);
    expect(distance(line, await after('gaussian', scheme, 3, 0.1))).toBeLessThan(tolerance);
  });
});
