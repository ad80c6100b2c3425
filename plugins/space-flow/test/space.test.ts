import { exactDivergence, mlp, neuralOde, rk4, tanh, whiten } from '@wasserflow/blocks';
import { energy, type Block, type Distribution, type SolveContext } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { gaussian, gaussianMixture } from '@wasserflow/targets';
import { adam, fromRows, ndarray, ops, stream, type Engine, type NdArray, type Tensor } from '@wasserflow/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { flowSpace, type FlowMeasure, type FlowOptions } from '../src/index.js';

let engine: Engine;
beforeAll(async () => {
  engine = await tfjsEngine('cpu');
});

const target = gaussian({ dimension: 2 });
const kl = energy('kl', { entropy: 1, potential: target.potential!, constant: target.logNormalizer! }, target);
const initial = gaussian({
  mean: [1, -1],
  covariance: [
    [2, 0.5],
    [0.5, 1],
  ],
});
const ode = neuralOde({
  field: mlp({ hidden: [6], activation: tanh, time: true }),
  solver: rk4,
  divergence: exactDivergence,
  steps: 2,
});
const options: FlowOptions = {
  iterations: 12,
  batch: 16,
  pool: 64,
  diffusion: 0,
  evaluation: 400,
  chunk: 50,
  saveEvery: 5,
  warmStart: true,
};

interface Changes {
  readonly block?: Block;
  readonly law?: Distribution;
  readonly head?: typeof whiten;
  readonly rate?: number;
}
const spaceOf = ({ block = ode, law = initial, head, rate = 0.01 }: Changes = {}) =>
  flowSpace({ engine, initial: law, block, head, optimizer: adam({ learningRate: rate }) }, options, stream('space'));

const context = (more: Partial<SolveContext> = {}): SolveContext => ({ rng: stream('solve'), ...more });
const start = (space: ReturnType<typeof spaceOf>) => space.initial(stream('initial'));

/** x -> 2 x + shift as a block: everything about it is known. */
const doubling: Block = {
  init: () => ({ shift: ndarray(Float32Array.of(1, -2), [2]) }),
  forward(parameters, x) {
    const { shift } = parameters as unknown as { shift: Tensor };
    return { y: ops.add(ops.mul(x, 2), shift), logDet: ops.fill([x.shape[0]!], 2 * Math.log(2)) };
  },
  inverse: (parameters, y) => ops.mul(ops.sub(y, (parameters as unknown as { shift: Tensor }).shift), 0.5),
};

describe('a flow of known maps', () => {
  const known = (): FlowMeasure => ({ head: null, blocks: [doubling.init(stream(0), 2), doubling.init(stream(0), 2)] });
  const points = fromRows(Array.from({ length: 120 }, (_, i) => [Math.sin(i), 0.01 * i - 0.5]));

  test('log density of the model: log q(T(x)) + log|det DT(x)|, in chunks and beyond the last whole one', async () => {
    const got = await spaceOf({ block: doubling }).modelLogDensity!(known(), target, points);
    expect(got).toHaveLength(120);
    for (const [i, logDensity] of got.entries()) {
      const y = [0, 1].map((j) => 4 * points.data[2 * i + j]! + [3, -6][j]!);
      const expected = -(y[0]! ** 2 + y[1]! ** 2) / 2 - Math.log(2 * Math.PI) + 4 * Math.log(2);
      expect(Math.abs(logDensity - expected)).toBeLessThan(1e-4);
    }
  });

  test('generated data is the inverse of target draws', async () => {
    const got = await spaceOf({ block: doubling }).generate!(known(), target, 60, stream('draws'));
    const y = target.sample!(60, stream('draws'));
    for (const [i, x] of got.data.entries()) expect(x).toBeCloseTo((y.data[i]! - [3, -6][i % 2]!) / 4, 5);
  });

  test('value is KL: E V(y) - E logDet + int p log p + log Z', async () => {
    const value = await spaceOf({ block: doubling }).value!(kl, known());
    // y = 4 x + (3, -6) ~ N((7, -10), 16 S): KL = (tr 16 S + |m|^2 - 2 - log det 16 S) / 2.
    const exact = (16 * 3 + 149 - 2 - Math.log(256 * 1.75)) / 2;
    // Standard deviation of |y|^2 / 2: sqrt(m' 16 S m + tr((16 S)^2) / 2), over 400 points, four times.
    const spread = Math.sqrt(16 * (2 * 49 - 70 + 100) + (256 * 5.5) / 2);
    expect(Math.abs(value - exact)).toBeLessThan((4 * spread) / Math.sqrt(400));
  });

  test('a head counts: densities are in the units of the data', async () => {
    const space = spaceOf({
      head: whiten,
      law: gaussian({
        mean: [100, -50],
        covariance: [
          [400, 30],
          [30, 9],
        ],
      }),
    });
    const mu = await start(space);
    const at = fromRows([
      [100, -50],
      [120, -50],
    ]);
    const got = await space.modelLogDensity!(mu, target, at);
    // Whitened by the rows that it was fitted on: close to the law's own density, up to their sampling error.
    const determinant = 400 * 9 - 900;
    const exact = (dx: number) => -(dx * dx * 9) / determinant / 2 - Math.log(2 * Math.PI) - Math.log(determinant) / 2;
    expect(Math.abs(got[0]! - exact(0))).toBeLessThan(0.5);
    expect(Math.abs(got[1]! - exact(20))).toBeLessThan(0.5);
  });
});

