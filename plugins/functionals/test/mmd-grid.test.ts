/** MMD of masses on cells. */
import type { Distribution, GridMeasure, Kernel } from '@wasserflow/core';
import { mmd } from '@wasserflow/functionals';
import { fromRows, stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { energyKernel, gaussianKernel } from './kernels.js';
import { gaussianLaw, onGrid } from './laws.js';

const rng = stream(1);
const onCells = (target: Distribution, kernel: Kernel) => mmd(target, kernel, rng).facets!.grid!;

const skew = {
  mean: [1, -1],
  covariance: [
    [2, 0.5],
    [0.5, 1],
  ],
};
const target = gaussianLaw(
  [0, 0.5],
  [
    [1.6, -0.3],
    [-0.3, 1.5],
  ],
);

describe('between Gaussians', () => {
  it('is that in closed form, on a line', () => {
    const q = gaussianLaw([0.3], [[1.7]]);
    const mu = { mean: [-0.4], covariance: [[0.81]] };
    const G = mmd(q, gaussianKernel(0.7), rng);
    // Midpoint sums of Gaussians of width sigma err by e^(-2 pi^2 sigma^2 / h^2), nothing here; tails beyond 7 by 1e-7.
    const found = G.facets!.grid!.value(onGrid(mu, [-8], [8], [160]));
    expect(Math.abs(found - G.facets!.gaussian!.value(mu))).toBeLessThan(1e-8);
    expect(G.record!['mmd.exact-on']).toBe('gaussian, quantile, grid');
  });

  it('is that in closed form, in a plane', () => {
    const G = mmd(target, gaussianKernel(0.9), rng);
    const found = G.facets!.grid!.value(onGrid(skew, [-7, -7.5], [8, 7], [48, 40]));
    // The box leaves out 1e-5 of either law.
    expect(Math.abs(found - G.facets!.gaussian!.value(skew))).toBeLessThan(2e-5);
  });

  it('vanishes with its first variation at the target', () => {
    const { value, firstVariation } = onCells(target, gaussianKernel(0.9));
    const own = onGrid(target.gaussian!, [-4, -4], [4, 5], [20, 24]);
    expect(Math.abs(value(own))).toBeLessThan(1e-15);
    for (const v of firstVariation!(own)) expect(Math.abs(v)).toBeLessThan(1e-14);
  });
});

/** The masses with `step` of mass moved from cell `from` to cell `to`. */
function shifted(mu: GridMeasure, from: number, to: number, step: number): GridMeasure {
  const data = Float64Array.from(mu.mass.data);
  data[from]! -= step;
  data[to]! += step;
  return { ...mu, mass: { ...mu.mass, data } };
}

describe.each([
  ['a target with a density', target],
  ['a target of draws', { id: 'rows', dimension: 2, sample: () => fromRows([[0.3, 1], [-1, 0.2], [9, 0]]) } as Distribution], // prettier-ignore
])('%s', (_, law) => {
  const { value, firstVariation } = onCells(law, gaussianKernel(0.9));
  const mu = onGrid(skew, [-4.5, -4], [5, 5], [12, 10]);

  it('has the first variation that differences give', () => {
    const variation = firstVariation!(mu);
    for (const [from, to] of [
      [40, 77],
      [3, 110],
    ] as const) {
      // prettier-ignore
      // The value is quadratic in the masses, so that central differences have no error but rounding.
      const slope = (value(shifted(mu, from, to, 0.01)) - value(shifted(mu, from, to, -0.01))) / 0.02;
      expect(variation[to]! - variation[from]!).toBeCloseTo(slope, 12);
    }
  });
});

it('refuses a box that does not hold the target', () => {
  const beside = onGrid(skew, [-4.5, -4], [1, 5], [12, 10]);
  expect(() => onCells(target, gaussianKernel(0.9)).value(beside)).toThrow(/% of `gaussian` lies outside of the box/);
});

describe('the energy kernel on a line, to U[0, 1] by 1000 midpoints', () => {
  const uniform: Distribution = {
    id: 'uniform',
    dimension: 1,
    sample: () => fromRows(Array.from({ length: 1000 }, (_, i) => [(i + 0.5) / 1000])),
  };
  const { value, firstVariation } = onCells(uniform, energyKernel);
  const measure = (weight: (x: number) => number): GridMeasure => {
    const data = Float64Array.from({ length: 100 }, (_, i) => weight((i + 0.5) / 50 - 0.5));
    const sum = data.reduce((a, b) => a + b);
    return { mass: { shape: [100], data: data.map((m) => m / sum) }, lower: [-0.5], upper: [1.5] };
  };

  it('a point mass at 0.21 has the value of mmd_energy_kernel_flow_1d', () => {
    // MMD^2 = 2 E|c - Y| - E|Y - Y'| = c^2 + (1 - c)^2 - 1/3, 0.3466... at c = 0.2; the midpoints are off by 1e-6.
    const point = measure((x) => (Math.abs(x - 0.21) < 0.005 ? 1 : 0));
    expect(value(point)).toBeCloseTo((0.21 ** 2 + 0.79 ** 2 - 1 / 3) / 2, 6);
  });

  it('pulls levels to those of the target: dQ/dt = 2 (u - F(Q))', () => {
    const spread = measure((x) => (x > 0.1 && x < 0.7 ? 1 : 0));
    const variation = firstVariation!(spread);
    for (const i of [35, 45, 60]) {
      const face = i / 50 - 0.5;
      const slope = (variation[i]! - variation[i - 1]!) * 50;
      // At faces the levels of cells are exact, those of the midpoints too.
      expect(slope).toBeCloseTo(2 * (face - (face - 0.1) / 0.6), 10);
    }
  });
});
