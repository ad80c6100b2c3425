/**
 * Keller-Segel in one dimension: entropy against W = 2 chi log|z|. Spread grows below the critical chi = 1 and
 * shrinks above it, in exact proportion.
 */
import type { Functional } from '@wasserflow/core';
import { entropy, interactionEnergy, logarithmicInteraction, sum } from '@wasserflow/functionals';
import { describe, expect, test } from 'vitest';
import { context, line, normal, rng } from './quantile-laws.js';

const kellerSegel = (chi: number): Functional => sum([entropy(), interactionEnergy(logarithmicInteraction(), 2 * chi)]);

describe.each(['linear', 'atoms'] as const)('%s', (kind) => {
  const nodes = 60;
  const gamma = 0.05;
  const space = line({ kind, nodes });
  const step = async (chi: number) => {
    const mu = await space.represent(normal(0, 1), rng);
    const { measure, status } = await space.prox(kellerSegel(chi), mu, gamma, context);
    const moved = await space.transport(measure, mu);
    const position = { ...moved, data: measure.nodes.data };
    return { status, mu, measure, virial: -(await space.inner(measure, position, moved)) / gamma };
  };

  test.each([0.2, 0.9, 1, 1.1])('the virial of a step is 1 - chi, for chi = %d', async (chi) => {
    const { status, virial } = await step(chi);
    expect(status).toBe('ok');
    const pairs = kind === 'linear' ? 1 : (nodes - 1) / nodes;
    expect(virial).toBeCloseTo(pairs * (1 - chi), 9);
  });

  test('the critical value, where ten steps neither spread nor shrink, is 1 within 1 %', async () => {
    const growth = async (chi: number): Promise<number> => {
      let mu = await space.represent(normal(0, 1), rng);
      for (let i = 0; i < 10; i++) mu = (await space.prox(kellerSegel(chi), mu, gamma, context)).measure;
      return (await space.moments(mu)).covariance[0]![0]! - 1;
    };
    let [low, high] = [0.5, 1.5];
    for (let i = 0; i < 8; i++) {
      const middle = (low + high) / 2;
      if ((await growth(middle)) > 0) low = middle;
      else high = middle;
    }
    expect(Math.abs((low + high) / 2 - 1)).toBeLessThan(0.01);
  });
});
