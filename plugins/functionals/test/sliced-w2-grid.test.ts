/** Sliced W2 from masses on the cells of a plane. */
import type { Distribution, GridMeasure } from '@wasserflow/core';
import { slicedW2 } from '@wasserflow/functionals';
import { fromRows, stream } from '@wasserflow/tensor';
import { expect, it } from 'vitest';
import { gaussianLaw, onGrid } from './laws.js';

const rng = stream(3);
const skew = [
  [1.6, -0.3],
  [-0.3, 1.5],
];
const draws: Distribution = {
  id: 'rows',
  dimension: 2,
  sample: () =>
    fromRows([
      [0.5, 0.5],
      [1.5, -1],
      [0.2, 0],
      [-1, 1],
    ]),
};
const mu = {
  mean: [0.4, -0.3],
  covariance: [
    [0.5, 0.2],
    [0.2, 0.9],
  ],
};

it('on a grid is that of Gaussians, to second order in the size of a cell', () => {
  const { gaussian, grid } = slicedW2(gaussianLaw([0, 0.5], skew), rng, { projections: 7 }).facets!;
  const exact = gaussian!.value(mu);
  const errorAt = (nx: number, ny: number): number =>
    Math.abs(grid!.value(onGrid(mu, [-4, -5], [5, 4.5], [nx, ny])) - exact);
  // A shadow has at most h^2 / 4 more of variance than the masses: (s2 / s - 1) h^2 / 8 of W2^2 / 2, 0.02 and 0.005.
  expect(errorAt(20, 24)).toBeLessThan(0.02);
  expect(errorAt(40, 48)).toBeLessThan(0.005);
});

it.each([
  ['a Gaussian', gaussianLaw([0, 0.5], skew)],
  ['draws', draws],
])('on a grid has the derivatives that differences give, to %s', (_, target) => {
  const { value, firstVariation } = slicedW2(target, rng, { projections: 5, samples: 4 }).facets!.grid!;
  const rho = onGrid(mu, [-2, -2.5], [2, 3], [9, 7]);
  const phi = firstVariation!(rho);
  const moved = (to: number, from: number, e: number): GridMeasure => {
    const data = Float64Array.from(rho.mass.data);
    data[to]! += e;
    data[from]! -= e;
    return { ...rho, mass: { ...rho.mass, data } };
  };
  const e = 1e-6;
  for (const [to, from] of [
    [31, 40],
    [24, 45],
    [16, 38],
  ] as const)
    expect(phi[to]! - phi[from]!).toBeCloseTo((value(moved(to, from, e)) - value(moved(to, from, -e))) / (2 * e), 6);
});

it('on a grid to one point is the mean square distance, with the variance of a cell', () => {
  const at = {
    ...draws,
    sample: () =>
      fromRows([
        [0.5, -1],
        [0.5, -1],
      ]),
  };
  const { grid } = slicedW2(at, rng, { projections: 6, samples: 2 }).facets!;
  const rho = onGrid(mu, [-2, -2.5], [2, 3], [10, 11]);
  const square = (c: number): number => (-2.3 + 0.4 * Math.floor(c / 11)) ** 2 + (-1.25 + 0.5 * (c % 11)) ** 2;
  const centres = Float64Array.from(rho.mass.data).reduce((sum, m, c) => sum + m * square(c), 0) / 4;
  const within = (0.4 ** 2 + 0.5 ** 2) / 48;
  // Bins have the variance of a cell on average over its places among them only.
  expect(Math.abs(grid!.value(rho) - centres - within)).toBeLessThan(0.1 * within);
});
