import * as tf from '@tensorflow/tfjs-core';
import { potentialGradient, type Distribution } from '@wasserflow/core';
import { ops, stream, toRows } from '@wasserflow/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import plugin, { checkerboard, eightGaussians, moons, pinwheel, rings, twoSpirals } from '../src/index.js';
import { column, standardErrors } from './statistics.js';

beforeAll(async () => {
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  await tf.ready();
});

const N = 20_000;
const draws = (law: Distribution, n = N) => law.sample!(n, stream('shapes'));
const squaredRadius = (law: Distribution) => toRows(draws(law)).map(([x, y]) => x! ** 2 + y! ** 2);

describe.each([
  ['eight-gaussians', eightGaussians],
  ['moons', moons],
  ['checkerboard', checkerboard],
  ['pinwheel', pinwheel],
  ['two-spirals', twoSpirals],
  ['rings', rings],
] as const)('%s', (id, make) => {
  it('is a registered law on the plane whose draws depend on the stream alone', () => {
    const law = make({});
    expect(plugin.contributes.find((d) => d.id === id)?.kind).toBe('distribution');
    expect([law.id, law.dimension]).toEqual([id, 2]);
    expect(law.sample!(7, stream(1))).toEqual(law.sample!(7, stream(1)));
    expect(law.sample!(7, stream(1)).shape).toEqual([7, 2]);
    expect(law.sample!(7, stream(2)).data).not.toEqual(law.sample!(7, stream(1)).data);
  });

  it('scales as a whole', () => {
    const [one, three] = [draws(make({ scale: 1 }), 50), draws(make({ scale: 3 }), 50)];
    for (const [i, x] of one.data.entries()) expect(three.data[i]).toBeCloseTo(3 * x, 12);
  });
});

describe('eight-gaussians', () => {
  const law = eightGaussians();
  const variance = 1 / 8; // (0.5 / sqrt 2)^2, and the radius is 4 / sqrt 2.
  const centres = Array.from({ length: 8 }, (_, k) => [
    Math.sqrt(8) * Math.cos((k * Math.PI) / 4),
    Math.sqrt(8) * Math.sin((k * Math.PI) / 4),
  ]);
  const density = (x: number, y: number) =>
    centres.reduce((s, [a, b]) => s + Math.exp(-((x - a!) ** 2 + (y - b!) ** 2) / (2 * variance)), 0) /
    (16 * Math.PI * variance);
  const V = (x: number, y: number) => -Math.log(density(x, y));

  it('has its moments', () => {
    const points = draws(law);
    for (const j of [0, 1]) {
      expect(standardErrors(column(points, j), 0)).toBeLessThan(5);
      expect(
        standardErrors(
          column(points, j).map((x) => x * x),
          8 / 2 + variance,
        ),
      ).toBeLessThan(5);
    }
    expect(
      standardErrors(
        toRows(points).map(([x, y]) => x! * y!),
        0,
      ),
    ).toBeLessThan(5);
    expect(new Set(toRows(points).map(([x, y]) => Math.round(Math.atan2(y!, x!) / (Math.PI / 4)) & 7)).size).toBe(8);
  });

  it('has the density of its draws', () => {
    const at = [
      [0, 0],
      [2.8, 0.1],
      [-1, 2.5],
      [4, -4],
    ];
    const value = tf.tidy(() => law.potential!.value!(ops.tensor(at)).arraySync() as number[]);
    // V reaches 60; float32 keeps 7 digits of the terms it is made of, up to 130.
    for (const [i, [x, y]] of at.entries()) expect(Math.abs(value[i]! - V(x!, y!))).toBeLessThan(5e-5);
    expect(law.logNormalizer).toBe(0);
  });

  it('integrates to one', () => {
    const step = 0.05;
    const axis = Array.from({ length: 221 }, (_, i) => -5.5 + i * step);
    const grid = axis.flatMap((x) => axis.map((y) => [x, y]));
    const q = tf.tidy(() => ops.sum(ops.exp(ops.neg(law.potential!.value!(ops.tensor(grid))))).arraySync() as number);
    // The trapezoidal rule is exact to rounding here; the tail beyond 5.5 is 7.6 standard deviations away.
    expect(Math.abs(q * step ** 2 - 1)).toBeLessThan(1e-4);
  });

  it('has the gradient and the smoothness that finite differences show', () => {
    const at = toRows(draws(law, 40));
    const h = 1e-4;
    const gradient = tf.tidy(() => potentialGradient(law.potential!)(ops.tensor(at)).arraySync() as number[][]);
    for (const [i, [x, y]] of at.entries()) {
      expect(Math.abs(gradient[i]![0]! - (V(x! + h, y!) - V(x! - h, y!)) / (2 * h))).toBeLessThan(1e-3);
      expect(Math.abs(gradient[i]![1]! - (V(x!, y! + h) - V(x!, y! - h)) / (2 * h))).toBeLessThan(1e-3);
      const second = (V(x! + h, y!) - 2 * V(x!, y!) + V(x! - h, y!)) / h ** 2;
      expect(second).toBeLessThan(law.potential!.smoothness! + 1e-4);
    }
    expect(law.potential!.smoothness).toBeCloseTo(8, 12);
  });

  it('needs noise for its density', () => {
    expect(() => eightGaussians({ noise: 0 })).toThrow(
      'eight Gaussians have a density only with `noise` above 0, not 0',
    );
  });
});

