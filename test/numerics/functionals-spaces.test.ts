/** Functionals through the spaces: derivatives along affine fields agree, and steps with closed forms come out. */
import type { Functional, GaussianMeasure } from '@wasserflow/core';
import {
  chiSquare,
  entropy,
  hellinger,
  jensenShannon,
  mmd,
  potentialEnergy,
  renyi,
  slicedW2,
  sum,
  w2,
} from '@wasserflow/functionals';
import { energyKernel } from '@wasserflow/kernels';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { quantileSpace } from '@wasserflow/space-quantile';
import { gaussian, gaussianMixture } from '@wasserflow/targets';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

const rng = stream(11);
const context = { rng };
const initial = gaussian({ mean: [-0.4], variance: 0.8 });
const target = gaussian({ mean: [0.3], variance: 1.7 });
const onGaussians = gaussianSpace(initial);
const onLine = quantileSpace(initial, { nodes: 400 });
const mu: GaussianMeasure = initial.gaussian!;

/** The derivative of G along x -> linear (x + 0.4) + constant, on both spaces. */
async function slopes(G: Functional, linear: number, constant: number): Promise<[number, number]> {
  const field = { linear: [[linear]], center: [-0.4], constant: [constant] };
  const exact = await onGaussians.inner!(mu, await onGaussians.gradient!(G, mu), field);
  const rho = await onLine.initial(rng);
  const at = { shape: rho.nodes.shape, data: Float64Array.from(rho.nodes.data, (x) => linear * (x + 0.4) + constant) };
  return [exact, await onLine.inner!(rho, await onLine.gradient!(G, rho), at)];
}

describe('on gaussian and quantile', () => {
  const mixed = sum([chiSquare(target), potentialEnergy(target), entropy()], [0.5, 2, 1]);
  const all: [string, Functional][] = [
    ['chi-square', chiSquare(target)],
    ['renyi 3/2', renyi(target, 1.5)],
    ['hellinger', hellinger(target)],
    ['jensen-shannon', jensenShannon(target)],
    ['w2', w2(target, rng)],
    ['sliced-w2', slicedW2(target, rng)],
    ['mmd, energy', mmd(target, energyKernel(1), rng)],
    ['a sum of terms and facets', mixed],
  ];

  it.each(all)('%s has one value', async (_, G) => {
    const exact = await onGaussians.value!(G, mu);
    // 400 cells: what lies beyond the outermost counts for at most some percent (Hellinger sees it as a root).
    expect(Math.abs((await onLine.value!(G, await onLine.initial(rng))) - exact)).toBeLessThan(
      0.04 * Math.abs(exact) + 1e-4,
    );
  });

  it.each(all)('%s has one derivative along affine fields', async (_, G) => {
    for (const [linear, constant] of [
      [0, 1],
      [1, 0.5],
    ] as const) {
      const [exact, found] = await slopes(G, linear, constant);
      expect(Math.abs(found - exact)).toBeLessThan(0.03 * (1 + Math.abs(exact)));
    }
  });
});

describe('a target that is not Gaussian', () => {
  const modes = gaussianMixture({ means: [[-1], [1.5]], std: 0.7 });

  it('on Gaussians is met by quadrature, as on the line', async () => {
    for (const G of [hellinger(modes), jensenShannon(modes)]) {
      const exact = await onGaussians.value!(G, mu);
      expect(Math.abs((await onLine.value!(G, await onLine.initial(rng))) - exact)).toBeLessThan(0.02);
    }
  });
});

describe('steps with closed forms', () => {
  it('w2: the step goes to the point gamma / (1 + gamma) of the geodesic, on both spaces', async () => {
    const G = w2(target, rng);
    const gamma = 0.4;
    const exact = (await onGaussians.prox!(G, mu, gamma, context)).measure;
    const t = gamma / (1 + gamma);
    expect(exact.mean[0]).toBeCloseTo(-0.4 + t * 0.7, 12);
    expect(Math.sqrt(exact.covariance[0]![0]!)).toBeCloseTo((1 - t) * Math.sqrt(0.8) + t * Math.sqrt(1.7), 12);
    const { measure, status } = await onLine.prox!(G, await onLine.initial(rng), gamma, context);
    expect(status).toBe('ok');
    const { mean, covariance } = await onLine.moments!(measure);
    expect(mean[0]).toBeCloseTo(exact.mean[0]!, 5);
    expect(Math.abs(covariance[0]![0]! - exact.covariance[0]![0]!)).toBeLessThan(5e-3);
  });

  it('mmd with the energy kernel: atoms balance their levels against those of the target', async () => {
    const n = 40;
    const gamma = 0.25;
    const space = quantileSpace(initial, { nodes: n, kind: 'atoms' });
    const start = await space.initial(rng);
    const { measure, status } = await space.prox!(mmd(target, energyKernel(1), rng), start, gamma, context);
    expect(status).toBe('ok');
    // (x - y) / gamma + 2 (F(x) - u) = 0 for atom i, which stands for the levels about u = (i + 1/2) / n.
    for (const [i, x] of measure.nodes.data.entries()) {
      const z = (x - 0.3) / Math.sqrt(1.7);
      const steps = 2000;
      let area = 0;
      for (let k = 0; k < steps; k++) area += Math.exp(-((((k + 0.5) * z) / steps) ** 2) / 2);
      const level = 0.5 + (area * z) / steps / Math.sqrt(2 * Math.PI);
      const residual = (x - start.nodes.data[i]!) / gamma + 2 * (level - (i + 0.5) / n);
      expect(Math.abs(residual)).toBeLessThan(1e-5);
    }
  });
});

it('a divergence that is infinite reads so, and a proximal step leads out', async () => {
  const wide = gaussianSpace(gaussian({ mean: [1], variance: 5 }));
  const G = chiSquare(gaussian({ dimension: 1 }));
  const start = await wide.initial(rng);
  expect(await wide.value!(G, start)).toBe(Infinity);
  const { measure, status } = await wide.prox!(G, start, 0.3, context);
  expect(status).toBe('ok');
  expect(await wide.value!(G, measure)).toBeLessThan(1);
});
