import { fromRows, stream, type NdArray } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { cloud, largestGap, line, norm2, space } from './clouds.js';

const shifted = ({ shape, data }: NdArray, shift: number): NdArray => ({
  shape,
  data: Float64Array.from(data, (v) => v + shift),
});

describe('transport of weighted clouds', () => {
  it('is exact on the line, for any numbers of atoms', async () => {
    const s = space({ dimension: 1 });
    const [mu, nu] = [line([0, 2, 3], [0.2, 0.5, 0.3]), line([1, 2.5], [0.6, 0.4])];
    // Oracle `w2_discrete_1d`.
    expect(await s.distance2(mu, nu)).toBeCloseTo(0.7, 12);
    // The second atom sends 0.4 to 1 and 0.1 to 2.5.
    expect(largestGap((await s.transport(mu, nu)).data, [1, (0.4 * -1 + 0.1 * 0.5) / 0.5, -0.5])).toBeLessThan(1e-14);
  });

  it('in the plane is refused, or entropic where a bias is named', async () => {
    const mu = cloud('mu', 60, 2, true);
    const nu = { ...mu, points: shifted(mu.points, 0.3) };
    await expect(space().distance2(mu, nu)).rejects.toThrow(/have weights.*epsilon: 0.0\d \}/);
    const entropic = space({ epsilon: 0.5 });
    // Debiased, the divergence of a translation by b is |b|^2 = 0.18 whatever epsilon, and its map is b.
    expect(await entropic.distance2(mu, nu)).toBeCloseTo(0.18, 3);
    expect(largestGap((await entropic.transport(mu, nu)).data, Array<number>(120).fill(0.3))).toBeLessThan(0.02);
    const refused = space({ count: 3000 }).refuses('distance2', { id: 'G' });
    expect(refused).toMatch(/`count` to at most 2000, or `epsilon`.*\{ id: particles, count: 3000, epsilon: 0.05 \}/);
    expect(space({ count: 3000, epsilon: 0.5 }).refuses('distance2', { id: 'G' })).toBeUndefined();
  });

  it('stays exact where assignment serves, whatever epsilon', async () => {
    const [mu, nu] = [cloud('mu', 20), cloud('nu', 20)];
    expect(await space({ epsilon: 0.5 }).distance2(mu, nu)).toBe(await space().distance2(mu, nu));
  });

  it('suggests an epsilon on the scale of the clouds', async () => {
    const wide = (name: string) => ({
      points: { shape: [5, 2], data: cloud(name, 5).points.data.map((v) => 100 * v) },
    });
    const other = { points: cloud('other', 4).points };
    // A twentieth of variances about 10^4.
    await expect(space().distance2(wide('wide'), other)).rejects.toThrow(/5 points, the other 4.*epsilon: \d00 \}/);
  });

  it('of clouds that exploded is no number', async () => {
    const exploded = { points: fromRows([[0, NaN]]) };
    expect(await space().distance2(exploded, { points: fromRows([[0, 1]]) })).toBeNaN();
  });
});

describe('extrapolation', () => {
  it('goes on along the assignment', async () => {
    const mu0 = cloud('from', 40);
    // A small displacement, so that the assignment is that of the rows.
    const u = stream('u').normal([40, 2]).data;
    const mu1 = { points: { shape: [40, 2], data: Float64Array.from(mu0.points.data, (x, i) => x + 0.01 * u[i]!) } };
    const { points } = await space().extrapolate(mu0, mu1, 4 / 3);
    const expected = Array.from(mu1.points.data, (x, i) => x + (0.01 * u[i]!) / 3);
    expect(largestGap(points.data, expected)).toBeLessThan(1e-14);
  });

  it('on the line keeps the order of points: those that would cross meet', async () => {
    // Prolonged by 2, 0 -> 0.9 goes to 2.7 and 1 -> 1 stays: both end at the mean.
    const { points } = await space({ dimension: 1 }).extrapolate(line([1, 0, 5]), line([1, 0.9, 6]), 3);
    expect(largestGap(points.data, [1.85, 1.85, 8])).toBeLessThan(1e-14);
    await expect(space({ dimension: 1 }).extrapolate(line([0]), line([1]), 1)).rejects.toThrow(/t > 1, not to 1/);
  });
});

describe('fields', () => {
  const s = space();
  const mu = cloud('fields', 15, 2, true);

  it('add up, multiply and are as long as their weights say', async () => {
    const sum = await s.combine([{ weight: 2, of: mu.points }, { weight: -1, of: shifted(mu.points, 1) }]); // prettier-ignore
    expect(largestGap(sum.data, shifted(mu.points, -1).data)).toBeLessThan(1e-14);
    const turned = await s.multiply([[0, -1], [1, 0]], mu.points); // prettier-ignore
    expect(await s.inner(mu, turned, mu.points)).toBeCloseTo(0, 14);
    expect(await s.inner(mu, turned, turned)).toBeCloseTo(norm2(mu, mu.points), 14);
    expect((await s.image(mu, [[0, -1], [1, 0]])).points).toEqual(turned); // prettier-ignore
    await expect(s.combine([])).rejects.toThrow(/no fields/);
  });

  it('stay with their points', async () => {
    expect(await s.carry(mu, mu.points, 0.3, mu.points)).toBe(mu.points);
    expect(await s.pullBack(mu, mu.points, 0.3, mu.points)).toBe(mu.points);
    expect((await s.push(mu, mu.points, 1)).weights).toBe(mu.weights);
  });

  it('of noise have the variance asked for', async () => {
    const noise = await s.noise({ points: cloud('n', 4000).points }, 0.25, stream('noise'));
    // The mean of 8000 squares has a relative deviation of sqrt(2 / 8000) = 0.016: four of them.
    const square = Array.from(noise.data).reduce((sum, v) => sum + v * v, 0) / 8000;
    expect(Math.abs(square / 0.25 - 1)).toBeLessThan(0.064);
    await expect(s.noise(mu, -1, stream(1))).rejects.toThrow(/at least 0/);
  });
});
