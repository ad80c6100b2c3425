/** The calculus operation by operation, against what it is by definition. */
import { energy, type Functional } from '@wasserflow/core';
import { describe, expect, test } from 'vitest';
import {
  absolute,
  atoms,
  interacting,
  kl,
  largestGap,
  linear,
  normal,
  numbers,
  quadratic,
  rng,
  space,
} from './laws.js';

const onTheLine = space();
const field = (...values: number[]) => ({ shape: [values.length], data: Float64Array.from(values) });
const values = ({ data }: { data: ArrayLike<number> }): number[] => Array.from(data);

/** Quantiles of y, linear on equal cells, by sorting a fine sample. */
function quantilesBySorting(y: readonly number[], count: number): number[] {
  const n = y.length - 1;
  const sample = Array.from({ length: count * n }, (_, k) => {
    const at = (k + 0.5) / count;
    const cell = Math.floor(at);
    return y[cell]! + (at - cell) * (y[cell + 1]! - y[cell]!);
  }).toSorted((a, b) => a - b);
  return y.map((_, i) => sample[Math.min(Math.round(i * count), sample.length - 1)]!);
}

describe('push', () => {
  test('a map that keeps the order moves the nodes', async () => {
    expect(numbers(await onTheLine.push(linear(0, 1, 2), field(1, 2, 4), 0.5))).toEqual([0.5, 2, 4]);
  });

  test('a decreasing map reverses them', async () => {
    expect(numbers(await onTheLine.push(linear(0, 1, 3), field(0, 1, 3), -2))).toEqual([-3, -1, 0]);
    expect(numbers(await onTheLine.push(atoms(0, 1, 3), field(0, 1, 3), -2))).toEqual([-3, -1, 0]);
  });

  test('a folding map: atoms are sorted, cells overlap', async () => {
    expect(numbers(await onTheLine.push(atoms(0, 1, 2), field(3, 0, 0), 1))).toEqual([1, 2, 3]);
    const y = [0, 2, 1, 3, 2.5];
    const folded = await onTheLine.push(linear(0, 1, 2, 3, 4), field(...y.map((v, i) => v - i)), 1);
    expect(onTheLine.defect(folded)).toBeUndefined();
    // The sample of 20,000 a cell resolves quantiles to its spacing.
    expect(largestGap(numbers(folded), quantilesBySorting(y, 20_000))).toBeLessThan(2e-4);
  });

  test('a flat piece is an atom that quantiles stop at', async () => {
    const y = [2, 0, 0, 0, 1];
    const folded = await onTheLine.push(linear(0, 1, 2, 3, 4), field(...y.map((v, i) => v - i)), 1);
    expect(numbers(folded)).toEqual([0, 0, 0, 0.6666666666666666, 2].map((v) => expect.closeTo(v, 12)));
  });
});

describe('fields live on the mass', () => {
  const u = field(5, 6, 7);

  test('nothing changes where the order is kept', async () => {
    expect(values(await onTheLine.carry(linear(0, 1, 2), field(1, 1, 1), 1, u))).toEqual([5, 6, 7]);
    expect(values(await onTheLine.pullBack(linear(0, 1, 2), field(1, 1, 1), 1, u))).toEqual([5, 6, 7]);
  });

  test('atoms take their numbers along, and pulling back undoes it', async () => {
    const [mu, v] = [atoms(0, 1, 2), field(1.5, 1.5, -3)];
    const carried = await onTheLine.carry(mu, v, 1, u);
    expect(values(carried)).toEqual([7, 5, 6]);
    expect(values(await onTheLine.pullBack(mu, v, 1, carried))).toEqual(values(u));
  });

  test('on cells a decreasing map reverses them, and where cells meet the mass decides', async () => {
    expect(values(await onTheLine.carry(linear(0, 1, 3), field(0, 1, 3), -2, u))).toEqual([7, 6, 5]);
    // y = 0, 2, 1: on (1, 2) the first cell brings 1/4 of mass a length, the second 1/2. At u = 1/2, y = 4/3.
    const carried = await onTheLine.carry(linear(0, 1, 2), field(0, 1, -1), 1, u);
    const [first, second] = [5 + 2 / 3, 6 + 2 / 3];
    expect(values(carried)[1]).toBeCloseTo((first / 4 + second / 2) / (3 / 4), 12);
  });
});

