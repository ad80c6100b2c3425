import { potentialGradient, type Distribution, type Kernel, type ParticleMeasure } from '@wasserflow/core';
import { onnxEngine } from '@wasserflow/engine-onnx';
import { ksd } from '@wasserflow/functionals';
import { fromRows, gradientByRow, ops, stream, toRows, type NdArray, type Tensor } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { energyKernel, multiquadric } from './kernels.js';
import { computed, gaussianLaw } from './laws.js';

const rng = stream(1);
const engine = onnxEngine({ threads: 1 });

type Row = readonly number[];
const square = (a: Row, b: Row): number => a.reduce((s, v, k) => s + (v - b[k]!) ** 2, 0);
const dot = (a: Row, b: Row): number => a.reduce((s, v, k) => s + v * b[k]!, 0);
const moved = (p: Row, i: number, e: number): number[] => p.map((v, j) => (i === j ? v + e : v));

interface Case {
  readonly target: Distribution;
  /** grad V, written out. */
  readonly v: (a: Row) => number[];
}

const skew: Case = (() => {
  const target = gaussianLaw([0.2, -0.1], [[1.5, 0.4], [0.4, 0.8]]); // prettier-ignore
  const { precision, center } = target.potential!.quadratic!;
  return { target, v: (a) => precision.map((row) => row.reduce((s, p, j) => s + p * (a[j]! - center[j]!), 0)) };
})();

/** V = sum cosh(x_k) / 2 + (x_1 x_2)^2 / 4, known by its value alone: Hess V changes from place to place. */
const curved: Case = {
  target: {
    id: 'curved',
    dimension: 2,
    potential: {
      dimension: 2,
      value: (x: Tensor): Tensor => {
        const [a, b] = [ops.slice(x, [0, 0], [x.shape[0]!, 1]), ops.slice(x, [0, 1], [x.shape[0]!, 1])];
        const cosh = ops.add(ops.exp(x), ops.exp(ops.neg(x)));
        return ops.add(ops.mul(ops.sum(cosh, 1), 1 / 4), ops.mul(ops.sum(ops.square(ops.mul(a, b)), 1), 1 / 4));
      },
    },
  },
  v: ([a = 0, b = 0]) => [Math.sinh(a) / 2 + (a * b * b) / 2, Math.sinh(b) / 2 + (a * a * b) / 2],
};

const k = (a: Row, b: Row): number => (1 + square(a, b) / 1.44) ** -0.5;

/** v_a . v_b k - v_a . grad_b k - v_b . grad_a k + tr grad_a grad_b k, derivatives of k by differences. */
const stein =
  ({ v }: Case) =>
  (a: Row, b: Row): number => {
    const h = 1e-3;
    const [va, vb] = [v(a), v(b)];
    const by = (i: number, e: number, g: number): number => k(moved(a, i, e), moved(b, i, g));
    return a.reduce(
      (sum, _, i) => {
        const both = (by(i, h, h) - by(i, h, -h) - by(i, -h, h) + by(i, -h, -h)) / (4 * h * h);
        const byA = (by(i, h, 0) - by(i, -h, 0)) / (2 * h);
        const byB = (by(i, 0, h) - by(i, 0, -h)) / (2 * h);
        return sum + both - va[i]! * byB - vb[i]! * byA;
      },
      dot(va, vb) * k(a, b),
    );
  };

/** The double sum by the definition, in float64. */
function byDefinition(law: Case, points: readonly Row[], weights?: readonly number[]): number {
  const u = stein(law);
  const mass = (i: number): number => weights?.[i] ?? 1 / points.length;
  return points.reduce((sum, a, i) => sum + points.reduce((s, b, j) => s + mass(i) * mass(j) * u(a, b), 0), 0) / 2;
}

const cloudOf = (points: readonly Row[], weights?: readonly number[]): ParticleMeasure => ({
  points: fromRows(points),
  ...(weights && { weights: { shape: [weights.length], data: Float64Array.from(weights) } }),
});

const evaluate = (law: Case, mu: ParticleMeasure, kernel: Kernel = multiquadric(1.2)) =>
  ksd(law.target, kernel, engine, rng).facets!.particles!.evaluate!(mu);

const few = toRows(stream('few').normal([50, 2]));

describe.each([
  ['a Gaussian', skew],
  ['a law known by V', curved],
])('ksd of a cloud to %s', (_, law) => {
  it('is the double sum of the Stein kernel', async () => {
    // float32: sums of 2,500 numbers of order one err by some 1e-6.
    const { value } = await evaluate(law, cloudOf(few));
    expect(Math.abs(value - byDefinition(law, few))).toBeLessThan(1e-5 * (1 + value));
  });

  it('has the Wasserstein gradient that differences give, with weights', async () => {
    const points = few.slice(0, 6);
    const weights = [0.1, 0.3, 0.05, 0.25, 0.2, 0.1];
    const { gradient } = await evaluate(law, cloudOf(points, weights));
    const h = 1e-3;
    for (const [i, w] of weights.entries())
      for (const c of [0, 1]) {
        const at = (e: number): number =>
          byDefinition(
            law,
            points.map((p, r) => (r === i ? moved(p, c, e) : p)),
            weights,
          );
        const slope = (at(h) - at(-h)) / (2 * h * w);
        expect(Math.abs(gradient.data[2 * i + c]! - slope)).toBeLessThan(2e-5 * (1 + Math.abs(slope)));
      }
  });
});

