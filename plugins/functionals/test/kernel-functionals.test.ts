import type { Distribution, PairSum, QuantileMeasure } from '@wasserflow/core';
import { mmd } from '@wasserflow/functionals';
import { normalQuantile } from '@wasserflow/geometry';
import { fromRows, ops, stream, toRows, type NdArray, type Tensor } from '@wasserflow/tensor';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { describe, expect, it } from 'vitest';
import { energyKernel, gaussianKernel } from './kernels.js';
import { computed, gaussianLaw, innerAffine, onLine, pushed } from './laws.js';

const rows = (points: readonly (readonly number[])[], id = 'rows'): Distribution => ({
  id,
  dimension: points[0]!.length,
  sample: () => fromRows(points),
});
const square = (a: readonly number[], b: readonly number[]): number => a.reduce((s, v, k) => s + (v - b[k]!) ** 2, 0);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const rng = stream(1);

const x = [
  [0, 0.3],
  [1, -0.5],
  [-0.7, 0.9],
];
const y = [
  [0.5, 0.5],
  [1.5, -1],
  [0.2, 0],
  [-1, 1],
];

/** A pair sum, written out. */
function pairSum({ weight, f, against, withoutDiagonal }: PairSum): number {
  const other = against ? toRows(against.points) : x;
  const terms = x.flatMap((a, i) => other.map((b, j) => (withoutDiagonal && i === j ? 0 : f.at(square(a, b)).value)));
  return (weight * terms.reduce((s, t) => s + t, 0)) / (withoutDiagonal ? x.length * (x.length - 1) : terms.length);
}

describe('mmd on clouds', () => {
  const k = (a: readonly number[], b: readonly number[]): number => Math.exp(-square(a, b) / (2 * 0.8 ** 2));
  it('is half of MMD^2 between the clouds, biased', () => {
    const { sums, constant } = mmd(rows(y), gaussianKernel(0.8), rng).facets!.particles!.pairs!({
      points: fromRows(x),
    });
    const expected =
      (mean(x.flatMap((a) => x.map((b) => k(a, b)))) + mean(y.flatMap((a) => y.map((b) => k(a, b))))) / 2 -
      mean(x.flatMap((a) => y.map((b) => k(a, b))));
    expect(sums.reduce((total, s) => total + pairSum(s), constant)).toBeCloseTo(expected, 12);
    expect(expected).toBeGreaterThan(0);
  });

  it('unbiased leaves out what a point has with itself', () => {
    const { sums, constant } = mmd(rows(y), gaussianKernel(0.8), rng, { estimator: 'unbiased' }).facets!.particles!
      .pairs!({ points: fromRows(x) });
    const off = (z: readonly number[][]): number =>
      mean(z.flatMap((a, i) => z.flatMap((b, j) => (i === j ? [] : [k(a, b)]))));
    const expected = (off(x) + off(y)) / 2 - mean(x.flatMap((a) => y.map((b) => k(a, b))));
    expect(sums.reduce((total, s) => total + pairSum(s), constant)).toBeCloseTo(expected, 12);
  });

  it('keeps what it chose', () => {
    expect(mmd(rows(y), gaussianKernel(0.8), rng, { samples: 4 }).record).toEqual({
      'mmd.kernel': 'gaussian',
      'mmd.bandwidth': 0.8,
      'mmd.estimator': 'biased',
      'mmd.samples': 4,
      'mmd.stream': '1/mmd',
    });
  });

  it('needs draws, and a kernel of the distance', () => {
    expect(() => mmd({ id: 'score', dimension: 2 }, gaussianKernel(1), rng)).toThrow('`score` cannot be sampled');
    expect(() => mmd(rows(y), { id: 'linear', linear: true }, rng)).toThrow(
      '`mmd` needs a kernel of the distance, which `linear` is not',
    );
  });
});

