/** The largest explicit step of diffusion, against how the roughest disturbance of a uniform law grows. */
import { calculusOf, energy, type Functional, type GridMeasure } from '@wasserflow/core';
import { gridSpace } from '@wasserflow/space-grid';
import { describe, expect, it } from 'vitest';

const law = (dimension: number) => ({
  id: 'normal',
  dimension,
  gaussian: {
    mean: Array<number>(dimension).fill(0),
    covariance: Array.from({ length: dimension }, (_, i) =>
      Array.from({ length: dimension }, (_u, j) => Number(i === j)),
    ),
  },
});
const entropy = energy('entropy', { entropy: 0.7, constant: 0 });
const porous = energy('porous', { entropy: 0, internal: [{ weight: 0.5, power: 3 }], constant: 0 });

describe.each([
  ['a line', [200], [4]],
  ['a plane', [60, 60], [3, 1.5]],
])('on %s', (_, shape, upper) => {
  const space = calculusOf(gridSpace({ initial: law(shape.length), cells: 20 }));
  const size = shape.reduce((a, b) => a * b, 1);
  const sign = (i: number) => ((shape.length === 1 ? i : Math.floor(i / shape[1]!) + i) % 2 === 0 ? 1 : -1);
  /** Equal masses, disturbed like a checkerboard. */
  const uniform = (eps: number): GridMeasure => ({
    mass: { shape, data: Float64Array.from({ length: size }, (_u, i) => (1 + eps * sign(i)) / size) },
    lower: upper.map(() => 0),
    upper,
  });
  async function multiplier(G: Functional, gamma: number): Promise<number> {
    const eps = 1e-6;
    const stepped = async (mu: GridMeasure) => (await space.push(mu, await space.gradient(G, mu), -gamma)).mass.data;
    const moved = Float64Array.from(await stepped(uniform(eps)));
    return moved.reduce((sum, m, i) => sum + (m - 1 / size) * sign(i), 0) / eps;
  }
  const rho = 1 / upper.reduce((a, b) => a * b, 1);
  const inverse = shape.reduce((sum, n, k) => sum + (n / upper[k]!) ** 2, 0);

  it.each([
    ['entropy', entropy, 0.7],
    ['an internal energy', porous, 1.5 * rho ** 2],
  ])('%s: stable up to 1 / (2 D sum h^-2), unstable beyond', async (_u, G, D) => {
    const limit = space.stepLimit!(G, uniform(0))!;
    expect(limit.size * 2 * D * inverse).toBeCloseTo(1, 12);
    // 1 - 2 gamma / limit, up to the walls: one part in 60.
    expect(await multiplier(G, 0.95 * limit.size)).toBeGreaterThan(-0.95);
    expect(await multiplier(G, 1.05 * limit.size)).toBeLessThan(-1.03);
  });

  it('sets none without diffusion', () => {
    expect(space.stepLimit!(energy('nothing', { entropy: 0, constant: 1 }), uniform(0))).toBeUndefined();
    expect(space.stepLimit!({ id: 'mmd' }, uniform(0))).toBeUndefined();
  });
});
