/** Values on piecewise linear laws against integrals in closed form, or by a fine sum. */
import { energy, type Functional, type Interaction } from '@wasserflow/core';
import { describe, expect, test } from 'vitest';
import { absolute, bump, interacting, linear, logarithm, potential, quadraticAttraction, space } from './laws.js';

const onTheLine = space();
/** Uniform on [0, 2] in four cells. */
const uniform = linear(0, 0.5, 1, 1.5, 2);
const skewed = linear(-1, -0.6, 0.1, 0.3, 2);
const internal = (power: number): Functional =>
  energy('internal', { entropy: 0, internal: [{ weight: 1, power }], constant: 0 });

describe('on the uniform law on [0, 2], density 1/2', () => {
  test('entropy and powers of the density', async () => {
    expect(await onTheLine.value(energy('h', { entropy: 1, constant: 0 }), uniform)).toBeCloseTo(Math.log(0.5), 14);
    expect(await onTheLine.value(internal(2), uniform)).toBeCloseTo(0.5, 14);
    expect(await onTheLine.value(internal(3), uniform)).toBeCloseTo(0.125, 14);
    expect(await onTheLine.value(internal(0.5), uniform)).toBeCloseTo(-2 * Math.sqrt(2), 14);
  });

  test('a quintic potential is exact', async () => {
    const V = potential(
      (x) => x ** 5,
      (x) => 5 * x ** 4,
      (x) => 20 * x ** 3,
    );
    expect(await onTheLine.value(energy('v', { entropy: 0, potential: V, constant: 1 }), uniform)).toBeCloseTo(
      32 / 6 + 1,
      12,
    );
  });

  test('a potential with kinks inside of cells is exact too', async () => {
    const V = potential(
      (x) => Math.abs(x - 0.7) + 3 * Math.abs(x - 0.9),
      (x) => Math.sign(x - 0.7) + 3 * Math.sign(x - 0.9),
      () => 0,
    );
    const mean = (0.7 ** 2 + 1.3 ** 2) / 4 + (3 * (0.9 ** 2 + 1.1 ** 2)) / 4;
    expect(await onTheLine.value(energy('v', { entropy: 0, potential: V, constant: 0 }), uniform)).toBeCloseTo(
      mean,
      12,
    );
  });

  test('interactions: variance, mean distance, mean logarithm', async () => {
    const value = (W: Interaction) => onTheLine.value(interacting({ weight: 1, interaction: W }), uniform);
    expect(await value(quadraticAttraction(1))).toBeCloseTo(1 / 6, 12);
    expect(await value(absolute)).toBeCloseTo(1 / 3, 10);
    // E log|X - Y| = log 2 - 3/2; quadrature beside the singularity leaves 1/n^2 per neighbouring cells.
    expect(await value(logarithm)).toBeCloseTo((Math.log(2) - 1.5) / 2, 2);
  });
});

test('a smooth interaction agrees with a double sum over many points', async () => {
  const points = Array.from({ length: 2000 }, (_, k) => {
    const at = ((k + 0.5) / 2000) * 4;
    const cell = Math.floor(at);
    const [a, b] = [skewed.nodes.data[cell]!, skewed.nodes.data[cell + 1]!];
    return a + (at - cell) * (b - a);
  });
  const sum = points.reduce((s, x) => s + points.reduce((r, y) => r + Math.exp(-((x - y) ** 2) / 2), 0), 0);
  // Two Gauss points in cells as wide as 1.7 leave the fourth derivative of W, of size 3.
  expect(await onTheLine.value(interacting({ weight: 1, interaction: bump }), skewed)).toBeCloseTo(sum / 8e6, 2);
});