describe('distance, transport, inner products', () => {
  test('between different kinds and numbers of nodes: against a fine sum', async () => {
    const [mu, nu] = [linear(-1, 0, 0.5, 2), atoms(-0.5, 1)];
    const at = (u: number): number => {
      const cell = Math.min(Math.floor(3 * u), 2);
      return mu.nodes.data[cell]! + (3 * u - cell) * (mu.nodes.data[cell + 1]! - mu.nodes.data[cell]!);
    };
    const count = 60_000;
    const sum = Array.from({ length: count }, (_, k) => (k + 0.5) / count).reduce(
      (s, u) => s + (at(u) - (u < 0.5 ? -0.5 : 1)) ** 2 / count,
      0,
    );
    expect(await onTheLine.distance2(mu, nu)).toBeCloseTo(sum, 8);
    expect(await onTheLine.distance2(nu, mu)).toBeCloseTo(sum, 8);
  });

  test('transport needs the same nodes, and says so', async () => {
    await expect(onTheLine.transport(linear(0, 1), linear(0, 1, 2))).rejects.toThrow(
      'one quantile function is linear with 2 nodes, the other linear with 3 nodes',
    );
  });

  test('inner products are integrals of products of piecewise linear functions', async () => {
    // int of u(1 - u) and of u^2 over (0, 1), u in two cells.
    const mu = linear(0, 1, 2);
    expect(await onTheLine.inner(mu, field(0, 0.5, 1), field(1, 0.5, 0))).toBeCloseTo(1 / 6, 14);
    expect(await onTheLine.inner(mu, field(0, 0.5, 1), field(0, 0.5, 1))).toBeCloseTo(1 / 3, 14);
    expect(await onTheLine.inner(atoms(0, 1, 2), field(1, 2, 3), field(1, 0, 1))).toBeCloseTo(4 / 3, 14);
  });

  test('combine adds fields with their weights', async () => {
    const sum = await onTheLine.combine([
      { weight: 2, of: field(1, 2) },
      { weight: -1, of: field(0, 3) },
    ]);
    expect(values(sum)).toEqual([2, 1]);
  });
});

describe('moments, images, draws, densities', () => {
  test('moments of the uniform law and of atoms', async () => {
    expect(await onTheLine.moments(linear(1, 2, 3))).toEqual({
      mean: [expect.closeTo(2, 14)],
      covariance: [[expect.closeTo(1 / 3, 14)]],
    });
    expect((await onTheLine.moments(atoms(1, 2, 6))).covariance[0]![0]).toBeCloseTo(14 / 3, 13);
  });

  test('an image under a negative number reverses the nodes; a larger matrix is refused', async () => {
    expect(numbers(await onTheLine.image(linear(0, 1, 3), [[-2]]))).toEqual([-6, -2, -0]);
    await expect(onTheLine.image(linear(0, 1, 3), [[1, 0], [0, 1]])).rejects.toThrow('[[a]], not 2 by 2'); // prettier-ignore
  });

  test('draws follow the quantile function', async () => {
    const { shape, data } = await onTheLine.sample(linear(0, 1, 4), 20_000, rng.fork('draws'));
    expect(shape).toEqual([20_000, 1]);
    // Standard error of the share below 1 is 0.0035, of the mean 1.5 is 0.008.
    expect(Math.abs(data.filter((x) => x < 1).length / 20_000 - 0.5)).toBeLessThan(0.015);
    expect(Math.abs(Array.from(data).reduce((a, b) => a + b) / 20_000 - 1.5)).toBeLessThan(0.035);
    const some = await space({ kind: 'atoms' }).sample(atoms(1, 5), 2000, rng.fork('atoms'));
    expect(Math.abs(some.data.filter((x) => x === 5).length / 2000 - 0.5)).toBeLessThan(0.05);
  });

  test('densities on cells, and outside of the support', async () => {
    const points = { shape: [4, 1], data: Float64Array.of(-0.1, 0.5, 3, 4.1) };
    const found = Array.from(await onTheLine.logDensity(linear(0, 1, 4), points));
    expect(found).toEqual([-Infinity, Math.log(0.5), Math.log(1 / 6), -Infinity].map((v) => expect.closeTo(v, 14)));
    expect(space({ kind: 'atoms' }).logDensity).toBeUndefined();
  });
});

