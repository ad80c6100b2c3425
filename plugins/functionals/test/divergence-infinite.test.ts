/** Divergences at +infinity, and next to targets of bounded support. */
import type { Distribution, Functional, GridMeasure } from '@wasserflow/core';
import { chiSquare, hellinger, jensenShannon, renyi, reverseKl } from '@wasserflow/functionals';
import { quartic } from '@wasserflow/targets';
import { describe, expect, it } from 'vitest';
import { onGrid, onLine } from './laws.js';

describe('a law that is too wide for its target', () => {
  // rho^2 / pi = e^(x^4 / 4 - x^2 / 4) has no integral; at x = 12 it is beyond float64.
  const all: [string, (t: Distribution) => Functional][] = [
    ['chi-square', chiSquare],
    ['renyi', (t) => renyi(t, 2)],
  ];

  it.each(all)('%s is +infinity, and has no gradient', (_, make) => {
    const { grid, quantile } = make(quartic()).facets!;
    const wide = onGrid({ mean: [0], covariance: [[4]] }, [-12], [12], [128]);
    expect(grid!.value(wide)).toBe(Infinity);
    expect(() => grid!.firstVariation!(wide)).toThrow('the divergence is +infinity and has no gradient');
    const wider = onLine(0, 20, 40);
    expect(quantile!.value(wider)).toBe(Infinity);
    expect(() => quantile!.gradient!(wider)).toThrow(expect.objectContaining({ code: 'E_NUMERICS' }));
  });

  it('reverse-kl has none where a cell is empty that its target fills', () => {
    const rho: GridMeasure = { mass: { shape: [4], data: Float64Array.of(0.5, 0.5, 0, 0) }, lower: [-2], upper: [2] };
    expect(() => reverseKl(quartic()).facets!.grid!.firstVariation!(rho)).toThrow('is +infinity and has no gradient');
  });
});

describe('tails beyond float64', () => {
  it.each([
    ['reverse-kl', reverseKl],
    ['hellinger', hellinger],
    ['jensen-shannon', jensenShannon],
  ] as [string, (t: Distribution) => Functional][])('%s is a number where both laws are empty', (_, make) => {
    // At x = 60 the target has e^-1800; nothing of either law is there.
    const far: Distribution = {
      id: 'far',
      dimension: 1,
      potential: { dimension: 1, quadratic: { precision: [[1]], center: [0], constant: 0 } },
    };
    const rho = onGrid({ mean: [0.5], covariance: [[1.5]] }, [-64], [64], [256]);
    const wide = make(far).facets!.grid!.value(rho);
    expect(wide).toBeGreaterThan(0);
    const near = make(far).facets!.grid!.value(onGrid({ mean: [0.5], covariance: [[1.5]] }, [-16], [16], [64]));
    expect(wide).toBeCloseTo(near, 9);
  });
});

describe('a target of bounded support', () => {
  /** Uniform on [-1, 1]. */
  const uniform: Distribution = {
    id: 'uniform',
    dimension: 1,
    logNormalizer: Math.log(2),
    potential: {
      dimension: 1,
      pointwise: { value: ([x]) => (Math.abs(x!) <= 1 ? 0 : Infinity), gradient: () => [0], hessian: () => [[0]] },
    },
  };
  /** Eight cells on [-2, 2], of which the four in the middle are those of the target. */
  const on = (outside: number): GridMeasure => ({
    mass: { shape: [8], data: Float64Array.from([0, 1, 2, 3, 4, 5, 6, 7], (i) => (i > 1 && i < 6 ? 1 : outside)) },
    lower: [-2],
    upper: [2],
  });
  const normalised = (mu: GridMeasure): GridMeasure => {
    const total = Float64Array.from(mu.mass.data).reduce((a, b) => a + b);
    return { ...mu, mass: { ...mu.mass, data: Float64Array.from(mu.mass.data, (m) => m / total) } };
  };
  const [inside, beyond] = [normalised(on(0)), normalised(on(1))];

  // Half of the mass lies where the target has none; the other half has density ratio 1/2.
  const all: [string, (t: Distribution) => Functional, number][] = [
    ['reverse-kl', reverseKl, Math.log(2)],
    ['hellinger', hellinger, 1 - Math.SQRT1_2],
    ['jensen-shannon', jensenShannon, (3 / 4) * Math.log(4 / 3)],
    ['renyi 1/2', (t) => renyi(t, 0.5), Math.log(2)],
  ];
  const infinite: [string, (t: Distribution) => Functional][] = [
    ['chi-square', chiSquare],
    ['renyi 2', (t) => renyi(t, 2)],
  ];

  it.each(all)('%s vanishes at the target itself, and is finite beyond it', (_, make, expected) => {
    const { value, firstVariation } = make(uniform).facets!.grid!;
    expect(value(inside)).toBeCloseTo(0, 15);
    expect(firstVariation!(inside).some(Number.isNaN)).toBe(false);
    expect(value(beyond)).toBeCloseTo(expected, 14);
    expect(firstVariation!(beyond).some(Number.isNaN)).toBe(false);
  });

  it.each(infinite)('%s vanishes at the target itself, and is +infinity beyond it', (_, make) => {
    const { value, firstVariation } = make(uniform).facets!.grid!;
    expect(value(inside)).toBeCloseTo(0, 15);
    expect(firstVariation!(inside).some(Number.isNaN)).toBe(false);
    expect(value(beyond)).toBe(Infinity);
    expect(() => firstVariation!(beyond)).toThrow('+infinity');
  });
});
