import type { ParticleMeasure } from '@wasserflow/core';
import { onnxEngine } from '@wasserflow/engine-onnx';
import { gibbsKernel, selfTransport, sinkhorn, sinkhornDivergence, type GibbsKernel } from '@wasserflow/geometry';
import { fromRows, type NdArray } from '@wasserflow/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { cloud, massOf, rowOf, rowsOf, squared } from './clouds.js';

let kernel: GibbsKernel;
beforeAll(() => {
  kernel = gibbsKernel(onnxEngine({ threads: 1 }));
});

const vector = (...data: number[]): NdArray => ({ shape: [data.length], data: Float64Array.from(data) });

// Oracle `sinkhorn_discrete`.
const discrete = {
  mu: { points: fromRows([[0, 0], [1, 0], [0, 1]]), weights: vector(0.5, 0.3, 0.2) }, // prettier-ignore
  nu: { points: fromRows([[0.5, 0.5], [1, 1]]), weights: vector(0.6, 0.4) }, // prettier-ignore
  epsilon: 0.5,
  value: 0.8426410356530892,
  fMinusF0: [0, -0.3835358790558844, -0.3835358790558844],
  f0PlusG0: 0.6558607354406853,
  plan: [[0.40973226964622844, 0.09026773035377157], [0.11416063821226291, 0.18583936178773708], [0.07610709214150861, 0.12389290785849139]], // prettier-ignore
};

/** Sinkhorn by its definition: log-sum-exp in float64, epsilon fixed. */
function byDefinition(mu: ParticleMeasure, nu: ParticleMeasure, epsilon: number, sweeps: number) {
  const [n, m] = [mu.points.shape[0]!, nu.points.shape[0]!];
  const [f, g] = [new Float64Array(n), new Float64Array(m)];
  const soft = (terms: number[]): number => {
    const top = Math.max(...terms);
    return -epsilon * (top + Math.log(terms.reduce((sum, t) => sum + Math.exp(t - top), 0)));
  };
  const costs = rowsOf(mu).map((x) => rowsOf(nu).map((y) => squared(x, y)));
  const cost = (i: number, j: number) => costs[i]![j]!;
  for (let s = 0; s < sweeps; s++) {
    for (let i = 0; i < n; i++)
      f[i] = soft(Array.from(g, (v, j) => (v - cost(i, j)) / epsilon + Math.log(massOf(nu, j))));
    for (let j = 0; j < m; j++)
      g[j] = soft(Array.from(f, (v, i) => (v - cost(i, j)) / epsilon + Math.log(massOf(mu, i))));
  }
  const value =
    f.reduce((sum, v, i) => sum + massOf(mu, i) * v, 0) + g.reduce((sum, v, j) => sum + massOf(nu, j) * v, 0);
  return { f, g, value };
}

describe('Sinkhorn', () => {
  it('solves the discrete oracle', async () => {
    const { mu, nu, epsilon } = discrete;
    const { f, g, cost, status } = await sinkhorn(kernel, mu, nu, { epsilon, tolerance: 1e-13 });
    expect(status).toBe('ok');
    expect(cost).toBeCloseTo(discrete.value, 10);
    expect(f[0]! + g[0]!).toBeCloseTo(discrete.f0PlusG0, 10);
    for (const [i, expected] of discrete.fMinusF0.entries()) expect(f[i]! - f[0]!).toBeCloseTo(expected, 10);
    for (const [i, row] of discrete.plan.entries())
      for (const [j, expected] of row.entries()) {
        const exponent = (f[i]! + g[j]! - squared(rowOf(mu, i), rowOf(nu, j))) / epsilon;
        expect(massOf(mu, i) * massOf(nu, j) * Math.exp(exponent)).toBeCloseTo(expected, 10);
      }
  });

  it('agrees in tiles with the definition, on clouds that weigh unequally and lie far away', async () => {
    const mu = cloud('a', 150, 2, true, 20);
    const nu = cloud('b', 131, 2, true, 21);
    const { cost, marginalError, status } = await sinkhorn(kernel, mu, nu, { epsilon: 0.5, tolerance: 1e-5 });
    expect(status).toBe('ok');
    expect(marginalError).toBeLessThan(1e-5);
    // The dual value errs by the square of the marginal error, and by rounding to float32 at squared diameters.
    expect(cost).toBeCloseTo(byDefinition(mu, nu, 0.5, 60).value, 4);
  });

  it('tells that it has not converged, and refuses an epsilon of zero', async () => {
    const { mu, nu } = discrete;
    const unfinished = await sinkhorn(kernel, mu, nu, { epsilon: 0.001, tolerance: 1e-13, maxIterations: 2 });
    expect(unfinished).toMatchObject({
      status: 'not-converged',
      message: expect.stringMatching(/after 2 sweeps.*raise/),
    });
    expect(() => sinkhorn(kernel, mu, cloud('x', 3, 3, false), { epsilon: 1 })).toThrow(/R\^2.*R\^3/);
    await expect(sinkhorn(kernel, mu, nu, { epsilon: 0 })).rejects.toThrow(/above 0/);
  });

  it('comes near to optimal transport for small epsilon', async () => {
    // Two points onto two points, 0.1 and 2.1 away: the plan is the identity, W2^2 = 0.01 + eps log 2 of entropy.
    const mu = { points: fromRows([[0], [2]]) };
    const nu = { points: fromRows([[0.1], [2.1]]) };
    const { cost } = await sinkhorn(kernel, mu, nu, { epsilon: 1e-3, tolerance: 1e-10 });
    expect(cost).toBeCloseTo(0.01 + 1e-3 * Math.log(2), 9);
  });
});