it('ksd in tiles is what one tile gives, and weights are repetitions', async () => {
  // 600 points make two tiles of 300; 200 of them thrice weigh as one of mass 1/200.
  const some = toRows(stream('some').normal([200, 2])).map((p) => p.map((x) => x + 3));
  const [once, thrice] = [
    await evaluate(curved, cloudOf(some)),
    await evaluate(curved, cloudOf([...some, ...some, ...some])),
  ];
  const shares = some.map((_p, i) => (i < 100 ? 2 : 1) / 300);
  const weighted = await evaluate(curved, cloudOf(some, shares));
  const repeated = await evaluate(curved, cloudOf([...some, ...some.slice(0, 100)]));
  for (const [a, b] of [
    [once, thrice],
    [weighted, repeated],
  ] as const) {
    expect(Math.abs(a.value - b.value)).toBeLessThan(1e-5 * a.value);
    const size = Float64Array.from(a.gradient.data).reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    for (const [i, g] of a.gradient.data.entries()) expect(Math.abs(g - b.gradient.data[i]!)).toBeLessThan(1e-5 * size);
  }
});

it('ksd does not change with a point far out that weighs next to nothing', async () => {
  // Distances in a cloud this wide are computed by differences, in the narrow one by a product of matrices.
  const light = 1e-9;
  const shares = few.map(() => (1 - light) / few.length);
  const wide = await evaluate(skew, cloudOf([...few, [30, -20]], [...shares, light]));
  const narrow = await evaluate(skew, cloudOf(few));
  expect(Math.abs(wide.value - narrow.value)).toBeLessThan(1e-5 * (1 + narrow.value));
  for (const [i, g] of narrow.gradient.data.entries()) expect(Math.abs(wide.gradient.data[i]! - g)).toBeLessThan(1e-5);
});

describe('ksd on flows', () => {
  const points = few.slice(0, 5);
  const loss = (law: Case, at: readonly Row[]): Promise<number[]> =>
    computed((y) => ksd(law.target, multiquadric(1.2), engine, rng).facets!.flow!.loss({ x: y, y }), at);

  it('is the mean of the Stein kernel without its diagonal', async () => {
    const u = stein(skew);
    const off = points.flatMap((a, i) => points.flatMap((b, j) => (i === j ? [] : [u(a, b)])));
    expect((await loss(skew, points))[0]).toBeCloseTo(off.reduce((s, x) => s + x, 0) / 40, 5);
  });

  it('has the gradient that differences give', async () => {
    const G = ksd(skew.target, multiquadric(1.2), engine, rng);
    const field = await computed(
      (x) => gradientByRow((y) => ops.reshape(G.facets!.flow!.loss({ x: y, y }), [1]))(x),
      points,
    );
    const u = stein(skew);
    const valueOf = (at: readonly Row[]): number =>
      at.reduce((s, a, i) => s + at.reduce((t, b, j) => (i === j ? t : t + u(a, b)), 0), 0) / 40;
    const h = 1e-3;
    for (const [i] of points.entries())
      for (const c of [0, 1]) {
        const at = (e: number): number => valueOf(points.map((p, r) => (r === i ? moved(p, c, e) : p)));
        expect(field[2 * i + c]).toBeCloseTo((at(h) - at(-h)) / (2 * h), 4);
      }
  });

  it('vanishes on average at the target', async () => {
    // For independent draws the mean off the diagonal is zero; 200 of them, and the kernel of variance about one.
    const standard = gaussianLaw([0, 0], [[1, 0], [0, 1]]); // prettier-ignore
    const draws = toRows(standard.sample!(200, stream('draws')));
    expect(Math.abs((await loss({ ...skew, target: standard }, draws))[0]!)).toBeLessThan(0.04);
  });
});

describe('ksd refuses', () => {
  const { target } = skew;

  it('a kernel that is positive definite only conditionally, or with a kink', () => {
    expect(() => ksd(target, { ...energyKernel, conditional: true }, engine, rng)).toThrow(
      '`ksd` needs a positive definite kernel, and `energy` is so only conditionally; use { id: inverse-multiquadric }',
    );
    expect(() => ksd(target, energyKernel, engine, rng)).toThrow('`energy` has a kink at zero');
  });

  it('a bandwidth rule without draws', () => {
    const { sample: _, ...scoreOnly } = target;
    const ruled = { id: 'imq', radial: (points: NdArray) => multiquadric(Math.abs(points.data[0]!)).radial!(points) };
    expect(() => ksd(scoreOnly, ruled, engine, rng)).toThrow(
      '`ksd` has no draws of `gaussian` to set a bandwidth by; give one',
    );
    expect(ksd(scoreOnly, multiquadric(1), engine, rng).record).toEqual({
      'ksd.kernel': 'inverse-multiquadric',
      'ksd.bandwidth': 1,
    });
  });
});

it('the potential of the tests is what it says', async () => {
  const [point] = few;
  const field = await computed(potentialGradient(curved.target.potential!), [point!]);
  for (const [i, v] of curved.v(point!).entries()) expect(field[i]).toBeCloseTo(v, 5);
});
