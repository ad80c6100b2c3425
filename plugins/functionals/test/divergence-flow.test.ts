/** Losses of flows at given density ratios, far from one too, where float32 would lose them. */
import type { Distribution, Functional } from '@wasserflow/core';
import { chiSquare, fisher, hellinger, jensenShannon, renyi, reverseKl } from '@wasserflow/functionals';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { ndarray, ops, valueAndGradient, type Tensor } from '@wasserflow/tensor';
import { expect, it } from 'vitest';
import { gaussianLaw } from './laws.js';

/** V = 0 and log Z = 0, so that the density ratio is what the batch says. */
const flat: Distribution = {
  id: 'flat',
  dimension: 3,
  logNormalizer: 0,
  potential: { dimension: 3, value: (x) => ops.zeros([x.shape[0]!]) },
};

/** The loss of a batch with these log ratios, half of each from either term of the batch, and its derivatives. */
async function lossAt(G: Functional, l: readonly number[]): Promise<{ loss: number; slope: number[] }> {
  const engine = await tfjsEngine('cpu');
  const program = await engine.compile(
    'loss',
    (inputs: { l: Tensor }) => {
      const { loss, gradient } = valueAndGradient(({ at }: { at: Tensor }) => {
        const [x, half] = [ops.zeros([l.length, 3]), ops.mul(at, 1 / 2)];
        return { loss: G.facets!.flow!.loss({ x, y: x, logDet: ops.neg(half), logDensity: half }) };
      })({ at: inputs.l });
      return { loss, slope: gradient.at };
    },
    { l: { shape: [l.length] } },
  );
  const { loss, slope } = await program.run({ l: ndarray(Float32Array.from(l), [l.length]) });
  return { loss: loss.data[0]!, slope: Array.from(slope.data) };
}

/** f(r) / r and its derivative by log r. */
const cases: readonly [string, Functional, (r: number) => number, (r: number) => number][] = [
  ['hellinger', hellinger(flat), (r) => 1 - r ** -0.5, (r) => r ** -0.5 / 2],
  [
    'jensen-shannon',
    jensenShannon(flat),
    (r) => Math.LN2 + (Math.log(r) - Math.log1p(r) - Math.log1p(r) / r) / 2,
    (r) => Math.log1p(r) / (2 * r),
  ],
  ['chi-square', chiSquare(flat), (r) => r - 1, (r) => r],
];

it.each(cases)('%s is right, and so is its slope, at ratios near and far from one', async (_, G, value, slope) => {
  for (const l of [-60, -12, -3.001, -2.999, -0.5, 0, 2, 40]) {
    const got = await lossAt(G, [l]);
    const [expected, steepness] = [value(Math.exp(l)), slope(Math.exp(l))];
    // Single precision of l itself counts in e^l; near zero values are differences of numbers near one.
    expect(Math.abs(got.loss - expected)).toBeLessThan(1e-5 * Math.abs(expected) + 1e-6);
    expect(Math.abs(got.slope[0]! - steepness)).toBeLessThan(1e-5 * Math.abs(steepness) + 1e-6);
  }
});

it('a batch is a mean; under the logarithm of renyi, where nothing overflows', async () => {
  expect((await lossAt(chiSquare(flat), [0, Math.log(3)])).loss).toBeCloseTo(1, 5);
  expect((await lossAt(renyi(flat, 3), [0, Math.log(2)])).loss).toBeCloseTo(Math.log(2.5) / 2, 5);
  expect((await lossAt(renyi(flat, 0.5), [0, Math.log(4)])).loss).toBeCloseTo(-2 * Math.log(0.75), 5);
  const { loss, slope } = await lossAt(renyi(flat, 2), [300, 299]);
  expect(loss).toBeCloseTo(300 + Math.log((1 + Math.exp(-1)) / 2), 3);
  expect(slope[0]! + slope[1]!).toBeCloseTo(1, 5);
});

it('where the target has no mass, bounded divergences are finite and the others infinite, never NaN', async () => {
  const at = async (G: Functional): Promise<number> => (await lossAt(G, [0, Infinity])).loss;
  expect(await at(chiSquare(flat))).toBe(Infinity);
  expect(await at(renyi(flat, 2))).toBe(Infinity);
  expect(await at(renyi(flat, 0.5))).toBeCloseTo(2 * Math.LN2, 5);
  expect(await at(hellinger(flat))).toBeCloseTo(1 / 2, 6);
  expect(await at(jensenShannon(flat))).toBeCloseTo(Math.LN2 / 2, 6);
});

it('what has no facet on a space says why, and where it has one', () => {
  expect(chiSquare(flat).lacks).toMatchObject({
    particles: 'it compares densities, and points have none; use space `flow`',
    quantile: 'it lives on R^3; use space `flow`',
    grid: 'it lives on R^3; use space `flow`',
  });
  const normal = gaussianLaw([0], [[1]]);
  const { facets, lacks } = reverseKl(normal);
  expect(Object.keys(facets!).sort()).toEqual(['gaussian', 'grid']);
  expect(lacks!['flow']).toMatch(/^it is a mean over draws of the target, .*; use space `\w+` or `\w+`$/);
  expect(Object.keys(fisher(normal).lacks!).sort()).toEqual(['flow', 'particles']);
});
