import { logProx } from '@wasserflow/space-grid';
import { describe, expect, it } from 'vitest';
import oracles from './oracles.json' with { type: 'json' };

const { inputs, outputs } = oracles.kl_prox;
const { q, sigma, m, V } = inputs;
const none = { entropy: 0, internal: [], interactions: [], constant: 0, maximum: Infinity };

/** Closed forms and Newton's method end at rounding. */
const expectNear = (got: number[], expected: number[]): void =>
  expect(Math.max(...got.map((p, i) => Math.abs(p / expected[i]! - 1)))).toBeLessThan(1e-12);

describe('the Kullback-Leibler proximal map', () => {
  it('of entropy', () => {
    const prox = logProx({ ...none, entropy: 1 }, sigma);
    expectNear(
      q.map((v) => Math.exp(prox(Math.log(v)))),
      outputs.entropy,
    );
  });

  it('of a potential', () => {
    const prox = logProx(none, sigma);
    expectNear(
      q.map((v, i) => Math.exp(prox(Math.log(v) - sigma * V[i]!))),
      outputs.linear,
    );
  });

  it('of both', () => {
    const prox = logProx({ ...none, entropy: 1 }, sigma);
    expectNear(
      q.map((v, i) => Math.exp(prox(Math.log(v) - sigma * V[i]!))),
      outputs.entropy_plus_linear,
    );
  });

  it('of an internal energy, where the source subtracts m / (m - 1) <1, p>', () => {
    const prox = logProx({ ...none, internal: [{ weight: 1, power: m }] }, sigma);
    expectNear(
      q.map((v) => Math.exp(prox(Math.log(v) + (sigma * m) / (m - 1)))),
      outputs.porous,
    );
  });

  it('solves its first-order condition for mixtures, over hundreds of orders of magnitude', () => {
    const internal = [
      { weight: 0.4, power: 3 },
      { weight: 2, power: 0.5 },
    ];
    const prox = logProx({ ...none, entropy: 0.3, internal }, 7);
    for (const logQ of [-500, -3, 0, 2, 300]) {
      const r = prox(logQ);
      const slope = 0.3 * r + 0.4 * 1.5 * Math.exp(2 * r) - 2 * Math.exp(-0.5 * r);
      expect(Math.abs(r + 7 * slope - logQ)).toBeLessThan(1e-11 * Math.max(1, Math.abs(logQ)));
    }
  });

  it('is cut off by a bound on the density', () => {
    const prox = logProx({ ...none, maximum: 0.5 }, sigma);
    expect([0.2, 3].map((v) => Math.exp(prox(Math.log(v))))).toEqual([0.2, 0.5]);
  });
});
