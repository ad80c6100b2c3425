/** The largest explicit step of divergences on the line, against how the roughest disturbance of equal cells grows. */
import type { Distribution, Functional, QuantileMeasure } from '@wasserflow/core';
import { chiSquare, fisher, hellinger, jensenShannon, renyi } from '@wasserflow/functionals';
import { expect, it } from 'vitest';

const CELLS = 200;
const H = 0.02;
/** Twice as dense as the law below: r = 1/2 everywhere. */
const uniform: Distribution = {
  id: 'uniform',
  dimension: 1,
  logNormalizer: Math.log(CELLS * H) - Math.LN2,
  potential: {
    dimension: 1,
    pointwise: { value: () => 0, gradient: () => [0], hessian: () => [[0]] },
  },
};

const along = (sign: (i: number) => number, eps: number): QuantileMeasure => ({
  kind: 'linear',
  nodes: {
    shape: [CELLS + 1],
    data: Float64Array.from({ length: CELLS + 1 }, (_, i) => H * i + eps * sign(i)),
  },
});
const zigzag = (i: number): number => (i % 2 === 0 ? 1 : -1);

/** By what an explicit step multiplies a disturbance of every other node, in the middle. */
function multiplier(G: Functional, gamma: number): number {
  const { gradient } = G.facets!.quantile!;
  const eps = 1e-5 * H;
  const [up, down] = [gradient!(along(zigzag, eps)), gradient!(along(zigzag, -eps))];
  const middle = CELLS / 2;
  return 1 - (gamma * (up[middle]! - down[middle]!)) / (2 * eps);
}

const all: readonly [string, Functional, number][] = [
  // d f'(r) / d log r at r = 1/2, by hand: 2 r, r^(-1/2) / 4, 1 / (2 (1 + r)), and a for the logarithm of a power.
  ['chi-square', chiSquare(uniform), 1],
  ['hellinger', hellinger(uniform), Math.SQRT2 / 4],
  ['jensen-shannon', jensenShannon(uniform), 1 / 3],
  ['renyi of order 3', renyi(uniform, 3), 3],
  ['renyi of order 1/2', renyi(uniform, 1 / 2), 1 / 2],
];

it.each(all)('%s: h^2 / (6 D)', (_, G, D) => {
  const { size } = G.facets!.quantile!.stepLimit!(along(zigzag, 0))!;
  expect(size).toBeCloseTo(H ** 2 / (6 * D), 12);
  // A multiplier of -1 at the limit: there the disturbance neither grows nor falls.
  expect(multiplier(G, size)).toBeCloseTo(-1, 2);
});

it('fisher: h^4 / 48', () => {
  const G = fisher(uniform);
  const { size } = G.facets!.quantile!.stepLimit!(along(zigzag, 0))!;
  expect(size).toBeCloseTo(H ** 4 / 48, 14);
  expect(multiplier(G, size)).toBeCloseTo(-1, 2);
});

it('atoms have none', () => {
  const atoms: QuantileMeasure = { kind: 'atoms', nodes: { shape: [2], data: Float64Array.of(0, 1) } };
  for (const G of [chiSquare(uniform), fisher(uniform)]) expect(G.facets!.quantile!.stepLimit!(atoms)).toBeUndefined();
});
