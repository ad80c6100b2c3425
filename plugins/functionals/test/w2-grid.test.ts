/** W2 from masses on the cells of a line. */
import type { Distribution, Functional, GridMeasure, QuantileMeasure } from '@wasserflow/core';
import { w2 } from '@wasserflow/functionals';
import { fromRows, stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { gaussianLaw, onGrid } from './laws.js';

const rng = stream(3);
const atoms: Distribution = { id: 'rows', dimension: 1, sample: () => fromRows([[0.9], [-0.3], [0.4], [2]]) };
const normal = gaussianLaw([0.3], [[1.7]]);
const onCells = (mass: number[], lower: number, upper: number): GridMeasure => ({
  mass: { shape: [mass.length], data: Float64Array.from(mass) },
  lower: [lower],
  upper: [upper],
});

/** The derivative by mass that goes from one cell to another. */
function slope({ facets }: Functional, mu: GridMeasure, to: number, from: number, e: number): number {
  const moved = (by: number): GridMeasure => {
    const data = Float64Array.from(mu.mass.data);
    data[to]! += by;
    data[from]! -= by;
    return { ...mu, mass: { ...mu.mass, data } };
  };
  return (facets!.grid!.value(moved(e)) - facets!.grid!.value(moved(-e))) / (2 * e);
}

describe('w2 of masses on a line', () => {
  it('is that of the same law by its quantile function', () => {
    const nodes: QuantileMeasure = { kind: 'linear', nodes: { shape: [5], data: Float64Array.of(-1, 0, 1, 2, 3) } };
    for (const target of [normal, atoms]) {
      const { quantile, grid } = w2(target, rng, { samples: 4 }).facets!;
      // Rounding: both are sums of a few numbers of order one.
      expect(grid!.value(onCells([0.25, 0.25, 0.25, 0.25], -1, 3))).toBeCloseTo(quantile!.value(nodes), 13);
    }
  });

  it('is that of Gaussians where cells are fine, also far from the target and much narrower', () => {
    const { gaussian, grid } = w2(normal, rng).facets!;
    for (const [mean, variance] of [
      [-0.4, 0.64],
      [3, 1e-4],
    ] as const) {
      const mu = { mean: [mean], covariance: [[variance]] };
      const reach = 8 * Math.sqrt(variance);
      // Constant on a cell, the density has h^2 / 12 more of variance: (1 - s2 / s) h^2 / 24, less than 1e-4 here.
      const error = (Math.abs(1 - Math.sqrt(1.7 / variance)) * (reach / 100) ** 2) / 24;
      const there = grid!.value(onGrid(mu, [mean - reach], [mean + reach], [200]));
      expect(Math.abs(there - gaussian!.value(mu))).toBeLessThan(1.1 * error + 1e-12);
    }
  });

  it.each([
    ['a Gaussian', normal],
    ['atoms', atoms],
  ])('has the derivatives that differences give, to %s', (_, target) => {
    const G = w2(target, rng, { samples: 4 });
    const mu = onCells([0.1, 1e-7, 0, 0.3, 0.2, 0.39999985, 0.00000005], -2, 2.5);
    const phi = G.facets!.grid!.firstVariation!(mu);
    for (const [to, from] of [
      [0, 4],
      [3, 5],
      [4, 3],
    ] as const)
      expect(phi[to]! - phi[from]!).toBeCloseTo(slope(G, mu, to, from, 1e-6), 7);
    // Of a cell that is all but empty: a smaller step, and rounding by it.
    expect(phi[1]! - phi[3]!).toBeCloseTo(slope(G, mu, 1, 3, 5e-8), 5);
    expect(phi[6]! - phi[3]!).toBeCloseTo(slope(G, mu, 6, 3, 1e-9), 1);
  });

  it('has x - T(x) as the slope of its potential, into both tails', () => {
    const mu = { mean: [-0.4], covariance: [[0.64]] };
    const phi = w2(normal, rng).facets!.grid!.firstVariation!(onGrid(mu, [-9], [8.2], [400]));
    const [h, ratio] = [17.2 / 400, Math.sqrt(1.7 / 0.64)];
    // The map is right to the blur of a cell, and in a tail to the share of it in a cell's ratio of masses.
    for (const [i, tolerance] of [
      [40, 0.02],
      [200, 1e-3],
      [380, 0.02],
    ] as const) {
      const x = -9 + i * h;
      const expected = x - (0.3 + ratio * (x + 0.4));
      expect(Math.abs((phi[i]! - phi[i - 1]!) / h - expected)).toBeLessThan(tolerance);
    }
  });

  it('is finite and flat beyond the mass', () => {
    const phi = w2(normal, rng).facets!.grid!.firstVariation!(onCells([0, 0, 0.5, 0.5, 0], -2, 3));
    expect(phi.every(Number.isFinite)).toBe(true);
    // T is the mean of the lower half of the target in the first three cells.
    const lower = 0.3 - Math.sqrt(1.7) * Math.sqrt(2 / Math.PI);
    expect(phi[1]! - phi[0]!).toBeCloseTo(-1 - lower, 12);
  });
});
