/** Functionals of the density ratio on flows, against closed forms of Gaussians. */
import { whiten } from '@wasserflow/blocks';
import {
  createEventBus,
  energy,
  type Block,
  type Distribution,
  type EventBus,
  type Functional,
  type GaussianMeasure,
} from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { chiSquare, hellinger, jensenShannon, renyi, sum } from '@wasserflow/functionals';
import { normalQuantile } from '@wasserflow/geometry';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { gaussian } from '@wasserflow/targets';
import { adam, ndarray, ops, scalarArray, stream, type Engine, type Optimizer, type Tensor } from '@wasserflow/tensor';
import { beforeAll, describe, expect, test } from 'vitest';
import { flowFacet, flowSpace, trainStep, type FlowMeasure, type FlowOptions } from '../src/index.js';

let engine: Engine;
beforeAll(async () => {
  engine = await tfjsEngine('cpu');
});

const [MEAN, VARIANCE, N] = [0.4, 0.7, 500];
/** Quantiles in the place of draws: means over them are integrals by a midpoint rule, free of chance. */
const initial: Distribution = {
  ...gaussian({ mean: [MEAN], variance: VARIANCE }),
  sample: (n) => {
    const at = (i: number): number => MEAN + Math.sqrt(VARIANCE) * normalQuantile((i + 0.5) / n);
    return ndarray(
      Float64Array.from({ length: n }, (_, i) => at(i)),
      [n, 1],
    );
  },
};
const target = gaussian({ mean: [-0.2], variance: 0.8 });

/** T(x) = e^s x + b. */
type Affine = { readonly s: Tensor; readonly b: Tensor };
const at = (s: number, b: number) => ({ s: ndarray(Float32Array.of(s), [1]), b: ndarray(Float32Array.of(b), [1]) });
const affine: Block = {
  init: () => at(0, 0),
  forward(parameters, x) {
    const { s, b } = parameters as Affine;
    return { y: ops.add(ops.mul(x, ops.exp(s)), b), logDet: ops.add(ops.zeros([x.shape[0]!]), s) };
  },
  inverse(parameters, y) {
    const { s, b } = parameters as Affine;
    return ops.div(ops.sub(y, b), ops.exp(s));
  },
};

/** The law of `initial` under T. */
const image = (s: number, b: number): GaussianMeasure => ({
  mean: [MEAN * Math.exp(s) + b],
  covariance: [[VARIANCE * Math.exp(2 * s)]],
});

const all: readonly [string, Functional][] = [
  ['chi-square', chiSquare(target)],
  ['hellinger', hellinger(target)],
  ['jensen-shannon', jensenShannon(target)],
  ['renyi of order 2', renyi(target, 2)],
  ['renyi of order 1/2', renyi(target, 1 / 2)],
  ['a sum', sum([chiSquare(target), hellinger(target)], [0.5, 2])],
];

const options: FlowOptions = {
  iterations: 25,
  batch: N,
  pool: N,
  diffusion: 0,
  evaluation: N,
  chunk: 256,
  saveEvery: 100,
  warmStart: false,
};
interface Changes extends Partial<FlowOptions> {
  readonly law?: Distribution;
  readonly block?: Block;
  readonly head?: typeof whiten;
  readonly events?: EventBus;
}
const spaceOf = ({ law = initial, block = affine, head, events, ...changes }: Changes = {}) =>
  flowSpace(
    { engine, initial: law, block, head, optimizer: adam({ learningRate: 0.15 }), ...(events && { events }) },
    { ...options, ...changes },
    stream('space'),
  );

/** Gives the gradient in the place of the new parameters. */
const revealing: Optimizer = { init: () => [], update: (gradient) => ({ parameters: gradient, state: [] }) };

