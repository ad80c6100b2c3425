/**
 * The schemes on space `gaussian`, from a config through the driver, against closed forms that were computed
 * elsewhere. Tolerance: 1e-10 relative to the magnitude of what is compared. Measured: at most 3e-15, so there is
 * room for other processors' rounding and none for an error in a formula.
 */
import type { GaussianMeasure } from '@wasserflow/core';
import { describe, expect, it } from 'vitest';
import { gaussianLaw, runGaussian } from './gaussian-laws.js';
import oracles from './oracles/gaussian.json' with { type: 'json' };

const TOLERANCE = 1e-10;
type Numbers = number | readonly Numbers[];
const flat = (x: Numbers): number[] => (typeof x === 'number' ? [x] : x.flatMap(flat));

/** `scale` is the magnitude of what is compared, where that is not the largest expected number. */
function expectNear(actual: Numbers | undefined, expected: Numbers, scale?: number): void {
  const [a, e] = [flat(actual ?? []), flat(expected)];
  const magnitude = scale ?? Math.max(...e.map(Math.abs));
  const deviation = Math.max(...e.map((x, i) => Math.abs(x - a[i]!)));
  expect(a.length).toBe(e.length);
  expect(deviation / magnitude, `${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`).toBeLessThan(TOLERANCE);
}

function expectMeasure(actual: GaussianMeasure, mean: number[], covariance: number[][], scale?: number): void {
  // A mean that is zero is so to the accuracy of the measure's own width.
  expectNear(actual.mean, mean, Math.max(...mean.map(Math.abs), Math.sqrt(covariance[0]![0]!)));
  expectNear(actual.covariance, covariance, scale);
}

interface Base {
  m: number[];
  S: number[][];
  m_star: number[];
  Sigma_star: number[][];
  gamma: number;
}
const runBase = ({ m, S, m_star, Sigma_star, gamma }: Base, scheme: string, count = 1) =>
  runGaussian({
    initial: gaussianLaw('initial', m, S),
    target: gaussianLaw('target', m_star, Sigma_star),
    scheme,
    gamma,
    count,
  });

/** Iterates with their mean, covariance, KL and W2 to the target. */
async function expectIterates(
  base: Base,
  scheme: string,
  iterates: readonly { n: number; m: number[]; S: number[][]; KL: number; W2: number }[],
): Promise<void> {
  const { steps, problem } = await runBase(base, scheme, Math.max(...iterates.map(({ n }) => n)));
  const { space, functional } = problem;
  for (const { n, m, S, KL, W2 } of iterates) {
    const { measure } = steps[n]!;
    expectMeasure(measure, m, S);
    // KL and W2 vanish in the limit; their terms are of order one.
    expectNear(await space.value(functional, measure), KL, Math.max(1, KL));
    expectNear(Math.sqrt(await space.distance2(measure, functional.target!.gaussian!)), W2, Math.max(1, W2));
  }
}

const plusIdentity = (A: number[][]) => A.map((row, i) => row.map((a, j) => a + (i === j ? 1 : 0)));

describe('jko', () => {
  const one = oracles.jko_kl_gaussian_1d;
  it.each(one.inputs.map((input, i) => [input, one.outputs[i]!] as const))(
    'KL in one dimension: %o',
    async ({ m, sigma, m_star, lam, gamma }, expected) => {
      const base = { m: [m], S: [[sigma ** 2]], m_star: [m_star], Sigma_star: [[1 / lam]], gamma };
      const { steps, problem } = await runBase(base, 'jko');
      const [before, after] = [steps[0]!, steps[1]!];
      expectMeasure(after.measure, [expected.m], [[expected.sigma ** 2]]);
      expectNear(await problem.space.value(problem.functional, before.measure), expected.KL_before, 1);
      expectNear(await problem.space.value(problem.functional, after.measure), expected.KL_after, 1);
      expectNear(after.info['moved']! ** 2, expected.W2sq_step, 1);
      expectNear(await problem.space.distance2(before.measure, after.measure), expected.W2sq_step, 1);
      expectNear(after.info['objective'], expected.JKO_objective, 1);
    },
  );

  it.each(['jko_kl_gaussian_2d', 'jko_kl_gaussian_2d_repo_config'] as const)('%s', async (id) => {
    const { inputs, outputs } = oracles[id];
    const { steps, problem } = await runBase(inputs, 'jko');
    const [before, after] = [steps[0]!, steps[1]!];
    const { space, functional } = problem;
    const target = functional.target!.gaussian!;
    expectMeasure(after.measure, outputs.m, outputs.S);
    expectNear(plusIdentity((await space.transport(before.measure, after.measure)).linear), outputs.T_forward);
    expectNear(plusIdentity((await space.transport(after.measure, before.measure)).linear), outputs.A_backward);
    expectNear(after.info['moved']! ** 2, outputs.W2sq_step);
    expectNear(after.info['objective'], outputs.JKO_objective);
    expectNear(await space.value(functional, before.measure), outputs.KL_before);
    expectNear(await space.value(functional, after.measure), outputs.KL_after, 1);
    expectNear(Math.sqrt(await space.distance2(before.measure, target)), outputs.W2_before);
    expectNear(Math.sqrt(await space.distance2(after.measure, target)), outputs.W2_after);
  });

  it('entropy alone', async () => {
    const { inputs, outputs } = oracles.jko_entropy_gaussian;
    const initial = gaussianLaw('initial', [1, -1], inputs.S);
    const entropy = { initial, target: initial, functional: 'entropy', scheme: 'jko', gamma: inputs.gamma, count: 1 };
    const { steps } = await runGaussian(entropy);
    expectMeasure(steps[1]!.measure, [1, -1], outputs.S);
  });

  it('a trajectory of eight steps', async () => {
    const { inputs, outputs } = oracles.jko_kl_gaussian_trajectory;
    const identity = [
      [1, 0],
      [0, 1],
    ];
    const base = { m: inputs.m0, S: inputs.S0, m_star: [0, 0], Sigma_star: identity, gamma: inputs.gamma };
    await expectIterates(base, 'jko', outputs);
    const { steps } = await runBase(base, 'jko', 8);
    for (const { n, W2_step } of outputs) if (W2_step !== undefined) expectNear(steps[n]!.info['moved'], W2_step);
  });

  it('a translated Gaussian shrinks towards the standard one by 1 / (1 + gamma)', async () => {
    const { inputs, outputs } = oracles.jko_translation_official_experiment;
    const base = { ...inputs, m_star: [0, 0], Sigma_star: inputs.S };
    const { steps } = await runBase(base, 'jko');
    expectMeasure(steps[1]!.measure, outputs.m, outputs.S);
  });
});

