/** MMD between Gaussians with kernels that are sums of Gaussian ones. */
import type { GaussianMeasure, Kernel } from '@wasserflow/core';
import { mmd } from '@wasserflow/functionals';
import {
  energyKernel,
  gaussianProfile,
  inverseMultiquadricProfile,
  laplaceProfile,
  radialKernel,
} from '@wasserflow/kernels';
import { normalCdf } from '@wasserflow/geometry';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { gaussianParts, kernelMixture } from '../src/kernels/gaussian-parts.js';
import { gaussianLaw, innerAffine, onGrid, pushed } from './laws.js';

const rng = stream(1);
const [normal, multiquadric, laplace] = [
  radialKernel('gaussian', gaussianProfile, 0.7),
  radialKernel('inverse-multiquadric', inverseMultiquadricProfile, 0.7),
  radialKernel('laplace', laplaceProfile, 0.7),
];
const radialOf = (kernel: Kernel) => kernel.radial!({ shape: [0, 1], data: new Float64Array() });

describe('kernels as sums of Gaussian ones', () => {
  it.each([normal, multiquadric, laplace])('$id', (kernel) => {
    const radial = radialOf(kernel);
    const parts = gaussianParts(kernel, radial)!;
    for (const s of [0.001, 0.3, 1, 7, 60]) {
      const sum = parts.reduce((total, { rate, weight }) => total + weight * Math.exp(-rate * s), 0);
      expect(sum).toBeCloseTo(radial.at(s).value, 12);
    }
  });

  it.each([0.4, 1, 1.5])('-|x - y|^%d, up to a constant', (exponent) => {
    const kernel = energyKernel(exponent);
    const { parts, linear } = kernelMixture(kernel, radialOf(kernel), 2)!;
    const at = (s: number): number =>
      parts.reduce((total, { rate, weight }) => total + weight * Math.expm1(-rate * s), -linear * s);
    for (const s of [0.01, 3, 60]) expect(at(s) - at(1)).toBeCloseTo(1 - s ** (exponent / 2), 11);
  });

  it('are known by their values, not by their name alone', () => {
    const impostor: Kernel = { ...multiquadric, id: 'laplace' };
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
  ['laplace', laplace, laplaceMean],
  ['inverse multiquadric', multiquadric, multiquadricMean],
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
});

// The kink counts for O(h^(2 + r)) with h = 0.4, 1 % for the kernels with r = 1; smooth kernels for rounding.
describe.each([
  ['laplace', laplace],
  ['inverse multiquadric', multiquadric],
  ['-|x - y|', energyKernel(1)],
  ['-|x - y|^1.5', energyKernel(1.5)],
])('%s in the plane', (_, kernel) => {
  const target = gaussianLaw([0, 0.5], [[1.6, -0.3], [-0.3, 1.5]]); // prettier-ignore
  const skew: GaussianMeasure = { mean: [1, -1], covariance: [[2, 0.5], [0.5, 1]] }; // prettier-ignore
  const { gaussian, grid } = mmd(target, kernel, rng, { samples: 2 }).facets!;
  const { value, gradient } = gaussian!;

  it('is that on cells', () => {
    const cells = onGrid(skew, [-7, -7.5], [8, 7], [40, 36]);
    expect(Math.abs(grid!.value(cells) / value(skew) - 1)).toBeLessThan(0.015);
  });

  it('has the gradient that differences give', () => {
    const v = { linear: [[0.7, 0.2], [0.2, -0.4]], center: [1, -1], constant: [0.3, 0.5] }; // prettier-ignore
    const e = 1e-5;
    const slope = (value(pushed(skew, v, e)) - value(pushed(skew, v, -e))) / (2 * e);
    expect(innerAffine(skew, gradient!(skew), v)).toBeCloseTo(slope, 8);
  });
});

it.each([
  [1, Math.sqrt(Math.PI) / 2],
  [1.5, 0.9190625268488832],
])('-|x - y|^%d of round Gaussians about one centre, on any scale', (exponent, gamma) => {
  // E|Z|^r = (2 v)^(r / 2) Gamma(1 + r / 2) for Z ~ N(0, v I) in the plane.
  const mean = (v: number): number => (2 * v) ** (exponent / 2) * gamma;
  for (const scale of [1e-3, 1, 1e3]) {
    const [v, w] = [2 * scale, 0.5 * scale];
    const G = mmd(gaussianLaw([0, 0], [[w, 0], [0, w]]), energyKernel(exponent), rng, { samples: 2 }); // prettier-ignore
    const exact = mean(v + w) - (mean(2 * v) + mean(2 * w)) / 2;
    expect(G.facets!.gaussian!.value({ mean: [0, 0], covariance: [[v, 0], [0, v]] }) / exact).toBeCloseTo(1, 10); // prettier-ignore
  }
});
