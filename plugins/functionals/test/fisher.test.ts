import type { GridMeasure, QuantileMeasure } from '@wasserflow/core';
import { fisher } from '@wasserflow/functionals';
import { describe, expect, it } from 'vitest';
import { anonymous, gaussianLaw, innerAffine, onGrid, onLine, pushed } from './laws.js';

const mu = {
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

describe('fisher', () => {
  it('on Gaussians has the reference value, and the gradient that differences give', () => {
    const { value, gradient } = fisher(target).facets!.gaussian!;
    expect(value(mu)).toBeCloseTo(1.6113078840351562, 10);
    const v = {
      linear: [
        [0.7, 0.2],
        [0.2, -0.4],
      ],
      center: [1, -1],
      constant: [0.3, 0.5],
    };
    const e = 1e-5;
    expect(innerAffine(mu, gradient!(mu), v)).toBeCloseTo(
      (value(pushed(mu, v, e)) - value(pushed(mu, v, -e))) / (2 * e),
      7,
    );
  });

  it('on grids is that of Gaussians to second order in the cells', () => {
    const { value } = fisher(anonymous(target)).facets!.grid!;
    const errors = [40, 80].map((n) => Math.abs(value(onGrid(mu, [-9, -9], [9, 9], [n, n])) - 1.6113078840351562));
    expect(errors[0]! / errors[1]!).toBeCloseTo(4, 0);
    expect(errors[1]).toBeLessThan(0.02);
  });

  it('on grids has the first variation that differences give', () => {
    const line = fisher(gaussianLaw([0.3], [[1.7]])).facets!.grid!;
    const rho = onGrid({ mean: [-0.4], covariance: [[0.8]] }, [-4], [5], [30]);
    const phi = line.firstVariation!(rho);
    const moved = (e: number): GridMeasure => {
      const data = Float64Array.from(rho.mass.data);
      data[12]! += e;
      data[17]! -= e;
      return { ...rho, mass: { shape: [30], data } };
    };
    expect(phi[12]! - phi[17]!).toBeCloseTo((line.value(moved(1e-6)) - line.value(moved(-1e-6))) / 2e-6, 5);
  });

  it('with empty cells is finite, and pulls mass there without end', () => {
    const rho: GridMeasure = { mass: { shape: [3], data: Float64Array.of(0.5, 0.5, 0) }, lower: [0], upper: [3] };
    const flat = fisher({
      id: 'flat',
      dimension: 1,
      potential: { dimension: 1, pointwise: { value: () => 0, gradient: () => [0], hessian: () => [[0]] } },
    }).facets!.grid!;
    expect(flat.value(rho)).toBeCloseTo(4 * 0.5, 14);
    expect(Array.from(flat.firstVariation!(rho))).toEqual([0, 4, -Infinity]);
  });

  describe('on the line', () => {
    const { gaussian, quantile } = fisher(gaussianLaw([-0.2], [[0.8]])).facets!;

    it('is that of Gaussians to first order in the cells', () => {
      const exact = gaussian!.value({ mean: [1], covariance: [[2]] });
      const errors = [40, 80].map((n) => Math.abs(quantile!.value(onLine(1, Math.sqrt(2), n)) - exact));
      expect(errors[0]! / errors[1]!).toBeCloseTo(2, 0);
      expect(errors[1]).toBeLessThan(0.01 * exact);
    });

    it('has the gradient that differences give, in the metric of W2', () => {
      const x = onLine(0.3, 0.9, 8).nodes.data;
      const along = (w: Float64Array, e: number): QuantileMeasure => ({
        kind: 'linear',
        nodes: { shape: [9], data: Float64Array.from(x, (v, i) => v + e * w[i]!) },
      });
      const zero = new Float64Array(9);
      const g = quantile!.gradient!(along(zero, 0));
      for (let j = 0; j < 9; j++) {
        const w = zero.map((_, i) => Number(i === j));
        const slope = (quantile!.value(along(w, 1e-6)) - quantile!.value(along(w, -1e-6))) / 2e-6;
        // <g, w> in L2(0, 1) for the hat w: (g_(j-1) + 4 g_j + g_(j+1)) / 6n, without the half that ends lack.
        const half = (i: number): number => (i in g ? (2 * g[j]! + g[i]!) / 48 : 0);
        expect(half(j - 1) + half(j + 1)).toBeCloseTo(slope, 5);
      }
    });

    it('vanishes at the least relative entropy: two nodes, for V = (x - c)^2 / (2 s), lie sqrt(s) on both sides', () => {
      // E = -log h + (V(x_0) + V(x_1)) / 2, h = 2 a: -1/a + a/s = 0.
      const at = (a: number): QuantileMeasure => ({
        kind: 'linear',
        nodes: { shape: [2], data: Float64Array.of(-0.2 - a, -0.2 + a) },
      });
      expect(quantile!.value(at(Math.sqrt(0.8)))).toBeCloseTo(0, 14);
      expect(quantile!.value(at(0.5))).toBeCloseTo((1 / 0.5 - 0.5 / 0.8) ** 2, 12);
    });

    it('is infinite at atoms', () => {
      const atoms: QuantileMeasure = { kind: 'atoms', nodes: { shape: [2], data: Float64Array.of(0, 1) } };
      expect(quantile!.value(atoms)).toBe(Infinity);
      expect(() => quantile!.gradient!(atoms)).toThrow('`fisher` compares densities and has no gradient at atoms');
    });
  });
});
