import type { PairSum, ParticleMeasure, RadialFunction } from '@wasserflow/core';
import { onnxEngine } from '@wasserflow/engine-onnx';
import { pairSumGradient, pairSumValue, radialProducts, type RadialProducts } from '@wasserflow/geometry';
import { ops, type Engine } from '@wasserflow/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { cloud, distanceFunction, gaussianFunction, massesOf, massOf, rowsOf, squared } from './clouds.js';

let engine: Engine;
let products: RadialProducts;
beforeAll(() => {
  engine = onnxEngine({ threads: 1 });
  products = radialProducts(engine);
});

/** Value and gradient by the definition, in float64. */
function byDefinition(mu: ParticleMeasure, { weight, f, against, withoutDiagonal }: PairSum) {
  const nu = against ?? mu;
  const [n, m] = [mu.points.shape[0]!, nu.points.shape[0]!];
  const d = mu.points.shape[1]!;
  const [xs, ys, a, b] = [rowsOf(mu), rowsOf(nu), massesOf(mu), massesOf(nu)];
  const skips = withoutDiagonal && !against;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += a[i]! ** 2;
  const scale = weight / (withoutDiagonal ? 1 - squares : 1);
  const gradient = new Float64Array(n * d);
  let value = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      if (skips && i === j) continue;
      const [x, y] = [xs[i]!, ys[j]!];
      const jet = f.at(squared(x, y));
      value += scale * a[i]! * b[j]! * jet.value;
      const pull = scale * b[j]! * 2 * jet.first * (against ? 1 : 2);
      for (let k = 0; k < d; k++) gradient[i * d + k]! += pull * (x[k]! - y[k]!);
    }
  return { value, gradient };
}

const largestError = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((worst, v, i) => Math.max(worst, Math.abs(v - b[i]!)), 0);

async function errors(mu: ParticleMeasure, sum: PairSum) {
  const exact = byDefinition(mu, sum);
  return {
    value: Math.abs((await pairSumValue(products, mu, sum)) - exact.value),
    gradient: largestError(await pairSumGradient(products, mu, sum), exact.gradient),
  };
}

// 530 points make two tiles of 265, 601 two of 301 with one row of filling. float32 rounds at 6e-8, and sums of
// order one lose little more; far from the origin the clouds are centred first.
const functions = { gaussian: gaussianFunction, distance: distanceFunction };
describe.each(Object.entries(functions))('sums over pairs of points by the %s function', (_, f) => {
  it.each([
    ['a cloud with itself', 601, 2, false],
    ['a weighted cloud with itself', 530, 2, true],
    ['a cloud of many coordinates', 160, 20, true],
  ])('agree in tiles with the definition: %s', async (name, n, d, weighted) => {
    const mu = cloud(name, n, d, weighted, 30);
    for (const withoutDiagonal of [false, true]) {
      const { value, gradient } = await errors(mu, { weight: -1.5, f, withoutDiagonal });
      expect(value).toBeLessThan(2e-5);
      expect(gradient).toBeLessThan(2e-5);
    }
  });

  it('agree in tiles with the definition: two weighted clouds', async () => {
    const mu = cloud('x', 530, 3, true);
    const against = cloud('y', 149, 3, true, 1);
    const { value, gradient } = await errors(mu, { weight: 2, f, against });
    expect(value).toBeLessThan(1e-5);
    expect(gradient).toBeLessThan(1e-5);
  });

  it('are exact for few points', async () => {
    const mu = cloud('few', 40, 2, true);
    for (const sum of [
      { weight: 1, f },
      { weight: 1, f, withoutDiagonal: true },
      { weight: 1, f, against: cloud('other', 7, 2, false) },
    ]) {
      const { value, gradient } = await errors(mu, sum);
      expect(value).toBeLessThan(1e-13);
      expect(gradient).toBeLessThan(1e-13);
    }
  });
});

describe('sums over pairs', () => {
  it('leave the diagonal out where the function is infinite there, in tiles that are filled up', async () => {
    const f: RadialFunction = {
      at: (s) => ({ value: Math.log(s) / 2, first: s > 0 ? 1 / (2 * s) : 0, second: -1 / (2 * s * s) }),
      value: (s) => ops.mul(ops.log(s), 0.5),
      slope: (s) => ops.div(0.5, s),
    };
    const { value, gradient } = await errors(cloud('singular', 601, 2, true), { weight: 1, f, withoutDiagonal: true });
    expect(value).toBeLessThan(1e-5);
    // Slopes grow to 1e4 where two of 601 points nearly meet.
    expect(gradient).toBeLessThan(1e-3);
  });

  it('have as gradient the derivative of the value, per weight', async () => {
    const mu = cloud('derivative', 20, 2, true);
    const sum: PairSum = { weight: 0.7, f: gaussianFunction, withoutDiagonal: true };
    const gradient = await pairSumGradient(products, mu, sum);
    const moved = (h: number): ParticleMeasure => {
      const data = Float64Array.from(mu.points.data);
      data[7]! += h;
      return { ...mu, points: { shape: mu.points.shape, data } };
    };
    const h = 1e-4;
    const [up, down] = [await pairSumValue(products, moved(h), sum), await pairSumValue(products, moved(-h), sum)];
    // The error of central differences is of order h^2 = 1e-8.
    expect((up - down) / (2 * h) / massOf(mu, 3)).toBeCloseTo(gradient[7]!, 6);
  });

  it('give the gradient at points that have moved, for the cloud as it was', async () => {
    const mu = cloud('field', 30, 2, true);
    const at = cloud('elsewhere', 30, 2, false).points;
    const shifted = await pairSumGradient(products, mu, { weight: 0.5, f: gaussianFunction }, at);
    const probe = { points: at };
    const across = await pairSumGradient(products, probe, { weight: 1, f: gaussianFunction, against: mu });
    expect(largestError(shifted, across)).toBeLessThan(1e-13);
  });

  it('compile one program for every bandwidth', async () => {
    let compiled = 0;
    const counting: Engine = { ...engine, compile: (...given) => (compiled++, engine.compile(...given)) };
    const counted = radialProducts(counting);
    const mu = cloud('bandwidths', 300, 2, false);
    for (const h of [0.5, 2]) {
      const factor = 1 / h ** 2;
      const jet = (s: number) => gaussianFunction.at(s * factor);
      const f = {
        ...gaussianFunction,
        at: (s: number) => ({ ...jet(s), first: jet(s).first * factor }),
        scaled: { of: gaussianFunction, factor },
      };
      const exact = byDefinition(mu, { weight: 1, f });
      expect(largestError(await pairSumGradient(counted, mu, { weight: 1, f }), exact.gradient)).toBeLessThan(1e-5);
    }
    // One for the tile on the diagonal; all 300 points fit in it. The wide kernel lets products serve.
    expect(compiled).toBeLessThanOrEqual(2);
  });

  it('refuse clouds of different dimension and weights that do not fit', async () => {
    const mu = cloud('plane', 4, 2, false);
    const against = cloud('space', 4, 3, false);
    await expect(pairSumValue(products, mu, { weight: 1, f: gaussianFunction, against })).rejects.toThrow(/R\^2.*R\^3/);
    const bad = { ...mu, weights: { shape: [3], data: new Float64Array(3) } };
    await expect(pairSumValue(products, bad, { weight: 1, f: gaussianFunction })).rejects.toThrow(
      /4 points has 4 weights, but this one has 3/,
    );
  });
});
