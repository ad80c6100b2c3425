/** KSD of laws: Gaussians, quantile functions, masses on cells. */
import type { Distribution, GaussianMeasure, GridMeasure, Kernel, QuantileMeasure } from '@wasserflow/core';
import { onnxEngine } from '@wasserflow/engine-onnx';
import { ksd } from '@wasserflow/functionals';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { gaussianKernel, multiquadric } from './kernels.js';
import { gaussianLaw, innerAffine, onGrid, onLine, pushed } from './laws.js';

const rng = stream(1);
const engine = onnxEngine({ threads: 1 });
const facetsOf = (target: Distribution, kernel: Kernel) => ksd(target, kernel, engine, rng).facets!;

const plane = gaussianLaw([0.2, -0.1], [[1.5, 0.4], [0.4, 0.8]]); // prettier-ignore
const skew: GaussianMeasure = { mean: [0.9, -0.4], covariance: [[0.8, -0.3], [-0.3, 1.1]] }; // prettier-ignore
const byMasses = onLine(-0.4, 0.9, 40);
const line = gaussianLaw([0.3], [[1.7]]);
const narrow: GaussianMeasure = { mean: [-0.4], covariance: [[0.81]] };

type Row = readonly number[];
type Value = (x: Row, y: Row) => number;

/** v_x . v_y k - v_x . grad_y k - v_y . grad_x k + tr grad_x grad_y k, derivatives of k by differences. */
function steinOf(v: (x: Row) => Row, k: Value): Value {
  const h = 3e-4;
  const moved = (p: Row, i: number, e: number): Row => p.map((a, j) => (i === j ? a + e : a));
  return (x, y) => {
    const [vx, vy] = [v(x), v(y)];
    return x.reduce((sum, _, i) => {
      const by = (e: number, g: number): number => k(moved(x, i, e), moved(y, i, g));
      const both = (by(h, h) - by(h, -h) - by(-h, h) + by(-h, -h)) / (4 * h * h);
      const [byX, byY] = [(by(h, 0) - by(-h, 0)) / (2 * h), (by(0, h) - by(0, -h)) / (2 * h)];
      return sum + vx[i]! * vy[i]! * k(x, y) + both - vx[i]! * byY - vy[i]! * byX;
    }, 0);
  };
}

const square = (x: Row, y: Row): number => x.reduce((sum, a, i) => sum + (a - y[i]!) ** 2, 0);
const valueOf =
  (kernel: Kernel): Value =>
  (x, y) =>
    kernel.radial!({ shape: [0, 1], data: new Float64Array() }).at(square(x, y)).value;
const scoreOf =
  (target: Distribution) =>
  (x: Row): Row => {
    const { precision, center } = target.potential!.quadratic!;
    return precision.map((row) => row.reduce((sum, p, j) => sum + p * (x[j]! - center[j]!), 0));
  };

const kernels = [
  ['Gaussian', gaussianKernel(0.9)],
  ['inverse multiquadric', multiquadric(1.2)],
] as const;

