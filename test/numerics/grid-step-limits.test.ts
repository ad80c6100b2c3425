/** The largest explicit step of divergences on cells, against how the roughest disturbance of a uniform law grows. */
import { calculusOf, type Distribution, type Functional, type GridMeasure } from '@wasserflow/core';
import { chiSquare, fisher, hellinger, renyi, scale } from '@wasserflow/functionals';
import { gridSpace } from '@wasserflow/space-grid';
import { gaussian } from '@wasserflow/targets';
import { describe, expect, it } from 'vitest';

/** On the box of a measure, where it is uniform. */
const flat = (dimension: number): Distribution => ({
  id: 'flat',
  dimension,
  logNormalizer: 0,
  potential: {
    dimension,
    pointwise: {
      value: () => 0,
      gradient: () => Array<number>(dimension).fill(0),
      hessian: () => Array.from({ length: dimension }, () => Array<number>(dimension).fill(0)),
    },
  },
});

describe.each([
  ['a line', [100], [4]],
  ['a plane', [40, 40], [3, 1.5]],
])('on %s', (_, shape, upper) => {
  const dimension = shape.length;
  const space = calculusOf(gridSpace({ initial: gaussian({ dimension }), cells: 20 }));
  const size = shape.reduce((a, b) => a * b, 1);
  const sign = (i: number) => ((dimension === 1 ? i : Math.floor(i / shape[1]!) + i) % 2 === 0 ? 1 : -1);
  const uniform = (eps: number): GridMeasure => ({
    mass: { shape, data: Float64Array.from({ length: size }, (_u, i) => (1 + eps * sign(i)) / size) },
    lower: upper.map(() => 0),
    upper,
  });
  async function multiplier(G: Functional, gamma: number): Promise<number> {
    const eps = 1e-6;
    const mu = uniform(eps);
    const { mass } = await space.push(mu, await space.gradient(G, mu), -gamma);
    return Float64Array.from(mass.data).reduce((sum, m, i) => sum + (m - 1 / size) * sign(i), 0) / eps;
  }
  const inverse = shape.reduce((sum, n, k) => sum + (n / upper[k]!) ** 2, 0);
  const target = flat(dimension);

  it.each<[string, Functional, number]>([
    // 1 / (2 D sum h^-2), D = d f'(r) / d log r at r = 1 by hand: 2, the order, 1 / 4; of fisher 1 / (4 sum h^-2)^2.
    ['chi-square', chiSquare(target), 1 / (4 * inverse)],
    ['renyi of order 3', renyi(target, 3), 1 / (6 * inverse)],
    ['three times hellinger', scale(hellinger(target), 3), 1 / (1.5 * inverse)],
    ['fisher', fisher(target), 1 / (16 * inverse ** 2)],
    ['twice fisher', scale(fisher(target), 2), 1 / (32 * inverse ** 2)],
  ])('%s: stable up to the limit, unstable beyond', async (_u, G, expected) => {
    const limit = space.stepLimit!(G, uniform(0))!.size;
    expect(limit / expected).toBeCloseTo(1, 12);
    // 1 - 2 gamma / limit, up to the walls: one part in 20.
    expect(await multiplier(G, 0.9 * limit)).toBeGreaterThan(-0.9);
    expect(await multiplier(G, 1.1 * limit)).toBeLessThan(-1.05);
  });
});