describe('forward-euler', () => {
  it('KL, to its unbiased limit', async () => {
    const { inputs, outputs } = oracles.forward_euler_kl_gaussian;
    await expectIterates(inputs, 'forward-euler', outputs);
  });

  it('has a spurious fixed point for gamma lambda > 2', async () => {
    const { inputs, outputs } = oracles.forward_euler_spurious_fixed_point;
    const base = { m: [0], S: [[outputs.s]], m_star: [0], Sigma_star: [[1 / inputs.lam]], gamma: inputs.gamma };
    const { steps } = await runBase(base, 'forward-euler');
    expectMeasure(steps[1]!.measure, [0], [[outputs.s]]);
  });
});

describe('forward-backward', () => {
  it('KL, to its unbiased limit', async () => {
    const { inputs, outputs } = oracles.forward_backward_kl_gaussian;
    await expectIterates(inputs, 'forward-backward', outputs);
  });

  it('converges to a wrong variance for 1 < gamma lambda < 2', async () => {
    const { inputs, outputs } = oracles.forward_backward_bias_large_step;
    const base = { m: [1], S: [[0.5]], m_star: [0], Sigma_star: [[1 / inputs.lam]], gamma: inputs.gamma };
    const { steps } = await runBase(base, 'forward-backward', 200);
    expectMeasure(steps[200]!.measure, [0], [[outputs.s_inf]]);
  });
});

describe('langevin', () => {
  const { inputs, outputs } = oracles.ula_gaussian;
  it('law of the iterates', () => expectIterates(inputs, 'langevin', outputs.iterates));

  it('has a biased stationary law', async () => {
    const { steps, problem } = await runBase(inputs, 'langevin', 400);
    const { space, functional } = problem;
    const last = steps[400]!.measure;
    expectMeasure(last, inputs.m_star, outputs.S_inf);
    expectNear(await space.value(functional, last), outputs.bias_KL, 1);
    expectNear(Math.sqrt(await space.distance2(last, functional.target!.gaussian!)), outputs.bias_W2, 1);
  });
});

/** Changes of the covariance entries 11, 12 and 22. */
type Direction = readonly [number, number, number];

describe('local_linear_rates: at the stationary law', () => {
  const { inputs, outputs } = oracles.local_linear_rates;
  const { l1, l2, gamma } = inputs;
  const identities = { jko: 'jko', fb: 'forward-backward', fe: 'forward-euler', ula: 'langevin' } as const;
  /** ULA is stationary elsewhere: at 1 / (l (1 - gamma l / 2)). */
  const stationary = (key: keyof typeof identities, l: number) => 1 / (key === 'ula' ? l * (1 - (gamma * l) / 2) : l);

  it.each(Object.keys(identities) as (keyof typeof identities)[])('%s', async (key) => {
    const [s1, s2] = [stationary(key, l1), stationary(key, l2)];
    const target = gaussianLaw(
      'target',
      [0, 0],
      [
        [1 / l1, 0],
        [0, 1 / l2],
      ],
    );
    const step = async (mean: number[], d11: number, d12: number, d22: number) => {
      const initial = gaussianLaw('initial', mean, [
        [s1 + d11, d12],
        [d12, s2 + d22],
      ]);
      return (await runGaussian({ initial, target, scheme: identities[key], gamma, count: 1 })).steps[1]!.measure;
    };
    const difference = async (d: Direction, read: (mu: GaussianMeasure) => number, h: number) => {
      const at = (t: number) => step([0, 0], t * d[0], t * d[1], t * d[2]);
      return (read(await at(h)) - read(await at(-h))) / (2 * h);
    };
    // Central differences of steps h and 2 h, with their h^2 taken out: h^4 is left, and rounding 1e-16 / h.
    const slope = async (d: Direction, read: (mu: GaussianMeasure) => number, h = 5e-4) =>
      (4 * (await difference(d, read, h)) - (await difference(d, read, 2 * h))) / 3;
    const expected = outputs[key];
    expect(await slope([1, 0, 0], (mu) => mu.covariance[0]![0]!)).toBeCloseTo(expected.cov_11, 10);
    expect(await slope([0, 1, 0], (mu) => mu.covariance[0]![1]!)).toBeCloseTo(expected.cov_12, 10);
    expect(await slope([0, 0, 1], (mu) => mu.covariance[1]![1]!)).toBeCloseTo(expected.cov_22, 10);
    expectNear((await step([1, 1], 0, 0, 0)).mean, expected.mean);
  });
});