describe.each(all)('%s', (_, G) => {
  const { value, gradient } = G.facets!.gaussian!;

  test('has the value of Gaussians, with no constant left out', async () => {
    const mu: FlowMeasure = { head: null, blocks: [at(-0.1, 0.2), at(0.15, 0.1)] };
    // e^0.15 (e^-0.1 x + 0.2) + 0.1, about as wide as the target: the ratio of densities is tame in the tails, and
    // the midpoint rule errs by what its outer cells, of mass 1/N, leave out.
    const exact = value(image(0.05, 0.2 * Math.exp(0.15) + 0.1));
    expect(exact).toBeGreaterThan(0.05);
    expect(Math.abs((await spaceOf().value!(G, mu)) - exact)).toBeLessThan(0.01 * exact);
  });

  test('descends along the gradient of Gaussians', async () => {
    const [s, b] = [0.05, 0];
    const x = initial.sample!(N, stream(0));
    const logDensity = x.data.map((v) => -((v - MEAN) ** 2) / (2 * VARIANCE) - Math.log(2 * Math.PI * VARIANCE) / 2);
    const inputs = {
      parameters: at(s, b),
      optimizer: [],
      x,
      logDensity: ndarray(logDensity, [N]),
      // A step without end: nothing is left of its cost.
      gamma: scalarArray(1e30),
      noise: [],
      drawn: [],
    };
    const program = await engine.compile('step', trainStep(affine, flowFacet(G)!, revealing), inputs as never);
    const { parameters } = await program.run(inputs as never);
    const got = parameters as unknown as ReturnType<typeof at>;
    const { mean, covariance } = image(s, b);
    const { linear, constant } = gradient!(image(s, b));
    // <grad G, 1> by b, and <grad G, y - b> by s: dT/ds = e^s x = y - b.
    const scale = Math.abs(constant[0]!);
    expect(Math.abs(got.b.data[0]! - constant[0]!)).toBeLessThan(0.02 * scale);
    const byScale = linear[0]![0]! * covariance[0]![0]! + constant[0]! * (mean[0]! - b);
    expect(Math.abs(got.s.data[0]! - byScale)).toBeLessThan(0.02 * scale);
  });
});

describe('the proximal step', () => {
  test.each([all[0]!, all[2]!])('of %s is that of Gaussians', async (_, G) => {
    const gamma = 0.3;
    const exact = await gaussianSpace(initial).prox!(G, image(0, 0), gamma, { rng: stream(0) });
    const space = spaceOf({ batch: 200, pool: 200, iterations: 80 });
    const { measure } = await space.prox!(G, await space.initial(stream(0)), gamma, { rng: stream('solve') });
    const [{ s, b }] = measure.blocks as unknown as [ReturnType<typeof at>];
    const { mean, covariance } = image(s.data[0]!, b.data[0]!);
    // 200 quantiles are short of the tails, of which chi-square sees the most.
    expect(Math.abs(mean[0]! - exact.measure.mean[0]!)).toBeLessThan(0.01);
    expect(Math.abs(covariance[0]![0]! - exact.measure.covariance[0]![0]!)).toBeLessThan(0.02);
  });

  test('trains blocks to the target', async () => {
    const [, G] = all[0]!;
    const space = spaceOf({ batch: 200, pool: 200 });
    let mu = await space.initial(stream('initial'));
    const before = await space.value!(G, mu);
    for (const gamma of [1, 100]) {
      const { measure, status } = await space.prox!(G, mu, gamma, { rng: stream('solve') });
      expect(status).toBe('ok');
      mu = measure;
    }
    expect(before).toBeGreaterThan(0.05);
    expect(await space.value!(G, mu)).toBeLessThan(5e-3);
  });

  test('knows the density that the blocks before have left', async () => {
    /** Stays where it is whatever it learns, so that its objective is known. */
    const fixed: Block = {
      ...affine,
      forward: (parameters, x) => {
        const { s, b } = parameters as Affine;
        const out = affine.forward({ s: ops.stopGradient(s), b: ops.stopGradient(b) }, x, 'estimate');
        return { ...out, y: ops.add(out.y, ops.mul(ops.add(s, b), 0)) };
      },
      init: () => at(-0.1, 0.2),
    };
    const space = spaceOf({ block: fixed, iterations: 2 });
    const mu: FlowMeasure = { head: null, blocks: [at(0.3, 0.1), at(-0.2, -0.4)] };
    const { measure, objective, moved2 } = await space.prox!(chiSquare(target), mu, 0.5, { rng: stream('solve') });
    // A block left out would change it by a tenth and more; the rest is float32.
    expect(objective! - (await space.value!(chiSquare(target), measure)) - moved2!).toBeCloseTo(0, 4);
  });

  test('counts the head', async () => {
    const space = spaceOf({ head: whiten });
    const standard = { mean: [0], covariance: [[1]] };
    // Whitened by the points themselves, whose variance falls short of the law's by a few in a thousand.
    const exact = chiSquare(target).facets!.gaussian!.value(standard);
    const value = await space.value!(chiSquare(target), await space.initial(stream('initial')));
    expect(Math.abs(value - exact)).toBeLessThan(0.02 * exact);
  });

  test('says so where the ratio of densities is beyond float32', async () => {
    const space = spaceOf({ law: gaussian({ mean: [40], variance: 0.1 }) });
    const mu = await space.initial(stream('initial'));
    expect(await space.value!(chiSquare(target), mu)).toBe(Infinity);
    const { status, message, measure } = await space.prox!(chiSquare(target), mu, 0.5, { rng: stream('solve') });
    expect(status).toBe('non-finite');
    expect(message).toMatch(/^block 1: the functional at its start is Infinity in float32, .* or use `kl`$/);
    expect(measure).toEqual(mu);
    // Its logarithm is not beyond float32: D_2 of equal variances would be |dm|^2 / variance.
    expect(Number.isFinite(await space.value!(renyi(target, 2), mu))).toBe(true);
  });
});