describe('moons', () => {
  it('lie on two unit half circles before scaling', () => {
    for (const [x, y] of toRows(draws(moons({ noise: 0, scale: 1 }), 500))) {
      const upper = Math.hypot(x! + 0.5, y! + 0.1) - 1;
      const lower = Math.hypot(x! - 0.5, y! - 0.4) - 1;
      const onUpper = Math.abs(upper) < 1e-6 && y! > -0.1 - 1e-6;
      const onLower = Math.abs(lower) < 1e-6 && y! < 0.4 + 1e-6;
      expect(onUpper || onLower).toBe(true);
    }
  });

  it('have the moments of the usual definition', () => {
    const points = draws(moons());
    const s = 2 / Math.PI; // mean of sin over a half circle
    expect(standardErrors(column(points, 0), 0)).toBeLessThan(5);
    expect(standardErrors(column(points, 1), 2 * 0.15)).toBeLessThan(5);
    expect(
      standardErrors(
        column(points, 0).map((x) => x * x),
        4 * (1 / 2 + 1 / 4 + 0.01),
      ),
    ).toBeLessThan(5);
    expect(
      standardErrors(
        column(points, 1).map((y) => y * y),
        4 * ((0.51 - 0.2 * s + 0.66 - 0.8 * s) / 2 + 0.01),
      ),
    ).toBeLessThan(5);
  });
});

describe('checkerboard', () => {
  it('is uniform on the eight dark squares', () => {
    const counts = new Map<string, number>();
    for (const [x, y] of toRows(draws(checkerboard()))) {
      const [i, j] = [Math.floor(x! / 2), Math.floor(y! / 2)];
      expect((i + j) % 2 === 0 && Math.abs(i + 0.5) < 2 && Math.abs(j + 0.5) < 2).toBe(true);
      counts.set(`${i},${j}`, (counts.get(`${i},${j}`) ?? 0) + 1);
    }
    expect(counts.size).toBe(8);
    // Binomial: N/8 with standard deviation sqrt(N 7/64) = 47.
    for (const count of counts.values()) expect(Math.abs(count - N / 8)).toBeLessThan(5 * 47);
    const points = draws(checkerboard());
    for (const j of [0, 1]) {
      const within = column(points, j).map((x) => x / 2 - Math.floor(x / 2));
      expect(standardErrors(within, 1 / 2)).toBeLessThan(5);
      expect(
        standardErrors(
          within.map((u) => (u - 1 / 2) ** 2),
          1 / 12,
        ),
      ).toBeLessThan(5);
    }
  });

  it('knows its entropy: the log of its area', () => {
    expect(checkerboard().negativeEntropy).toBeCloseTo(-Math.log(32), 12);
    expect(checkerboard({ scale: 1 }).negativeEntropy).toBeCloseTo(-Math.log(8), 12);
  });
});