describe('mmd on Gaussians', () => {
  const target = gaussianLaw(
    [0, 0.5],
    [
      [1.6, -0.3],
      [-0.3, 1.5],
    ],
  );
  const mu = {
    mean: [1, -1],
    covariance: [
      [2, 0.5],
      [0.5, 1],
    ],
  };
  const { value, gradient } = mmd(target, gaussianKernel(0.9), rng).facets!.gaussian!;

  it('is the mean of the kernel, by quadrature over differences', () => {
    // E k(X - Y) for X - Y ~ N(m, C), by the trapezoid rule
    const meanKernel = (m: number[], C: number[][]): number => {
      const [[a, b], [, c]] = C as [[number, number], [number, number]];
      const det = a * c - b * b;
      const h = 0.1;
      let sum = 0;
      for (let u = -14; u < 14; u += h)
        for (let v = -14; v < 14; v += h) {
          const [p, q] = [u - m[0]!, v - m[1]!];
          const density =
            Math.exp(-(c * p * p - 2 * b * p * q + a * q * q) / (2 * det)) / (2 * Math.PI * Math.sqrt(det));
          sum += density * Math.exp(-(u * u + v * v) / (2 * 0.81)) * h * h;
        }
      return sum;
    };
    const exact =
      (meanKernel(
        [0, 0],
        [
          [4, 1],
          [1, 2],
        ],
      ) +
        meanKernel(
          [0, 0],
          [
            [3.2, -0.6],
            [-0.6, 3],
          ],
        )) /
        2 -
      meanKernel(
        [1, -1.5],
        [
          [3.6, 0.2],
          [0.2, 2.5],
        ],
      );
    expect(value(mu)).toBeCloseTo(exact, 10);
    expect(value(target.gaussian!)).toBeCloseTo(0, 15);
  });

  it('has the gradient that differences give', () => {
    const v = {
      linear: [
        [0.7, 0.2],
        [0.2, -0.4],
      ],
      center: [1, -1],
      constant: [0.3, 0.5],
    };
    const e = 1e-5;
    const slope = (value(pushed(mu, v, e)) - value(pushed(mu, v, -e))) / (2 * e);
    expect(innerAffine(mu, gradient!(mu), v)).toBeCloseTo(slope, 8);
  });
});

describe('the energy distance of Gaussians on the line', () => {
  const { gaussian, quantile } = mmd(gaussianLaw([-0.5], [[1.96]]), energyKernel, rng).facets!;

  it('has the value of the oracle energy_distance_1d', () => {
    expect(gaussian!.value({ mean: [0.3], covariance: [[0.81]] })).toBeCloseTo(0.36166085048610763 / 2, 10);
  });

  it('has the gradient that differences give', () => {
    const at = { mean: [0.3], covariance: [[0.81]] };
    const v = { linear: [[0.6]], center: [0.1], constant: [-0.4] };
    const e = 1e-5;
    const slope = (gaussian!.value(pushed(at, v, e)) - gaussian!.value(pushed(at, v, -e))) / (2 * e);
    expect(innerAffine(at, gaussian!.gradient!(at), v)).toBeCloseTo(slope, 8);
  });

  it('is that on quantile functions', () => {
    expect(Math.abs(quantile!.value(onLine(0.3, 0.9, 100)) - 0.36166085048610763 / 2)).toBeLessThan(1e-3);
  });
});

