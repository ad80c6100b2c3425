/** The Sinkhorn divergence on grids and on the line, in float64. */
import type { Distribution, GridMeasure, QuantileMeasure } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { sinkhorn, w2, type SinkhornFunctionalOptions } from '@wasserflow/functionals';
import { fromRows, stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { gaussianLaw, onGrid, onLine } from './laws.js';

const rng = stream(3);
const engine = await tfjsEngine('cpu');
const facetsOf = (target: Distribution, options: SinkhornFunctionalOptions) =>
  sinkhorn(target, engine, rng, { tolerance: 1e-10, ...options }).facets!;

const normal = gaussianLaw([0.3], [[0.8]]);
const plane = gaussianLaw(
  [0, 0.5],
  [
    [1, -0.3],
    [-0.3, 0.5],
  ],
);
const onThePlane = {
  mean: [0.5, -0.4],
  covariance: [
    [0.7, 0.2],
    [0.2, 0.5],
  ],
};
/** Without a density. */
const draws: Distribution = { id: 'rows', dimension: 1, sample: () => fromRows([[0.9], [-0.3], [0.4], [2]]) };

/** mu with mass that went from one cell to another. */
function moved(mu: GridMeasure, to: number, from: number, by: number): GridMeasure {
  const data = Float64Array.from(mu.mass.data);
  data[to]! += by;
  data[from]! -= by;
  return { ...mu, mass: { ...mu.mass, data } };
}

describe('sinkhorn on a grid', () => {
  it('is that of Gaussians, on a line and in a plane', () => {
    // Sums over equal cells are exact to rounding for densities that are smooth and vanish at the box.
    const line = facetsOf(normal, { epsilon: 0.5 });
    const mu = { mean: [-0.4], covariance: [[0.5]] };
    expect(line.grid!.value(onGrid(mu, [-7], [7], [70]))).toBeCloseTo(line.gaussian!.value(mu), 9);
    const { grid, gaussian } = facetsOf(plane, { epsilon: 1, tolerance: 1e-7 });
    // The box is at five standard deviations.
    expect(grid!.value(onGrid(onThePlane, [-5, -4], [5, 5], [26, 28]))).toBeCloseTo(gaussian!.value(onThePlane), 5);
  });

  it.each([
    ['a Gaussian', normal],
    ['draws', draws],
  ])('has the derivatives that differences give, to %s', (_, target) => {
    const { value, firstVariation } = facetsOf(target, { epsilon: 0.3, samples: 4 }).grid!;
    const rho = onGrid({ mean: [-0.4], covariance: [[0.5]] }, [-3], [3.6], [22]);
    const phi = firstVariation!(rho);
    const e = 1e-5;
    for (const [to, from] of [
      [8, 12],
      [11, 6],
      [9, 14],
    ] as const)
      expect(phi[to]! - phi[from]!).toBeCloseTo(
        (value(moved(rho, to, from, e)) - value(moved(rho, to, from, -e))) / (2 * e),
        7,
      );
  });

  it('sees empty cells: their derivative is one-sided', () => {
    const { value, firstVariation } = facetsOf(normal, { epsilon: 0.3 }).grid!;
    const mass = { shape: [8], data: Float64Array.of(0, 0, 0.3, 0.7, 0, 0, 0, 0) };
    const rho: GridMeasure = { mass, lower: [-4], upper: [4] };
    const phi = firstVariation!(rho);
    const e = 1e-7;
    // The second derivative, of the order of e^(h^2 / eps) over the mass of a cell, times e.
    for (const cell of [1, 4]) {
      const slope = (value(moved(rho, cell, 3, e)) - value(rho)) / e;
      expect(Math.abs(phi[cell]! - phi[3]! - slope)).toBeLessThan(3e-4);
    }
  });

  it('shares draws among the centres next to them, in the plane', () => {
    // Three draws: on a centre, in the middle of four, and on a wall beside a centre.
    const rows = [
      [0.5, 1.5],
      [2, 2],
      [3.5, 0],
    ];
    const target: Distribution = { id: 'rows', dimension: 2, sample: () => fromRows(rows) };
    const data = new Float64Array(12);
    data[1] = 1 / 3;
    for (const cell of [4, 5, 7, 8]) data[cell] = 1 / 12;
    data[9] = 1 / 3;
    const mass = { shape: [4, 3], data };
    const { value } = facetsOf(target, { epsilon: 0.5, samples: 3 }).grid!;
    expect(value({ mass, lower: [0, 0], upper: [4, 3] })).toBeCloseTo(0, 10);
    expect(value(moved({ mass, lower: [0, 0], upper: [4, 3] }, 2, 1, 0.1))).toBeGreaterThan(1e-3);
  });

  it('finds plans far from those of Gaussians, and none of what is no law', () => {
    const facets = facetsOf(normal, { epsilon: 0.05, tolerance: 1e-4 });
    const mass = Float64Array.from({ length: 120 }, (_, i) => Number(i === 5 || (i > 60 && i < 70) || i === 112) / 11);
    const rho: GridMeasure = { mass: { shape: [120], data: mass }, lower: [-6], upper: [6] };
    const exact = w2(normal, rng).facets!.grid!.value(rho);
    // W2 sees cells where these are points: their entropies are of the order of epsilon.
    expect(Math.abs(facets.grid!.value(rho) - exact)).toBeLessThan(0.05);
    expect(facets.grid!.value({ ...rho, mass: { shape: [120], data: mass.map(() => NaN) } })).toBeNaN();
    const exploded: QuantileMeasure = { kind: 'atoms', nodes: { shape: [2], data: Float64Array.of(0, Infinity) } };
    expect(facets.quantile!.value(exploded)).toBeNaN();
  });

  it('refuses a box that does not hold its target', () => {
    const { value } = facetsOf(normal, { epsilon: 0.3 }).grid!;
    expect(() => value(onGrid({ mean: [-2], covariance: [[0.1]] }, [-4], [0], [20]))).toThrow(
      '63 % of `gaussian` lies outside of the box from [-4] to [0]; set `lower` and `upper`',
    );
  });
});

describe('w2 on a grid in the plane', () => {
  it('is that of Gaussians, and has their potential', () => {
    const { grid, gaussian } = w2(plane, rng).facets!;
    const [lower, upper] = [
      [-5, -4],
      [5, 5],
    ];
    const rho = onGrid(onThePlane, lower, upper, [30, 27]);
    // eps = 2 h^2 = 0.22: the closed form of the divergence at it is 2e-4 from W2^2 / 2.
    expect(Math.abs(grid!.value(rho) - gaussian!.value(onThePlane))).toBeLessThan(5e-4);
    const phi = grid!.firstVariation!(rho);
    const { linear, constant } = gaussian!.gradient!(onThePlane);
    const cell = 13 * 27 + 12;
    const x = [lower[0]! + (13 + 1 / 2 + 1 / 2) / 3, lower[1]! + (12 + 1 / 2) / 3];
    const expected = constant[0]! + linear[0]!.reduce((s, a, k) => s + a * (x[k]! - onThePlane.mean[k]!), 0);
    expect(Math.abs((phi[cell + 27]! - phi[cell]!) * 3 - expected)).toBeLessThan(5e-3);
  });
});

describe('sinkhorn on the line', () => {
  it('is that of Gaussians, as cells of the quantile function shrink', () => {
    const { quantile, gaussian } = facetsOf(normal, { epsilon: 0.5 });
    const exact = gaussian!.value({ mean: [-0.4], covariance: [[0.49]] });
    const errors = [15, 60].map((n) => Math.abs(quantile!.value(onLine(-0.4, 0.7, n)) - exact));
    // The tails beyond the outer cells, of mass 1 / n, are what is left.
    expect(errors[1]).toBeLessThan(errors[0]! / 2);
    expect(errors[1]).toBeLessThan(1e-3);
  });

  it('goes to W2 as epsilon falls, and to the distance of the means as it grows', () => {
    const atoms: QuantileMeasure = { kind: 'atoms', nodes: { shape: [3], data: Float64Array.of(-1, 0.5, 1.5) } };
    const exact = w2(draws, rng, { samples: 4 }).facets!.quantile!.value(atoms);
    const at = (epsilon: number): number =>
      facetsOf(draws, { epsilon, samples: 4, tolerance: 1e-6 }).quantile!.value(atoms);
    // The plans become the monotone ones, whose entropies are known: KL(pi | a x b) is log 12 + sum pi log pi, with
    // masses 1/4, 1/12, 1/6 twice each, and log 3 and log 4 of the atoms with themselves.
    const entropy = Math.log(12) - (Math.log(4) / 2 + Math.log(12) / 6 + Math.log(6) / 3);
    expect(at(0.01)).toBeCloseTo(exact + 0.005 * (entropy - Math.log(12) / 2), 6);
    expect(at(1e4)).toBeCloseTo((0.75 - 1 / 3) ** 2 / 2, 4);
  });

  it.each(['linear', 'atoms'] as const)('has the gradient that differences give: %s', (kind) => {
    const { value, gradient } = facetsOf(normal, { epsilon: 0.4 }).quantile!;
    const [at, w] = [Float64Array.of(-1, -0.2, 0.5, 0.6, 2), Float64Array.of(0.3, -0.2, 1, 0.4, -0.5)];
    const along = (e: number): QuantileMeasure => ({
      kind,
      nodes: { shape: [5], data: at.map((a, i) => a + e * w[i]!) },
    });
    const g = gradient!(along(0));
    let inner = 0;
    for (let i = 0; i < 4; i++)
      inner += (2 * g[i]! * w[i]! + 2 * g[i + 1]! * w[i + 1]! + g[i]! * w[i + 1]! + g[i + 1]! * w[i]!) / 24;
    const flat = g.reduce((s, a, i) => s + a * w[i]!, 0) / 5;
    expect(kind === 'linear' ? inner : flat).toBeCloseTo((value(along(1e-4)) - value(along(-1e-4))) / 2e-4, 6);
  });
});
