/** Adam and schedules against their formulas in float64. */
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import {
  adam,
  cosineSchedule,
  exponentialSchedule,
  ndarray,
  scalarArray,
  warmup,
  type AdamOptions,
  type ArrayTree,
  type Engine,
  type NdArray,
  type Schedule,
  type Tensor,
  type TensorTree,
} from '@wasserflow/tensor';
import { beforeAll, describe, expect, test } from 'vitest';

let engine: Engine;
beforeAll(async () => {
  engine = await tfjsEngine('cpu');
});

/** Kingma and Ba's algorithm, with decoupled weight decay and clipping, on plain numbers. */
function reference(
  options: { rate: number; decay: number; clip: number },
  gradients: number[][],
  start: number[],
): number[] {
  let [p, m, v] = [start, start.map(() => 0), start.map(() => 0)];
  for (const [t, raw] of gradients.entries()) {
    const norm = Math.hypot(...raw);
    const g = raw.map((gi) => gi * Math.min(1, options.clip / norm));
    m = m.map((mi, i) => 0.9 * mi + 0.1 * g[i]!);
    v = v.map((vi, i) => 0.999 * vi + 0.001 * g[i]! ** 2);
    const step = (i: number) => m[i]! / (1 - 0.9 ** (t + 1)) / (Math.sqrt(v[i]! / (1 - 0.999 ** (t + 1))) + 1e-8);
    p = p.map((pi, i) => pi - options.rate * (step(i) + options.decay * pi));
  }
  return p;
}

async function minimise(options: AdamOptions, gradients: number[][], start: number[]): Promise<number[]> {
  const optimizer = adam(options);
  let parameters: ArrayTree = { a: ndarray(start, [start.length]) };
  let state = optimizer.init(parameters);
  type In = { gradient: TensorTree; state: TensorTree; parameters: TensorTree };
  const update = ({ gradient, state: s, parameters: p }: In) => optimizer.update(gradient, s, p);
  for (const g of gradients) {
    const inputs = { gradient: { a: ndarray(g, [g.length]) }, state, parameters };
    const program = await engine.compile('adam', update, inputs as never);
    ({ parameters, state } = (await program.run(inputs as never)) as { parameters: ArrayTree; state: ArrayTree });
  }
  return Array.from((parameters as { a: NdArray }).a.data);
}

const gradients = Array.from({ length: 12 }, (_, t) => [Math.sin(t) * 3, Math.cos(2 * t), 0.1 * t - 0.5]);
const start = [1, -2, 0.5];

describe('adam', () => {
  // Twelve float32 updates of numbers of order one.
  const TOLERANCE = 2e-5;

  test.each([
    { rate: 0.1, decay: 0, clip: Infinity },
    { rate: 0.1, decay: 0.2, clip: Infinity },
    { rate: 0.05, decay: 0, clip: 0.7 },
  ])('is the published algorithm: %o', async (o) => {
    const options = { learningRate: o.rate, weightDecay: o.decay, ...(Number.isFinite(o.clip) && { clip: o.clip }) };
    const got = await minimise(options, gradients, start);
    for (const [i, expected] of reference(o, gradients, start).entries())
      expect(Math.abs(got[i]! - expected)).toBeLessThan(TOLERANCE);
  });
});

describe('schedules', () => {
  async function at(schedule: Schedule, count: number): Promise<number> {
    const f = ({ count: c }: { count: Tensor }) => ({ rate: schedule(c) });
    const program = await engine.compile('schedule', f, { count: { shape: [] } });
    return (await program.run({ count: scalarArray(count) })).rate.data[0]!;
  }

  test.each([
    ['cosine, start', cosineSchedule(0.4, 100, 0.1), 0, 0.4],
    ['cosine, middle', cosineSchedule(0.4, 100, 0.1), 50, 0.4 * (0.1 + 0.9 / 2)],
    ['cosine, end', cosineSchedule(0.4, 100, 0.1), 100, 0.04],
    ['cosine, after the end', cosineSchedule(0.4, 100, 0.1), 250, 0.04],
    ['exponential', exponentialSchedule(0.4, 0.5, 10), 20, 0.1],
    ['warm-up, first update', warmup(4, cosineSchedule(0.4, 1e9)), 0, 0.1],
    ['warm-up, over', warmup(4, exponentialSchedule(0.4, 1, 1)), 9, 0.4],
  ])('%s', async (_, schedule, count, expected) => {
    expect(await at(schedule, count)).toBeCloseTo(expected, 6);
  });
});
