/** One divergence on three spaces: closed form, cells of a box, cells of the quantile function. */
import type { Distribution, Functional, GridMeasure, QuantileMeasure } from '@wasserflow/core';
import { chiSquare, hellinger, jensenShannon, renyi, reverseKl } from '@wasserflow/functionals';
import { describe, expect, it } from 'vitest';
import { gaussianLaw, onGrid, onLine } from './laws.js';

const target = gaussianLaw([0.3], [[1.7]]);
const mu = { mean: [-0.4], covariance: [[0.8]] };
const all: [string, (t: Distribution) => Functional][] = [
  ['chi-square', chiSquare],
  ['renyi 3/2', (t) => renyi(t, 1.5)],
  ['renyi 1/2', (t) => renyi(t, 0.5)],
  ['hellinger', hellinger],
  ['jensen-shannon', jensenShannon],
  ['reverse-kl', reverseKl],
];
const onTheLine = all.filter(([id]) => id !== 'reverse-kl');

describe('on a grid', () => {
  it.each(all)('%s is that of Gaussians', (_, make) => {
    const { gaussian, grid } = make(target).facets!;
    // The midpoint rule is exact to rounding for densities that are smooth and vanish at the box: but for
    // reverse-kl, whose integrand grows in the tails, nothing else is left of the error.
    expect(grid!.value(onGrid(mu, [-9], [9], [180]))).toBeCloseTo(gaussian!.value(mu), 9);
  });

  it('in the plane too', () => {
    const plane = gaussianLaw(
      [0, 0.5],
      [
        [1.6, -0.3],
        [-0.3, 1.5],
      ],
    );
    const nu = {
      mean: [1, -1],
      covariance: [
        [1, 0.2],
        [0.2, 0.8],
      ],
    };
    const { gaussian, grid } = chiSquare(plane).facets!;
    expect(grid!.value(onGrid(nu, [-8, -9], [9, 8], [85, 85]))).toBeCloseTo(gaussian!.value(nu), 8);
  });

  it.each(all)('%s: the first variation is the derivative by moved mass', (_, make) => {
    const { value, firstVariation } = make(target).facets!.grid!;
    const rho = onGrid(mu, [-4], [5], [30]);
    const phi = firstVariation!(rho);
    const moved = (e: number): GridMeasure => {
      const data = Float64Array.from(rho.mass.data);
      data[12]! += e;
      data[17]! -= e;
      return { ...rho, mass: { shape: [30], data } };
    };
    const e = 1e-6;
    expect(phi[12]! - phi[17]!).toBeCloseTo((value(moved(e)) - value(moved(-e))) / (2 * e), 6);
  });

  it('empty cells are no trouble, and infinite where they are', () => {
    const rho: GridMeasure = { mass: { shape: [4], data: Float64Array.of(0.5, 0.5, 0, 0) }, lower: [-2], upper: [2] };
    const masses = [-1.5, -0.5, 0.5, 1.5].map((x) => Math.exp(-((x - 0.3) ** 2) / 3.4));
    const total = masses.reduce((a, b) => a + b);
    const [a, b] = masses.map((m) => m / total);
    expect(chiSquare(target).facets!.grid!.value(rho)).toBeCloseTo(0.25 / a! + 0.25 / b! - 1, 12);
    expect(hellinger(target).facets!.grid!.value(rho)).toBeCloseTo(1 - Math.sqrt(a! / 2) - Math.sqrt(b! / 2), 12);
    expect(reverseKl(target).facets!.grid!.value(rho)).toBe(Infinity);
  });
});

describe('on the line', () => {
  it.each(onTheLine)('%s is that of Gaussians, as cells shrink', (_, make) => {
    const { gaussian, quantile } = make(target).facets!;
    const exact = gaussian!.value(mu);
    const errors = [50, 200].map((n) => Math.abs(quantile!.value(onLine(-0.4, Math.sqrt(0.8), n)) - exact));
    // The tails beyond the outer cells, of mass 1/n, are what is left: the error falls nearly like 1/n.
    expect(errors[1]).toBeLessThan(errors[0]! / 2.5);
    expect(errors[1]).toBeLessThan(0.06 * exact);
  });

  it.each(onTheLine)('%s: the gradient is the derivative by the nodes, in the metric of W2', (_, make) => {
    const { value, gradient } = make(target).facets!.quantile!;
    const rho = onLine(-0.4, 0.9, 8);
    const x = rho.nodes.data;
    const w = Float64Array.from(x, (v, i) => Math.sin(3 * i) + v);
    const along = (e: number): QuantileMeasure => ({
      kind: 'linear',
      nodes: { shape: [9], data: Float64Array.from(x, (v, i) => v + e * w[i]!) },
    });
    const e = 1e-6;
    const slope = (value(along(e)) - value(along(-e))) / (2 * e);
    const g = gradient!(rho);
    // <g, w> in L2(0, 1) of piecewise linear functions, by Simpson, exact for their products.
    let inner = 0;
    for (let i = 0; i < 8; i++) {
      const middle = ((g[i]! + g[i + 1]!) * (w[i]! + w[i + 1]!)) / 4;
      inner += (g[i]! * w[i]! + 4 * middle + g[i + 1]! * w[i + 1]!) / 48;
    }
    expect(inner).toBeCloseTo(slope, 6);
  });

  it('atoms are singular to a density', () => {
    const atoms: QuantileMeasure = { kind: 'atoms', nodes: { shape: [3], data: Float64Array.of(-1, 0, 1) } };
    const valueOf = (G: Functional): number => G.facets!.quantile!.value(atoms);
    expect(valueOf(chiSquare(target))).toBe(Infinity);
    expect(valueOf(renyi(target, 1.5))).toBe(Infinity);
    expect(valueOf(renyi(target, 0.5))).toBe(Infinity);
    expect(valueOf(hellinger(target))).toBe(1);
    expect(valueOf(jensenShannon(target))).toBeCloseTo(Math.LN2, 15);
    expect(() => chiSquare(target).facets!.quantile!.gradient!(atoms)).toThrow(
      'has no gradient at atoms; set `kind: linear`',
    );
  });
});