describe('a flow of coarse solver steps', () => {
  /** Two steps through a strong field: backward steps alone miss by a tenth and more. */
  const coarse = (): FlowMeasure => {
    const { layers } = ode.init(stream('coarse'), 2) as unknown as { layers: { weight: NdArray }[] };
    const scaled = layers.map((layer, i) => ({
      ...layer,
      weight: ndarray(
        Float32Array.from(layer.weight.data, (w) => w * [1.5, 150][i]!),
        layer.weight.shape,
      ),
    }));
    return { head: null, blocks: [{ layers: scaled } as unknown as FlowMeasure['blocks'][number]] };
  };
  const points = stream('points').normal([60, 2]);

  test('generated data is mapped back onto the draws it was made from', async () => {
    const space = spaceOf();
    const generated = await space.generate!(coarse(), target, 60, stream('draws'));
    const y = target.sample!(60, stream('draws'));
    const again = await spaceOf({ law: { ...initial, sample: () => generated } }).sample!(coarse(), 60, stream(0));
    for (const [i, v] of again.data.entries()) expect(Math.abs(v - y.data[i]!)).toBeLessThan(1e-4);
  });

  test('densities are those of the discrete map: its Jacobian by differences', async () => {
    const got = await spaceOf().modelLogDensity!(coarse(), target, points);
    const h = 1e-2;
    const image = async (dx: number, dy: number) => {
      const moved = ndarray(
        Float32Array.from(points.data, (v, i) => v + [dx, dy][i % 2]!),
        points.shape,
      );
      return (await spaceOf({ law: { ...initial, sample: () => moved } }).sample!(coarse(), 60, stream(0))).data;
    };
    const [y, right, left, up, down] = [
      await image(0, 0),
      await image(h, 0),
      await image(-h, 0),
      await image(0, h),
      await image(0, -h),
    ];
    for (let k = 0; k < 60; k++) {
      const [a, b] = [0, 1].map((j) => (right![2 * k + j]! - left![2 * k + j]!) / (2 * h));
      const [c, d] = [0, 1].map((j) => (up![2 * k + j]! - down![2 * k + j]!) / (2 * h));
      const logDet = Math.log(Math.abs(a! * d! - b! * c!));
      const expected = logDet - (y![2 * k]! ** 2 + y![2 * k + 1]! ** 2) / 2 - Math.log(2 * Math.PI);
      // Truncation h^2 of entries of order one, relative to a determinant that can be a tenth.
      expect(Math.abs(got[k]! - expected)).toBeLessThan(0.02);
    }
  });

  test('a map that cannot be inverted is an error, and says what to try', async () => {
    const folding: Block = {
      ...ode,
      forward: (_, x) => ({ y: ops.square(x) }),
      tangent: (_, x, u) => ({ y: ops.square(x), tangent: ops.mul(ops.mul(x, u), 2) }),
      inverse: (_, y) => y,
    };
    const generated = spaceOf({ block: folding }).generate!({ head: null, blocks: [[]] }, target, 40, stream('draws'));
    await expect(generated).rejects.toThrow(
      /^block 1 cannot be inverted at \d+ of 40 points: .* train with more of them/,
    );
  });
});