describe('through the driver', () => {
  const wide = gaussianLaw('initial', [1], [[4]]);
  const normal = gaussianLaw('target', [0], [[1]]);
  const problem = { initial: wide, target: normal, count: 1000 };
  const run = (changes: object) => runGaussian({ ...problem, scheme: 'jko', gamma: 0.1, ...changes });

  it.each([
    ['forward-euler', 'after an explicit step of size 30 the mean or the covariance is not finite'],
    ['langevin', 'after an explicit step of size 30 the mean or the covariance is not finite'],
    ['forward-backward', /^(after a|the) proximal step of size 30 .* not finite/],
  ])('a run of %s that blows up ends at its last good measure, with what to try', async (scheme, message) => {
    const { steps, outcome } = await runGaussian({ ...problem, scheme, gamma: 30 });
    const last = steps.at(-1)!;
    expect(outcome).toMatchObject({ status: 'non-finite', steps: last.step - 1 });
    expect(outcome.message).toMatch(message);
    expect(outcome.message).toMatch(/; try one below 1 \/ L = 1, or scheme `jko`$/);
    expect(last.measure.covariance[0]![0]).toBeLessThan(Infinity);
  });

  it('so does a step that flattens the measure', async () => {
    // B = 1 - gamma (1 - 1 / s) = 1 - 2 (1 - 1 / 2) = 0
    const flat = gaussianLaw('initial', [0], [[2]]);
    const { outcome } = await runGaussian({ ...problem, initial: flat, scheme: 'forward-euler', gamma: 2 });
    expect(outcome).toMatchObject({ status: 'non-finite', steps: 0 });
    expect(outcome.message).toContain('size 2 the covariance is not positive definite; try one below');
  });

  it('a controller chooses each step size, and its list ends the run', async () => {
    const { steps, outcome } = await runGaussian({ ...problem, scheme: 'jko', gamma: [0.4, 0.2] });
    expect(steps.map(({ gamma }) => gamma)).toEqual([0, 0.4, 0.2]);
    expect(outcome).toMatchObject({ status: 'stopped', steps: 2 });
    expectNear(steps[2]!.measure.mean, [1 / 1.4 / 1.2]);
    const growing = { id: 'geometric', first: 0.5, ratio: 2, max: 1.5 };
    const { steps: grown } = await runGaussian({ ...problem, scheme: 'jko', gamma: growing, count: 3 });
    expect(grown.map(({ gamma }) => gamma)).toEqual([0, 0.5, 1, 1.5]);
  });

  it('a sum of functionals flows to the minimiser of the sum: KL + a H is least at (1 + a) times the variance', async () => {
    const functional = { id: 'sum', terms: [{ id: 'kl', target: 'target' }, 'entropy'], weights: [1, 0.5] };
    const { steps } = await runGaussian({ ...problem, functional, scheme: 'jko', gamma: 2, count: 60 });
    expectMeasure(steps[60]!.measure, [0], [[1.5]]);
  });

  it('refuses in one sentence what cannot run', async () => {
    await expect(run({ scheme: 'forward-backward', functional: 'entropy' })).rejects.toThrow(
      /^scheme: `forward-backward` cannot run here: it needs .* `entropy` has no potential; schemes that can: jko, forward-euler/,
    );
    await expect(run({ gamma: -0.1 })).rejects.toThrow('a step size has to be a positive number, but got -0.1');
    await expect(run({ target: { id: 'target', dimension: 1 } })).rejects.toThrow(
      /^problem.functional: `kl` needs a law with a known density, but `target` is known by samples only/,
    );
    await expect(run({ initial: { id: 'initial', dimension: 1 } })).rejects.toThrow(
      /^space: space `gaussian` holds Gaussian laws only, and `initial` is not one/,
    );
    const logistic = { id: 'target', dimension: 1, potential: { dimension: 1, gradient: (x: unknown) => x } };
    await expect(run({ target: logistic })).rejects.toThrow('its potential is not quadratic');
    const terms = [{ id: 'kl', target: 'target' }];
    await expect(run({ functional: { id: 'sum', terms, weights: [1, 2] } })).rejects.toThrow(
      /^problem.functional: `sum` has 1 terms but 2 weights/,
    );
  });
});
