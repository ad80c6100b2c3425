import type { GridMeasure } from '@wasserflow/core';
import { fisher } from '@wasserflow/functionals';
import { describe, expect, it } from 'vitest';
import { anonymous, gaussianLaw, innerAffine, onGrid, pushed } from './laws.js';

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
});