describe('the proximal step', () => {
  test('adds a block that lowers the objective, and says how far it moved', async () => {
    const space = spaceOf({ rate: 0.05 });
    const mu = await start(space);
    const { measure, status, objective, moved2, iterations } = await space.prox!(kl, mu, 0.5, context());
    expect(status).toBe('ok');
    expect(measure.blocks).toHaveLength(1);
    expect(objective!).toBeLessThan(await space.value!(kl, mu));
    expect(moved2!).toBeGreaterThan(0);
    expect(iterations).toBe(12);
  });

  test('tells an objective that counts the blocks before: G + W2^2 / (2 gamma)', async () => {
    /** x / 2, with a parameter that does nothing: after two of them the points lie within a quarter. */
    const halving: Block = {
      ...doubling,
      forward: (parameters, x) => ({
        y: ops.add(ops.mul(x, 0.5), ops.mul((parameters as unknown as { shift: Tensor }).shift, 0)),
        logDet: ops.fill([x.shape[0]!], -2 * Math.log(2)),
      }),
    };
    const space = spaceOf({ block: halving });
    const before = { head: null, blocks: [halving.init(stream(0), 2), halving.init(stream(0), 2)] };
    const { measure, objective, moved2 } = await space.prox!(kl, before, 0.5, context());
    // Each block before that was left out would shift it by 2 log 2; the batches by a few hundredths.
    expect(Math.abs(objective! - (await space.value!(kl, measure)) - moved2!)).toBeLessThan(0.1);
  });

  test('goes on from a half-trained block with the same bits', async () => {
    const space = spaceOf();
    const mu = await start(space);
    const whole = await space.prox!(kl, mu, 0.5, context());
    const kept: unknown[] = [];
    await space.prox!(kl, mu, 0.5, context({ savePartial: async (state) => void kept.push(structuredClone(state)) }));
    expect(kept).toHaveLength(2);
    for (const partial of kept) expect(await space.prox!(kl, mu, 0.5, context({ partial }))).toEqual(whole);
  });

  test('keeps the half-trained block when it is aborted', async () => {
    const space = spaceOf();
    const controller = new AbortController();
    const kept: { iteration: number }[] = [];
    const aborted = space.prox!(kl, await start(space), 0.5, {
      ...context(),
      signal: controller.signal,
      progress: ({ iteration }) => iteration === 3 && controller.abort(),
      savePartial: async (state) => void kept.push(state as { iteration: number }),
    });
    await expect(aborted).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(kept.map((k) => k.iteration)).toEqual([3]);
  });

  test('a loss that is not a number ends the step, and says where and what to try', async () => {
    const explosive: Block = {
      ...doubling,
      forward(parameters, x) {
        const { shift } = parameters as unknown as { shift: Tensor };
        // The first update moves the shift; the logarithm of a negative number follows.
        const logDet = ops.add(ops.zeros([x.shape[0]!]), ops.log(ops.sub(1.001, ops.max(shift))));
        return { y: ops.add(x, shift), logDet };
      },
    };
    const space = spaceOf({ block: explosive, rate: 5 });
    const mu = await start(space);
    const { status, message, measure } = await space.prox!(kl, { ...mu, blocks: [] }, 0.5, context());
    expect(status).toBe('non-finite');
    expect(message).toMatch(/^block 1, iteration \d+: the loss is not a number; try a smaller learning rate/);
    expect(measure).toEqual(mu);
  });

  test('a block that ends worse than the identity has not converged, and says so', async () => {
    const space = spaceOf({ rate: 3 });
    const { status, message } = await space.prox!(kl, await start(space), 0.5, context());
    expect(status).toBe('not-converged');
    expect(message).toMatch(/^block 1 is worse than not moving at all: its loss is .* try a smaller learning rate/);
  });

  test('a target known by its score alone descends as with its value, and has no value', async () => {
    const { value: _, quadratic: __, ...scoreOnly } = { ...target.potential!, gradient: (x: Tensor) => x };
    const blind = energy('kl', { entropy: 1, potential: scoreOnly, constant: 0 }, target);
    const space = spaceOf();
    const mu = await start(space);
    const [seen, unseen] = [await space.prox!(kl, mu, 0.5, context()), await space.prox!(blind, mu, 0.5, context())];
    const numbers = (m: FlowMeasure) =>
      JSON.stringify(m, (_key, v: unknown) => (v instanceof Float32Array ? Array.from(v, (x) => x.toFixed(4)) : v));
    expect(numbers(unseen.measure)).toBe(numbers(seen.measure));
    expect(unseen.objective).toBeUndefined();
    expect(space.refuses!('value', blind)).toContain('only the score of its target is known');
  });
});

test('what has no samples cannot start a flow; what has no density gives no likelihood', async () => {
  const { sample: _, ...noSamples } = initial;
  expect(() => spaceOf({ law: noSamples })).toThrow('needs samples of the initial law, and `gaussian` has none');
  const { logNormalizer: __, ...unnormalised } = gaussianMixture({ means: [[0, 0]], std: 1 });
  const density = spaceOf().modelLogDensity!({ head: null, blocks: [] }, unnormalised, fromRows([[0, 0]]) as NdArray);
  await expect(density).rejects.toThrow('`gaussian-mixture` does not have it');
});