describe('mmd on the line', () => {
  const uniform = rows(Array.from({ length: 1000 }, (_, i) => [(i + 0.5) / 1000]));

  it('with the energy kernel to U[0, 1]: value of a point mass and the exact flow', () => {
    // From delta_c with c = 0.2: MMD^2 = 0.3466..., and dQ/dt = 2 (u - F(Q)).
    const { value, gradient } = mmd(uniform, energyKernel, rng).facets!.quantile!;
    const point: QuantileMeasure = { kind: 'atoms', nodes: { shape: [4], data: Float64Array.of(0.2, 0.2, 0.2, 0.2) } };
    // 1000 midpoints for the interval: off by 1e-6.
    expect(value(point)).toBeCloseTo(0.3466666666666666 / 2, 5);
    const n = 40;
    const spread: QuantileMeasure = {
      kind: 'linear',
      nodes: { shape: [n + 1], data: Float64Array.from({ length: n + 1 }, (_, i) => 0.1 + (0.6 * i) / n) },
    };
    const field = gradient!(spread);
    // A cell of mass 1/n has its kink inside: off by less than that.
    for (let i = 0; i <= n; i++) expect(Math.abs(field[i]! - 2 * (0.1 + (0.6 * i) / n - i / n))).toBeLessThan(1 / n);
  });

  it('is that of Gaussians', () => {
    const target = gaussianLaw([0.3], [[1.7]]);
    const exact = mmd(target, gaussianKernel(0.7), rng).facets!.gaussian!;
    const inClosedForm = mmd(target, gaussianKernel(0.7), rng).facets!.quantile!.value(onLine(-0.4, 0.9, 100));
    expect(Math.abs(inClosedForm - exact.value({ mean: [-0.4], covariance: [[0.81]] }))).toBeLessThan(2e-4);
    const nodes = Array.from({ length: 1500 }, (_, i) => [0.3 + Math.sqrt(1.7) * normalQuantile((i + 0.5) / 1500)]);
    const quantile = mmd(rows(nodes), gaussianKernel(0.7), rng).facets!.quantile!;
    expect(
      Math.abs(quantile.value(onLine(-0.4, 0.9, 100)) - exact.value({ mean: [-0.4], covariance: [[0.81]] })),
    ).toBeLessThan(2e-4);
  });

  it.each(['linear', 'atoms'] as const)('has the gradient that differences give: %s', (kind) => {
    const { value, gradient } = mmd(rows([[0.1], [0.9], [-0.4]]), gaussianKernel(0.7), rng).facets!.quantile!;
    const at = Float64Array.of(-1, -0.2, 0.5, 0.6, 2);
    const w = Float64Array.of(0.3, -0.2, 1, 0.4, -0.5);
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
    expect(kind === 'linear' ? inner : flat).toBeCloseTo(slope, 8);
  });
});

/** The loss of a flow facet and its gradient by the batch, in float32. */
async function lossOf(loss: (y: Tensor, reference: Tensor) => Tensor, points: NdArray, reference: NdArray) {
  const engine = await tfjsEngine('cpu');
  const example = { y: { shape: points.shape }, reference: { shape: reference.shape } };
  const program = await engine.compile(
    'loss',
    ({ y: at, reference: r }: { y: Tensor; reference: Tensor }) => ({ loss: loss(at, r) }),
    example,
  );
  return (await program.run({ y: points, reference })).loss.data[0]!;
}

describe('mmd on flows', () => {
  it.each(['biased', 'unbiased'] as const)(
    '%s: the loss is the value but for what the draws say of themselves',
    async (estimator) => {
      const G = mmd(rows(y), gaussianKernel(0.8), rng, { estimator });
      const { sums } = G.facets!.particles!.pairs!({ points: fromRows(x) });
      const facet = G.facets!.flow!;
      expect(facet.draw!(rng, 4)).toEqual({ reference: fromRows(y) });
      const loss = await lossOf(
        (at, reference) => facet.loss({ x: at, y: at }, { reference }),
        fromRows(x),
        fromRows(y),
      );
      expect(loss).toBeCloseTo(
        sums.reduce((total, s) => total + pairSum(s), 0),
        5,
      );
    },
  );

  it('has a finite gradient for kernels with a kink', async () => {
    const facet = mmd(rows(y), energyKernel, rng).facets!.flow!;
    const loss = (at: Tensor): Tensor => facet.loss({ x: at, y: at }, { reference: ops.tensor(y) });
    const { custom } = await import('@wasserflow/functionals');
    const field = await computed(custom({ id: 'loss', value: loss }).facets!.particles!.gradient!, x);
    // The gradient of int k(x, .) d(rho - q) with k = -|x - y|, written out.
    for (const [i, a] of x.entries()) {
      const pull = (b: readonly number[], k: number): number =>
        square(a, b) === 0 ? 0 : (a[k]! - b[k]!) / Math.sqrt(square(a, b));
      for (const k of [0, 1])
        expect(field[2 * i + k]).toBeCloseTo(mean(y.map((b) => pull(b, k))) - mean(x.map((b) => pull(b, k))), 4);
    }
  });
});