describe.each(kernels)('ksd of Gaussians, %s kernel', (_, kernel) => {
  const { value, gradient } = facetsOf(plane, kernel).gaussian!;

  it('is the mean of the Stein kernel over pairs, by quadrature', () => {
    // The trapezoidal rule errs by e^(-2 pi a / step), a the distance of the nearest singularity: by rounding here.
    const u = steinOf(scoreOf(line), valueOf(kernel));
    const nodes = Array.from({ length: 41 }, (_, i) => (i - 20) * 0.4);
    const density = (z: number): number => (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * 0.4;
    const at = (z: number): Row => [-0.4 + 0.9 * z];
    const mean = nodes.reduce(
      (sum, a) => sum + density(a) * nodes.reduce((s, b) => s + density(b) * u(at(a), at(b)), 0),
      0,
    );
    expect(Math.abs(facetsOf(line, kernel).gaussian!.value(narrow) - mean / 2)).toBeLessThan(1e-6);
  });

  it('vanishes with its gradient at the target', () => {
    expect(Math.abs(value(plane.gaussian!))).toBeLessThan(1e-11);
    const { linear, constant } = gradient!(plane.gaussian!);
    for (const v of [...linear.flat(), ...constant]) expect(Math.abs(v)).toBeLessThan(1e-10);
  });

  it('has the gradient that differences give', () => {
    const v = { linear: [[0.7, 0.2], [0.2, -0.4]], center: [1, -1], constant: [0.3, 0.5] }; // prettier-ignore
    const e = 1e-5;
    const slope = (value(pushed(skew, v, e)) - value(pushed(skew, v, -e))) / (2 * e);
    expect(innerAffine(skew, gradient!(skew), v)).toBeCloseTo(slope, 8);
  });

  it('is that on cells of a plane and of a line, and on quantile functions', () => {
    // Sums over cells of smooth laws are exact to rounding; the box leaves out 1e-5.
    const cells = onGrid(skew, [-5, -6.5], [6, 6], [32, 36]);
    expect(Math.abs(facetsOf(plane, kernel).grid!.value(cells) - value(skew))).toBeLessThan(1e-4);
    const exact = facetsOf(line, kernel).gaussian!.value(narrow);
    expect(Math.abs(facetsOf(line, kernel).grid!.value(onGrid(narrow, [-6], [5], [110])) - exact)).toBeLessThan(1e-6);
    // 40 cells of equal mass know the tails to one in a hundred.
    expect(Math.abs(facetsOf(line, kernel).quantile!.value(byMasses) / exact - 1)).toBeLessThan(0.02);
  });
});

describe('ksd on cells', () => {
  const kernel = multiquadric(1.2);
  const { value, firstVariation } = facetsOf(plane, kernel).grid!;
  const mu = onGrid(skew, [-2, -3], [3, 2], [6, 5]);

  it('is the double sum over the centres', () => {
    const u = steinOf(scoreOf(plane), valueOf(kernel));
    const centres = Array.from(mu.mass.data, (_, c): Row => [
      -2 + (Math.floor(c / 5) + 0.5) * (5 / 6),
      -3 + (c % 5) + 0.5,
    ]);
    const means = centres.map((x) => centres.reduce((sum, y, j) => sum + mu.mass.data[j]! * u(x, y), 0));
    // The derivatives of the brute force err by h^2 times sixth derivatives.
    for (const [i, variation] of firstVariation!(mu).entries())
      expect(Math.abs(variation - means[i]!)).toBeLessThan(1e-4);
    expect(value(mu)).toBeCloseTo(means.reduce((sum, m, i) => sum + m * mu.mass.data[i]!, 0) / 2, 4);
  });

  it('has the first variation that differences give', () => {
    const moved = (step: number): GridMeasure => {
      const data = Float64Array.from(mu.mass.data);
      data[7]! -= step;
      data[23]! += step;
      return { ...mu, mass: { ...mu.mass, data } };
    };
    // Quadratic in the masses: central differences err by rounding only.
    const variation = firstVariation!(mu);
    expect(variation[23]! - variation[7]!).toBeCloseTo((value(moved(0.01)) - value(moved(-0.01))) / 0.02, 11);
  });
});

describe('ksd on the line', () => {
  const curved: Distribution = {
    id: 'curved',
    dimension: 1,
    potential: {
      dimension: 1,
      gradient: (x) => x,
      pointwise: {
        value: ([x = 0]) => Math.cosh(x),
        gradient: ([x = 0]) => [Math.sinh(x)],
        hessian: ([x = 0]) => [[Math.cosh(x)]],
      },
    },
  };
  const at = Float64Array.of(-1, -0.2, 0.5, 0.6, 2);
  const w = Float64Array.of(0.3, -0.2, 1, 0.4, -0.5);

  it.each(['linear', 'atoms'] as const)('has the gradient that differences give: %s', (kind) => {
    for (const [, kernel] of kernels) {
      const { value, gradient } = facetsOf(curved, kernel).quantile!;
      const along = (e: number): QuantileMeasure => ({
        kind,
        nodes: { shape: [5], data: at.map((v, i) => v + e * w[i]!) },
      });
      const slope = (value(along(1e-6)) - value(along(-1e-6))) / 2e-6;
      const g = gradient!(along(0));
      let inner = 0;
      for (let i = 0; i < 4; i++)
        inner += (2 * g[i]! * w[i]! + 2 * g[i + 1]! * w[i + 1]! + g[i]! * w[i + 1]! + g[i + 1]! * w[i]!) / 24;
      const flat = g.reduce((s, v, i) => s + v * w[i]!, 0) / 5;
      expect(kind === 'linear' ? inner : flat).toBeCloseTo(slope, 6);
    }
  });

  it('atoms are as a cloud, with no gradient where the kernel has no third derivative', async () => {
    const { particles, quantile } = facetsOf(line, multiquadric(1.2));
    const atoms: QuantileMeasure = { kind: 'atoms', nodes: { shape: [5], data: at } };
    const { value, gradient } = await particles!.evaluate!({ points: { shape: [5, 1], data: at } });
    expect(quantile!.value(atoms)).toBeCloseTo(value, 5);
    for (const [i, g] of quantile!.gradient!(atoms).entries()) expect(g).toBeCloseTo(gradient.data[i]!, 5);
    const radial = multiquadric(1.2).radial!({ shape: [0, 1], data: at });
    const blunt: Kernel = {
      id: 'blunt',
      radial: () => ({
        ...radial,
        at: (s) => {
          const { third: _, ...jet } = radial.at(s);
          return jet;
        },
      }),
    };
    expect(facetsOf(line, blunt).quantile!.gradient).toBeUndefined();
  });
});
