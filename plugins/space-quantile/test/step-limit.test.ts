/** The largest explicit step of diffusion, against how the roughest disturbance of a uniform law grows. */
import { calculusOf, energy, type Functional, type QuantileMeasure } from '@wasserflow/core';
import { quantileSpace } from '@wasserflow/space-quantile';
import { describe, expect, it } from 'vitest';
import { normal } from './laws.js';

const space = calculusOf(quantileSpace(normal(0, 1)));
const SIZE = 200;

/** Nodes of equal gaps h, every other one moved by eps. */
const uniform = (kind: QuantileMeasure['kind'], h: number, eps = 0): QuantileMeasure => ({
  kind,
  nodes: { shape: [SIZE], data: Float64Array.from({ length: SIZE }, (_, i) => h * i + (i % 2 === 0 ? eps : -eps)) },
});

/** By what an explicit step of size gamma multiplies that disturbance. */
async function multiplier(G: Functional, kind: QuantileMeasure['kind'], h: number, gamma: number): Promise<number> {
  const eps = 1e-5 * h;
  const stepped = async (mu: QuantileMeasure) =>
    (await space.push(mu, await space.gradient(G, mu), -gamma)).nodes.data as Float64Array;
  const [moved, rest] = [await stepped(uniform(kind, h, eps)), await stepped(uniform(kind, h))];
  return moved.reduce((sum, x, i) => sum + ((x - rest[i]!) * (i % 2 === 0 ? 1 : -1)) / (SIZE * eps), 0);
}

const entropy = energy('entropy', { entropy: 0.7, constant: 0 });
const porous = energy('porous', { entropy: 0, internal: [{ weight: 0.5, power: 3 }], constant: 0 });

describe.each(['linear', 'atoms'] as const)('%s', (kind) => {
  const h = 0.02;
  const parts = kind === 'linear' ? SIZE - 1 : SIZE;
  const factor = kind === 'linear' ? 6 : 2;
  it.each([
    ['entropy', entropy, 0.7],
    // D = w m rho^(m - 1) at rho = 1 / (n h).
    ['an internal energy', porous, 1.5 / (parts * h) ** 2],
  ])('%s: stable up to h^2 / (factor D), unstable beyond', async (_, G, D) => {
    const limit = space.stepLimit!(G, uniform(kind, h))!;
    expect(limit.size).toBeCloseTo(h ** 2 / (factor * D), 12);
    expect(limit.name).toBe(`h^2 / (${factor} D)`);
    // 1 - 2 gamma / limit, up to 1 / SIZE at the ends and to the second order in eps.
    expect(await multiplier(G, kind, h, 0.97 * limit.size)).toBeGreaterThan(-0.95);
    expect(await multiplier(G, kind, h, 1.03 * limit.size)).toBeLessThan(-1.03);
  });
});

it('counts the smallest gap, and the summands of a sum with their weights', () => {
  const mu: QuantileMeasure = { kind: 'atoms', nodes: { shape: [4], data: Float64Array.of(0, 1, 1.5, 3) } };
  const sum: Functional = { id: 'sum', summands: [{ weight: 2, of: entropy }] };
  expect(space.stepLimit!(sum, mu)!.size).toBeCloseTo(0.5 ** 2 / (2 * 1.4), 14);
});

it('takes the limits that facets tell, over their weights', () => {
  const mu = uniform('linear', 0.1);
  const stiff: Functional = {
    id: 'stiff',
    facets: { quantile: { value: () => 0, stepLimit: () => ({ size: 0.6, name: 'own', beyond: 'it breaks' }) } },
  };
  const sum = (weight: number): Functional => ({ id: 'sum', summands: [{ weight, of: stiff }] });
  expect(space.stepLimit!(sum(2), mu)).toEqual({ size: 0.3, name: 'own', beyond: 'it breaks' });
  expect(space.stepLimit!(sum(-1), mu)).toBeUndefined();
  const both: Functional = { id: 'sum', summands: [...sum(1).summands!, { weight: 1, of: entropy }] };
  expect(space.stepLimit!(both, mu)!.size).toBeCloseTo(0.1 ** 2 / (6 * 0.7), 12);
});

it('sets none without diffusion', () => {
  const mu = uniform('linear', 0.1);
  expect(space.stepLimit!(energy('nothing', { entropy: 0, constant: 1 }), mu)).toBeUndefined();
  expect(space.stepLimit!(energy('sharpening', { entropy: -1, constant: 0 }), mu)).toBeUndefined();
  expect(space.stepLimit!({ id: 'mmd' }, mu)).toBeUndefined();
});
