/** MMD between Gaussians with kernels that are sums of Gaussian ones. */
import type { GaussianMeasure, Kernel } from '@wasserflow/core';
import { mmd } from '@wasserflow/functionals';
import { normalCdf } from '@wasserflow/geometry';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { gaussianParts } from '../src/gaussian-parts.js';
import { gaussianKernel, laplaceKernel, multiquadric } from './kernels.js';
import { gaussianLaw, innerAffine, onGrid, pushed } from './laws.js';

const rng = stream(1);
const radialOf = (kernel: Kernel) => kernel.radial!({ shape: [0, 1], data: new Float64Array() });

describe('kernels as sums of Gaussian ones', () => {
  it.each([gaussianKernel(0.7), multiquadric(0.7), laplaceKernel(0.7)])('$id', (kernel) => {
    const radial = radialOf(kernel);
    const parts = gaussianParts(kernel, radial)!;
    for (const s of [0.001, 0.3, 1, 7, 60]) {
      const sum = parts.reduce((total, { rate, weight }) => total + weight * Math.exp(-rate * s), 0);
      expect(sum).toBeCloseTo(radial.at(s).value, 12);
    }
  });

  it('are known by their values, not by their name alone', () => {
    const impostor: Kernel = { ...multiquadric(0.7), id: 'laplace' };
    expect(gaussianParts(impostor, radialOf(impostor))).toBeUndefined();
  });
});

/** E e^(-|Z| / h) for Z ~ N(m, v), by completing squares. */
function laplaceMean(m: number, v: number, h: number): number {
  const half = (sign: number): number =>
    Math.exp((sign * m) / h) * normalCdf((-sign * m) / Math.sqrt(v) - Math.sqrt(v) / h);
  return Math.exp(v / (2 * h * h)) * (half(1) + half(-1));
}

/** E (1 + Z^2 / h^2)^(-1/2), by the trapezoidal rule: exact to rounding for singularities this far. */
function multiquadricMean(m: number, v: number, h: number): number {
  const std = Math.sqrt(v);
  let sum = 0;
  for (let z = -9; z <= 9; z += 0.1) sum += Math.exp((-z * z) / 2) / Math.hypot(1, (m + std * z) / h);
  return (sum * 0.1) / Math.sqrt(2 * Math.PI);
}

const closed = [
  ['laplace', laplaceKernel(0.7), laplaceMean],
  ['inverse multiquadric', multiquadric(0.7), multiquadricMean],
] as const;

describe.each(closed)('%s', (_, kernel, meanKernel) => {
  const q = { mean: 0.3, variance: 1.7 };
  const mu: GaussianMeasure = { mean: [-0.4], covariance: [[0.81]] };
  const onLine = mmd(gaussianLaw([q.mean], [[q.variance]]), kernel, rng, { samples: 2 });

  it('has means in closed form on the line', () => {
    const within = (meanKernel(0, 2 * 0.81, 0.7) + meanKernel(0, 2 * 1.7, 0.7)) / 2;
    expect(onLine.facets!.gaussian!.value(mu)).toBeCloseTo(within - meanKernel(0.7, 0.81 + 1.7, 0.7), 11);
    // A point mass against the Gaussian.
    const [x, k0] = [0.9, radialOf(kernel).at(0).value];
    const point = { kind: 'atoms', nodes: { shape: [1], data: Float64Array.of(x) } } as const;
    const exact = (k0 + meanKernel(0, 2 * 1.7, 0.7)) / 2 - meanKernel(x - 0.3, 1.7, 0.7);
    expect(onLine.facets!.quantile!.value(point)).toBeCloseTo(exact, 11);
    const slope = (meanKernel(x - 0.3 + 1e-5, 1.7, 0.7) - meanKernel(x - 0.3 - 1e-5, 1.7, 0.7)) / 2e-5;
    expect(onLine.facets!.quantile!.gradient!(point)[0]).toBeCloseTo(-slope, 8);
  });

  it('in the plane is that on cells, with the gradient that differences give', () => {
    const target = gaussianLaw([0, 0.5], [[1.6, -0.3], [-0.3, 1.5]]); // prettier-ignore
    const skew: GaussianMeasure = { mean: [1, -1], covariance: [[2, 0.5], [0.5, 1]] }; // prettier-ignore
    const { gaussian, grid } = mmd(target, kernel, rng, { samples: 2 }).facets!;
    const { value, gradient } = gaussian!;
    // The kink of the Laplace kernel counts for 0.19 h^3 of the value, h = 0.4; a smooth kernel for rounding.
    const cells = onGrid(skew, [-7, -7.5], [8, 7], [40, 36]);
    expect(Math.abs(grid!.value(cells) / value(skew) - 1)).toBeLessThan(0.015);
    const v = { linear: [[0.7, 0.2], [0.2, -0.4]], center: [1, -1], constant: [0.3, 0.5] }; // prettier-ignore
    const e = 1e-5;
    const slope = (value(pushed(skew, v, e)) - value(pushed(skew, v, -e))) / (2 * e);
    expect(innerAffine(skew, gradient!(skew), v)).toBeCloseTo(slope, 8);
  });
});