describe('the gradient', () => {
  test('of a potential energy at atoms is V there', async () => {
    const G = energy('v', { entropy: 0, potential: quadratic(2, 1), constant: 0 });
    expect(values(await onTheLine.gradient(G, atoms(0, 1, 4)))).toEqual([-2, 0, 6].map((v) => expect.closeTo(v, 13)));
    expect(values(await onTheLine.gradient(G, linear(0, 1, 4)))).toEqual([-2, 0, 6].map((v) => expect.closeTo(v, 13)));
  });

  test('points that attract each other and have met stay together, points that repel part', async () => {
    const attract = interacting({ weight: 1, interaction: absolute });
    const repel = interacting({ weight: -1, interaction: absolute });
    const mu = atoms(0, 0, 3);
    // F(x-) + F(x) - 1 averages over the two; ranks alone give -2/3, 0, 2/3.
    expect(values(await onTheLine.gradient(attract, mu))).toEqual(
      [-1 / 3, -1 / 3, 2 / 3].map((v) => expect.closeTo(v, 9)),
    );
    expect(values(await onTheLine.gradient(repel, mu))).toEqual([2 / 3, 0, -2 / 3].map((v) => expect.closeTo(v, 9)));
  });
});

describe('what is refused', () => {
  const nothing: Functional = { id: 'nothing' };
  const blind = energy('blind', { entropy: 1, potential: { dimension: 1 }, constant: 0 });
  const negative = energy('negative', { entropy: -1, constant: 0 });
  const valueOnly: Functional = { id: 'value-only', facets: { quantile: { value: () => 1 } } };
  const sum: Functional = { id: 'sum', summands: [{ weight: 1, of: kl(0, 1) }, { weight: -1, of: kl(1, 1) }] }; // prettier-ignore

  test.each([
    ['value', nothing, 'it has neither terms nor a facet on quantile functions; use space `particles` or `flow`'],
    [
      'gradient',
      blind,
      'its potential is not known in float64; give the potential `pointwise`, or use space `particles` or `flow`',
    ],
    ['prox', negative, 'the weight -1 of its entropy or internal energy is negative, so a minimiser need not exist'],
    ['prox', valueOnly, 'its facet on quantile functions has no `gradient`'],
    ['anchoredProx', sum, 'the weight -1 of its entropy or internal energy is negative, so a minimiser need not exist'],
  ] as const)('%s of %s', (operation, G, reason) => {
    expect(onTheLine.refuses(operation, G)).toBe(reason);
  });

  test('what is served', () => {
    expect(onTheLine.refuses('value', negative)).toBeUndefined();
    expect(onTheLine.refuses('value', valueOnly)).toBeUndefined();
    expect(onTheLine.refuses('push', nothing)).toBeUndefined();
  });

  test('an operation called all the same throws the reason', async () => {
    await expect(onTheLine.gradient(nothing, linear(0, 1))).rejects.toThrow(
      '`gradient` of `nothing` on space `quantile`: it has neither terms',
    );
  });

  test('laws that do not live on the line', () => {
    const plane = { id: 'plane', dimension: 2 };
    expect(() => space({}, plane)).toThrow('holds laws on the line, and `plane` lives on R^2');
  });

  test('measures that are none', () => {
    expect(onTheLine.defect(linear(0, 2, 1))).toBe('the quantile function falls from 2 to 1 at node 2');
    expect(onTheLine.defect(linear(0, NaN, 1))).toBe('the quantile function is not finite');
    expect(onTheLine.defect(linear(0, 0, 1))).toBeUndefined();
  });

  test('the law represented is the initial one', async () => {
    const mu = await space({ nodes: 10 }, normal(2, 3)).initial(rng);
    expect((await onTheLine.moments(mu)).mean[0]).toBeCloseTo(2, 12);
  });
});