describe('the Sinkhorn divergence', () => {
  const options = { epsilon: 0.4, tolerance: 1e-12 };

  it('vanishes for equal clouds, with its gradient', async () => {
    const mu = cloud('same', 30, 2, true);
    const copy = { ...mu };
    const { value, gradient } = await sinkhornDivergence(kernel, selfTransport(kernel), mu, copy, {
      ...options,
      epsilon: 4,
    });
    expect(Math.abs(value)).toBeLessThan(1e-11);
    expect(Math.max(...gradient.data.map(Math.abs))).toBeLessThan(1e-5);
  });

  it('is OT_12 - (OT_11 + OT_22) / 2, and has as gradient its derivative per weight', async () => {
    const mu = cloud('one', 12, 2, true);
    const nu = cloud('two', 17, 2, true, 0.7);
    const { value, gradient, status } = await sinkhornDivergence(kernel, selfTransport(kernel), mu, nu, options);
    expect(status).toBe('ok');
    const ot = (a: ParticleMeasure, b: ParticleMeasure) => byDefinition(a, b, 0.4, 500).value;
    const S = (a: ParticleMeasure) => ot(a, nu) - (ot(a, a) + ot(nu, nu)) / 2;
    expect(value).toBeCloseTo(S(mu), 9);
    const moved = (h: number): ParticleMeasure => {
      const data = Float64Array.from(mu.points.data);
      data[5]! += h;
      return { ...mu, points: { shape: mu.points.shape, data } };
    };
    // Central differences with h = 1e-3 err by about 1e-6.
    expect((S(moved(1e-3)) - S(moved(-1e-3))) / 2e-3 / massOf(mu, 2)).toBeCloseTo(gradient.data[5]!, 4);
  });

  it('is that of Gaussians, by quadrature', async () => {
    // OT_eps(N(0, a), N(m, b)) in one dimension, s2 = eps / 2, D = (4ab + s2^2)^(1/2):
    // m^2 + a + b - D + s2 (1 - log 2 s2) + s2 log(D + s2).
    const closed = (m: number, a: number, b: number, s2: number): number => {
      const D = Math.sqrt(4 * a * b + s2 * s2);
      return m * m + a + b - D + s2 * (1 - Math.log(2 * s2)) + s2 * Math.log(D + s2);
    };
    const normal = (mean: number, variance: number): ParticleMeasure => {
      const z = Array.from({ length: 121 }, (_, i) => (i - 60) / 8);
      const mass = z.map((v) => Math.exp((-v * v) / 2));
      const total = mass.reduce((a, b) => a + b);
      return { points: fromRows(z.map((v) => [mean + Math.sqrt(variance) * v])), weights: vector(...mass.map((w) => w / total)) }; // prettier-ignore
    };
    const [m, a, b, s2] = [0.8, 1.3, 0.6, 0.4];
    const { value } = await sinkhornDivergence(kernel, selfTransport(kernel), normal(0, a), normal(m, b), {
      epsilon: 2 * s2,
      tolerance: 1e-11,
    });
    const expected = closed(m, a, b, s2) - (closed(0, a, a, s2) + closed(0, b, b, s2)) / 2;
    // The trapezoidal rule of 121 nodes out to 7.5 deviations is exact to rounding for these integrands.
    expect(value).toBeCloseTo(expected, 8);
  });
});