test('a loss that noise in log|det DT| biases is told, once', async () => {
  const warnings: string[] = [];
  const events = createEventBus();
  events.on('warning', ({ message }) => warnings.push(message));
  const plane = { law: gaussian({ dimension: 2 }), iterations: 1, events };
  const G = hellinger(gaussian({ dimension: 2 }));
  const translation: Block = {
    ...affine,
    forward: (parameters, x) => ({ ...affine.forward(parameters, x, 'estimate'), logDet: ops.zeros([x.shape[0]!]) }),
  };
  const solve = async (space: ReturnType<typeof spaceOf>): Promise<void> => {
    const mu = await space.initial(stream('initial'));
    for (let k = 0; k < 2; k++) await space.prox!(G, mu, 1, { rng: stream('solve') });
  };
  await solve(spaceOf({ ...plane, block: translation }));
  expect(warnings).toEqual([]);
  await solve(spaceOf({ ...plane, block: { ...translation, noise: () => [] } }));
  expect(warnings).toEqual([expect.stringContaining('set space.block.divergence=exact, for 2 Jacobian-vector')]);
});

describe('an initial law without a density', () => {
  const { logNormalizer: _, ...unnormalised } = initial;

  test('refuses what needs it, and serves what does not', () => {
    const space = spaceOf({ law: unnormalised });
    const kl = energy('kl', { entropy: 1, potential: target.potential!, constant: 0 }, target);
    for (const operation of ['value', 'prox'] as const) {
      expect(space.refuses!(operation, kl)).toBeUndefined();
      expect(space.refuses!(operation, sum([kl, hellinger(target)]))).toContain('does not have a normalised one');
      expect(spaceOf({ diffusion: 0.1 }).refuses!(operation, hellinger(target))).toContain('set `diffusion: 0`');
      expect(spaceOf().refuses!(operation, hellinger(target))).toBeUndefined();
    }
  });

  test('is an error where it is asked for all the same', async () => {
    const asked = spaceOf({ law: unnormalised }).value!(hellinger(target), { head: null, blocks: [] });
    await expect(asked).rejects.toThrow('`hellinger` cannot be trained on space `flow`: it needs the density');
  });
});