describe('pinwheel', () => {
  it('has the radii of its Gaussians, and its centre at 0', () => {
    const points = draws(pinwheel());
    expect(standardErrors(column(points, 0), 0)).toBeLessThan(5);
    expect(standardErrors(column(points, 1), 0)).toBeLessThan(5);
    expect(standardErrors(squaredRadius(pinwheel()), 4 * (1 + 0.3 ** 2 + 0.1 ** 2))).toBeLessThan(5);
  });

  it('has arms that turn by rate * exp(distance)', () => {
    const arms = new Set<number>();
    for (const [x, y] of toRows(draws(pinwheel({ tangential: 1e-9, radial: 0.1 }), 500))) {
      const turns = (-Math.atan2(y!, x!) - 0.25 * Math.exp(Math.hypot(x!, y!) / 2)) / ((2 * Math.PI) / 5);
      expect(Math.abs(turns - Math.round(turns))).toBeLessThan(1e-6);
      arms.add(((Math.round(turns) % 5) + 5) % 5);
    }
    expect(arms.size).toBe(5);
  });
});

describe('two-spirals', () => {
  it('have the moments of the usual definition', () => {
    const points = draws(twoSpirals());
    expect(standardErrors(column(points, 0), 0)).toBeLessThan(5);
    expect(standardErrors(column(points, 1), 0)).toBeLessThan(5);
    // Angle a with density 2a/(9 pi^2) on [0, 3 pi]: E a^2 = 9 pi^2/2, E a cos a = -4/(3 pi),
    // E a sin a = 2 - 8/(9 pi^2); each offset u/2 has second moment 1/12 and mean 1/4.
    const curve = (9 * Math.PI ** 2) / 2 + 2 / (3 * Math.PI) + (1 - 4 / (9 * Math.PI ** 2)) + 2 / 12;
    expect(standardErrors(squaredRadius(twoSpirals()), curve / 9 + 2 * 0.01)).toBeLessThan(5);
  });

  it('wind clockwise from left to right, one and a half turns', () => {
    // On the first arm (-a cos a, a sin a)/3, up to the offset of at most 1/6 per coordinate.
    for (const [x, y] of toRows(draws(twoSpirals({ noise: 0 }), 500))) {
      const near = [1, -1].some((side) =>
        Array.from({ length: 3000 }, (_, k) => (k / 3000) * 3 * Math.PI).some((a) => {
          const [u, v] = [side * x! + (a * Math.cos(a)) / 3, side * y! - (a * Math.sin(a)) / 3];
          return u > -0.01 && u < 1 / 6 + 0.01 && v > -0.01 && v < 1 / 6 + 0.01;
        }),
      );
      expect(near).toBe(true);
    }
  });
});

describe('rings', () => {
  it('have four radii, equally often, all around', () => {
    const points = toRows(draws(rings({ noise: 0, scale: 4 })));
    const radii = points.map(([x, y]) => Math.hypot(x!, y!));
    for (const r of [1, 2, 3, 4]) {
      const onRing = radii.map((radius) => (Math.abs(radius - r) < 1e-5 ? 1 : 0));
      expect(standardErrors(onRing, 1 / 4)).toBeLessThan(5);
    }
    expect(
      standardErrors(
        points.map(([x]) => x!),
        0,
      ),
    ).toBeLessThan(5);
    expect(
      standardErrors(
        points.map(([, y]) => y!),
        0,
      ),
    ).toBeLessThan(5);
  });

  it('are blurred by 0.08 at radii up to 3', () => {
    expect(standardErrors(squaredRadius(rings()), (9 * (1 + 4 + 9 + 16)) / 16 / 4 + 2 * 0.08 ** 2)).toBeLessThan(5);
  });
});
