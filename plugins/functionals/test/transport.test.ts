import type { Distribution, GaussianMeasure, QuantileMeasure } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { sinkhorn, sinkhornOfGaussians, slicedW2, w2 } from '@wasserflow/functionals';
import { fromRows, stream, toRows } from '@wasserflow/tensor';
import { Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { fieldAt, gaussianLaw, innerAffine, normalQuantile, onLine, pushed } from './laws.js';

const rng = stream(3);
const mu: GaussianMeasure = {
  mean: [1, -1],
  covariance: [
    [2, 0.5],
    [0.5, 1],
  ],
};
const rows = (points: readonly (readonly number[])[]): Distribution => ({
  id: 'rows',
  dimension: points[0]!.length,
  sample: () => fromRows(points),
});
const v = {
  linear: [
    [0.7, 0.2],
    [0.2, -0.4],
  ],
  center: [1, -1],
  constant: [0.3, 0.5],
};

describe('w2 on Gaussians', () => {
  const target = gaussianLaw(
    [0, 0.5],
    [
      [1, -0.3],
      [-0.3, 0.5],
    ],
  );
  const { value, gradient, prox } = w2(target, rng).facets!.gaussian!;

  it('has the reference values', () => {
    expect(value(mu)).toBeCloseTo(1.950205479627864 ** 2 / 2, 10);
    const other = w2(
      gaussianLaw(
        [0, 0.5],
        [
          [1.6, -0.3],
          [-0.3, 1.5],
        ],
      ),
      rng,
    ).facets!.gaussian!;
    expect(other.value(mu)).toBeCloseTo(3.546141334396014 / 2, 10);
    const A = [
      [2, 0.3, -0.4],
      [0.3, 1.5, 0.2],
      [-0.4, 0.2, 0.7],
    ];
    const B = [
      [1, 0.4, 0.1],
      [0.4, 2, -0.3],
      [0.1, -0.3, 0.6],
    ];
    const bures = w2(gaussianLaw([0, 0, 0], B), rng).facets!.gaussian!;
    expect(bures.value({ mean: [0, 0, 0], covariance: A })).toBeCloseTo(0.4681197010821797 / 2, 10);
  });

  it('has the reference step of JKO', () => {
    const next = prox!(mu, 0.4);
    for (const [i, m] of [0.7142857142857142, -0.5714285714285713].entries()) expect(next.mean[i]).toBeCloseTo(m, 10);
    const S = [
      [1.6598935267023434, 0.21509940842394365],
      [0.21509940842394365, 0.7986163890587687],
    ];
    for (const [i, row] of S.entries())
      for (const [j, s] of row.entries()) expect(next.covariance[i]![j]).toBeCloseTo(s, 10);
    expect(Math.sqrt(2 * value(next))).toBeCloseTo(1.3930039140199024, 10);
  });

  it('has x - T(x) as its gradient', () => {
    const e = 1e-5;
    expect(innerAffine(mu, gradient!(mu), v)).toBeCloseTo(
      (value(pushed(mu, v, e)) - value(pushed(mu, v, -e))) / (2 * e),
      8,
    );
    expect(value(target.gaussian!)).toBeLessThan(1e-20);
  });
});

describe('w2 on the line', () => {
  it('is exact: quantile functions between nodes, by quadrature', () => {
    const { quantile } = w2(gaussianLaw([0.3], [[1.7]]), rng).facets!;
    const rho = onLine(-0.4, 0.8, 12);
    const x = rho.nodes.data;
    let total = 0;
    const levels = 2000;
    for (let k = 0; k < levels; k++) {
      const u = (k + 0.5) / levels;
      const i = Math.min(Math.floor(u * 12), 11);
      const q = x[i]! + (u * 12 - i) * (x[i + 1]! - x[i]!);
      total += (q - normalQuantile(u, 0.3, Math.sqrt(1.7))) ** 2 / levels;
    }
    // The midpoint rule meets the tails of the target: log of 2000 over 2000.
    expect(Math.abs(quantile!.value(rho) - total / 2)).toBeLessThan(2e-3);
  });

  it('is that of Gaussians, as cells shrink', () => {
    const { quantile, gaussian } = w2(gaussianLaw([0.3], [[1.7]]), rng).facets!;
    const exact = gaussian!.value({ mean: [-0.4], covariance: [[0.64]] });
    const errors = [20, 100].map((n) => Math.abs(quantile!.value(onLine(-0.4, 0.8, n)) - exact));
    // The tails beyond the outer cells, of mass 1/n, are what is left.
    expect(errors[1]).toBeLessThan(errors[0]! / 2);
    expect(errors[1]).toBeLessThan(1e-3);
  });

  it('to atoms is the sum over sorted points', () => {
    const { quantile } = w2(rows([[0.9], [-0.3], [0.4], [2]]), rng, { samples: 4 }).facets!;
    const rho: QuantileMeasure = { kind: 'atoms', nodes: { shape: [2], data: Float64Array.of(0, 1) } };
    expect(quantile!.value(rho)).toBeCloseTo((0.3 ** 2 + 0.4 ** 2 + 0.1 ** 2 + 1) / 8, 14);
    expect(Array.from(quantile!.gradient!(rho))).toEqual([expect.closeTo(0 - 0.05, 14), expect.closeTo(1 - 1.45, 14)]);
  });

  it.each(['linear', 'atoms'] as const)('has the gradient that differences give: %s', (kind) => {
    const { value, gradient } = w2(gaussianLaw([0.3], [[1.7]]), rng).facets!.quantile!;
    const at = Float64Array.of(-1, -0.2, 0.5, 0.6, 2);
    const w = Float64Array.of(0.3, -0.2, 1, 0.4, -0.5);
    const along = (e: number): QuantileMeasure => ({
      kind,
      nodes: { shape: [5], data: at.map((a, i) => a + e * w[i]!) },
    });
    const g = gradient!(along(0));
    let inner = 0;
    for (let i = 0; i < 4; i++)
      inner += (2 * g[i]! * w[i]! + 2 * g[i + 1]! * w[i + 1]! + g[i]! * w[i + 1]! + g[i + 1]! * w[i]!) / 24;
    const flat = g.reduce((s, a, i) => s + a * w[i]!, 0) / 5;
    expect(kind === 'linear' ? inner : flat).toBeCloseTo((value(along(1e-5)) - value(along(-1e-5))) / 2e-5, 9);
  });
});

describe('w2 on clouds', () => {
  it('assigns point to point', async () => {
    const { evaluate } = w2(
      rows([
        [5, 0],
        [0, 1],
        [2, 2],
      ]),
      rng,
    ).facets!.particles!;
    const { value, gradient } = await evaluate!({
      points: fromRows([
        [0, 0],
        [2, 1],
        [4, 0],
      ]),
    });
    expect(value).toBeCloseTo((1 + 1 + 1) / 6, 12);
    expect(toRows(gradient)).toEqual([
      [0, -1],
      [0, -1],
      [-1, 0],
    ]);
    await expect(
      evaluate!({
        points: fromRows([
          [0, 0],
          [1, 1],
        ]),
        weights: { shape: [2], data: Float64Array.of(0.3, 0.7) },
      }),
    ).rejects.toThrow('needs equal weights; use `sliced-w2` or `sinkhorn`');
  });
});

describe('sliced-w2', () => {
  it('of round Gaussians is |dm|^2 / d + (s1 - s2)^2, halved', () => {
    const { gaussian } = slicedW2(
      gaussianLaw(
        [0, 0.5],
        [
          [2.25, 0],
          [0, 2.25],
        ],
      ),
      rng,
    ).facets!;
    // Equally spaced directions integrate (theta . dm)^2 exactly.
    expect(
      gaussian!.value({
        mean: [1, -1],
        covariance: [
          [0.49, 0],
          [0, 0.49],
        ],
      }),
    ).toBeCloseTo(((1 + 2.25) / 2 + 0.8 ** 2) / 2, 12);
    const solid = slicedW2(
      gaussianLaw(
        [0, 0, 0],
        [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
      ),
      rng,
      { projections: 4000 },
    ).facets!.gaussian!;
    // 4000 random directions: (theta . dm)^2 has variance 4/45 |dm|^4, so that 0.03 is six standard errors.
    expect(
      Math.abs(
        solid.value({
          mean: [1, 0, 0],
          covariance: [
            [4, 0, 0],
            [0, 4, 0],
            [0, 0, 4],
          ],
        }) -
          (1 / 3 + 1) / 2,
      ),
    ).toBeLessThan(0.015);
  });

  it('has the gradient that differences give on Gaussians', () => {
    const { value, gradient } = slicedW2(
      gaussianLaw(
        [0, 0.5],
        [
          [1.6, -0.3],
          [-0.3, 1.5],
        ],
      ),
      rng,
      { projections: 7 },
    ).facets!.gaussian!;
    const e = 1e-5;
    expect(innerAffine(mu, gradient!(mu), v)).toBeCloseTo(
      (value(pushed(mu, v, e)) - value(pushed(mu, v, -e))) / (2 * e),
      8,
    );
  });

  const y = [
    [0.5, 0.5],
    [1.5, -1],
    [0.2, 0],
    [-1, 1],
  ];
  const x = [
    [0, 0.3],
    [1, -0.5],
    [-0.7, 0.9],
    [0.1, 0.2],
  ];
  it('on clouds sorts along each direction', async () => {
    const { evaluate } = slicedW2(rows(y), rng, { projections: 3, samples: 4 }).facets!.particles!;
    const directions = [1 / 6, 1 / 2, 5 / 6].map((t) => [Math.cos(t * Math.PI), Math.sin(t * Math.PI)]);
    const along = (points: number[][], [a, b]: number[]): number[] =>
      points.map(([p, q]) => a! * p! + b! * q!).sort((s, t) => s - t);
    const slice = (theta: number[]): number =>
      along(x, theta).reduce((s, a, i) => s + (a - along(y, theta)[i]!) ** 2, 0) / 4;
    const { value } = await evaluate!({ points: fromRows(x) });
    expect(value).toBeCloseTo(directions.reduce((s, theta) => s + slice(theta), 0) / 6, 12);
  });

  it('on clouds of any weights has the gradient that differences give', async () => {
    const { evaluate } = slicedW2(rows(y), rng, { projections: 5, samples: 4 }).facets!.particles!;
    const weights = { shape: [4], data: Float64Array.of(0.1, 0.4, 0.2, 0.3) };
    const { gradient } = await evaluate!({ points: fromRows(x), weights });
    const h = 1e-6;
    for (const i of [0, 1, 2, 3])
      for (const j of [0, 1]) {
        const moved = (e: number) => ({
          points: fromRows(x.map((p, r) => p.map((c, k) => (r === i && k === j ? c + e : c)))),
          weights,
        });
        const slope = ((await evaluate!(moved(h))).value - (await evaluate!(moved(-h))).value) / (2 * h);
        expect(weights.data[i]! * gradient.data[2 * i + j]!).toBeCloseTo(slope, 7);
      }
  });

  it('on the line is w2', () => {
    const target = gaussianLaw([0.3], [[1.7]]);
    const rho = onLine(-0.4, 0.8, 12);
    expect(slicedW2(target, rng).facets!.quantile!.value(rho)).toBe(w2(target, rng).facets!.quantile!.value(rho));
    const at = { mean: [1], covariance: [[0.3]] };
    expect(slicedW2(target, rng).facets!.gaussian!.value(at)).toBeCloseTo(
      w2(target, rng).facets!.gaussian!.value(at),
      12,
    );
  });
});

describe('sinkhorn on Gaussians', () => {
  const A = [
    [2, 0.5],
    [0.5, 1],
  ];
  const B = [
    [1.6, -0.3],
    [-0.3, 1.5],
  ];
  const facet = (epsilon: number) => sinkhornOfGaussians({ mean: [0, 0.5], covariance: new Matrix(B) }, epsilon);

  it('has the reference value', () => {
    expect(facet(0.8).value(mu)).toBeCloseTo(3.54281771859392 / 2, 10);
  });

  it('goes from W2 to the distance of the means', () => {
    expect(facet(1e-5).value(mu)).toBeCloseTo(3.546141334396014 / 2, 6);
    expect(facet(1e5).value(mu)).toBeCloseTo(3.25 / 2, 4);
    expect(Math.abs(facet(0.8).value({ mean: [0, 0.5], covariance: B }))).toBeLessThan(1e-14);
  });

  it('has the gradient that differences give', () => {
    const { value, gradient } = facet(0.8);
    const e = 1e-5;
    expect(innerAffine(mu, gradient!(mu), v)).toBeCloseTo(
      (value(pushed(mu, v, e)) - value(pushed(mu, v, -e))) / (2 * e),
      8,
    );
    expect(fieldAt(gradient!({ mean: [0, 0.5], covariance: A }), [0, 0.5])).toEqual([0, 0]);
  });
});

describe('sinkhorn on clouds', () => {
  it('is the divergence between the cloud and the draws, halved, with its gradient', async () => {
    const engine = await tfjsEngine('cpu');
    const y = [
      [0.5, 0.5],
      [1.5, -1],
      [0.2, 0],
    ];
    const x = [
      [0, 0.3],
      [1, -0.5],
    ];
    const epsilon = 0.5;
    const G = sinkhorn(rows(y), engine, rng, { epsilon, tolerance: 1e-6 });
    /** OT_eps by many plain sweeps in float64. */
    const cost = (a: number[][], b: number[][]): number => {
      const C = a.map((p) => b.map((q) => (p[0]! - q[0]!) ** 2 + (p[1]! - q[1]!) ** 2));
      let f = a.map(() => 0);
      let g = b.map(() => 0);
      for (let sweep = 0; sweep < 500; sweep++) {
        f = a.map(
          (_, i) =>
            -epsilon * Math.log(b.reduce((s, __, j) => s + Math.exp((g[j]! - C[i]![j]!) / epsilon) / b.length, 0)),
        );
        g = b.map(
          (_, j) =>
            -epsilon * Math.log(a.reduce((s, __, i) => s + Math.exp((f[i]! - C[i]![j]!) / epsilon) / a.length, 0)),
        );
      }
      return f.reduce((s, t) => s + t, 0) / a.length + g.reduce((s, t) => s + t, 0) / b.length;
    };
    const exact = (a: number[][]): number => (cost(a, y) - (cost(a, a) + cost(y, y)) / 2) / 2;
    const { value, gradient } = await G.facets!.particles!.evaluate!({ points: fromRows(x) });
    expect(value).toBeCloseTo(exact(x), 5);
    const h = 1e-4;
    for (const i of [0, 1])
      for (const j of [0, 1]) {
        const moved = (e: number): number[][] => x.map((p, r) => p.map((c, k) => (r === i && k === j ? c + e : c)));
        expect(gradient.data[2 * i + j]! / 2).toBeCloseTo((exact(moved(h)) - exact(moved(-h))) / (2 * h), 4);
      }
    await G.dispose();
  });
});
