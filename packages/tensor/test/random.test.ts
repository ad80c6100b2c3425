import { restoreStream, stream } from '@wasserflow/tensor';
import { describe, expect, test } from 'vitest';

const moments = (values: ArrayLike<number>) => {
  const v = Array.from(values);
  const mean = v.reduce((a, b) => a + b) / v.length;
  return { mean, variance: v.reduce((a, b) => a + (b - mean) ** 2, 0) / v.length };
};

describe('keyed streams', () => {
  test('the same key gives the same numbers, another key others', () => {
    const draw = (key: string) => Array.from(stream(key).normal([8]).data);
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
  });

  test('a fork does not depend on what was drawn before', () => {
    const parent = stream(3);
    const before = Array.from(parent.fork('step', 1).uniform([4]).data);
    parent.normal([100]);
    expect(Array.from(parent.fork('step', 1).uniform([4]).data)).toEqual(before);
  });

  test('names of forks do not run together', () => {
    expect(stream(1).fork('a', 11).key).not.toBe(stream(1).fork('a1', 1).key);
  });

  test('a saved stream goes on where it stood', () => {
    const original = stream('saved');
    original.uniform([5]);
    const state = JSON.parse(JSON.stringify(original.state()));
    expect(Array.from(restoreStream(state).normal([6]).data)).toEqual(Array.from(original.normal([6]).data));
  });
});

describe('distributions', () => {
  const n = 40_000;
  // Four standard errors of the mean; of the variance with the fourth moment of each law.
  test('normal: mean 0, variance 1, fourth moment 3', () => {
    const { data } = stream('normal').normal([n]);
    const { mean, variance } = moments(data);
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moments(data.map((z) => z ** 4)).mean - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  });

  test('an odd count of normal numbers is filled to the end', () => {
    expect(Array.from(stream('odd').normal([7]).data).every((z) => z !== 0)).toBe(true);
  });

  test('Rademacher: minus one and one, evenly', () => {
    const { data } = stream('rademacher').rademacher([n]);
    expect(new Set(data)).toEqual(new Set([-1, 1]));
    expect(Math.abs(moments(data).mean)).toBeLessThan(4 / Math.sqrt(n));
  });

  test('uniform on [0, 1)', () => {
    const { data } = stream('uniform').uniform([n]);
    expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...data)).toBeLessThan(1);
    expect(Math.abs(moments(data).variance - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / n));
  });

  test('permutations: all orders of three are equally likely', () => {
    const counts = new Map<string, number>();
    const rng = stream('permutation');
    for (let i = 0; i < 6000; i++) {
      const order = rng.permutation(3).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const chiSquare = [...counts.values()].reduce((sum, c) => sum + (c - 1000) ** 2 / 1000, 0);
    expect(counts.size).toBe(6);
    expect(chiSquare).toBeLessThan(20.5); // 0.1 % quantile of chi-square with 5 degrees of freedom
  });

  test('whole numbers stay below their bound', () => {
    const drawn = stream('integers').integers(1000, 7);
    expect(new Set(drawn)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });
});
