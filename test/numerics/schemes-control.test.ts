/** Controllers and stop rules in runs on space `gaussian`, as a config names them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWasserflow, type GaussianMeasure, type Outcome, type StepRecord } from '@wasserflow/core';
import functionals from '@wasserflow/functionals';
import schemes from '@wasserflow/schemes';
import spaceGaussian from '@wasserflow/space-gaussian';
import targets from '@wasserflow/targets';
import { afterEach, describe, expect, it } from 'vitest';

const wasserflow = createWasserflow({ plugins: [spaceGaussian, functionals, schemes, targets] });
const law = (mean: number, variance: number) => ({ id: 'gaussian', mean: [mean], covariance: [[variance]] });
const folders: string[] = [];
const temporaryFolder = () => (folders.push(mkdtempSync(join(tmpdir(), 'wasserflow-'))), folders.at(-1)!);
afterEach(() => folders.splice(0).forEach((path) => rmSync(path, { recursive: true, force: true })));

interface Given {
  readonly scheme: unknown;
  readonly size: unknown;
  readonly count: number;
  readonly stop?: unknown[];
  readonly functional?: unknown;
  readonly folder?: string;
  readonly until?: number;
}
interface Result {
  readonly steps: readonly (StepRecord & { measure: GaussianMeasure })[];
  readonly outcome: Outcome;
  readonly warnings: readonly string[];
}

async function run({ scheme, size, count, stop = [], functional, folder, until }: Given): Promise<Result> {
  const abort = new AbortController();
  const problem = { initial: law(3, 4), functional: functional ?? { id: 'kl', target: law(0, 1) } };
  const config = { space: 'gaussian', problem, scheme, steps: { count, size, stop }, meters: [] };
  const flow = await wasserflow.open(config, { ...(folder && { folder }), signal: abort.signal });
  const warnings: string[] = [];
  flow.events.on('warning', ({ message }) => warnings.push(message));
  flow.events.on('step:end', ({ step }) => step === until && abort.abort());
  const steps: StepRecord[] = [];
  for await (const step of flow) steps.push(step);
  await flow.dispose();
  return { steps: steps as Result['steps'], outcome: flow.outcome!, warnings };
}

describe('adaptive steps', () => {
  const adaptive = (scheme: unknown, tolerance: number, count = 400) =>
    run({
      scheme,
      size: { id: 'adaptive', first: 5, tolerance },
      count,
      stop: [{ id: 'relative-movement', below: 1e-9 }],
    });

  /** W2 to the exact flow at the time that the sizes add up to, at its largest. */
  function worst({ steps }: Result): number {
    let [time, error] = [0, 0];
    for (const { gamma, measure } of steps) {
      time += gamma;
      const exact = { m: 3 * Math.exp(-time), s: Math.sqrt(1 + 3 * Math.exp(-2 * time)) };
      error = Math.max(error, Math.hypot(measure.mean[0]! - exact.m, Math.sqrt(measure.covariance[0]![0]!) - exact.s));
    }
    return error;
  }

  it.each(['forward-euler', 'jko', 'implicit-midpoint', 'trapezoid'])(
    '%s follows the flow to its tolerance',
    async (scheme) => {
      const coarse = await adaptive(scheme, 1e-3);
      const fine = await adaptive(scheme, 1e-4);
      // The flow contracts, so that local errors do not add up beyond a few dozen of them.
      expect(worst(coarse)).toBeLessThan(0.06);
      expect(worst(fine)).toBeLessThan(worst(coarse) / 2);
      const accepted = coarse.steps.slice(1);
      expect(accepted.every(({ info }) => info['error']! <= 1e-3)).toBe(true);
      // A first size of 5 is refused; near the target, sizes grow again where the scheme lets them.
      expect(accepted[0]!.info['rejected']).toBeGreaterThan(0);
      expect(Math.max(...accepted.map(({ gamma }) => gamma))).toBeGreaterThan(3 * accepted[0]!.gamma);
    },
  );

  it('a scheme of second order needs fewer of them', async () => {
    const counts = await Promise.all(
      ['forward-euler', 'trapezoid'].map(async (s) => (await adaptive(s, 1e-5)).steps.length),
    );
    expect(counts[1]).toBeLessThan(counts[0]! / 2);
  });

  it('goes on after an interruption with the same bits', async () => {
    const given = { scheme: 'bdf2', size: { id: 'adaptive', first: 2, tolerance: 1e-4 }, count: 12 };
    const whole = await run(given);
    expect(whole.steps.some(({ info }) => info['rejected']! > 0)).toBe(true);
    const folder = temporaryFolder();
    const parts = [];
    for (const until of [0, 3, 4, 12]) parts.push(...(await run({ ...given, folder, until })).steps);
    expect(parts).toEqual(whole.steps);
  });
});

describe('theory', () => {
  const quarter = { id: 'kl', target: law(0, 1 / 4) };
  it.each([
    ['forward-euler', quarter, 1 / 8],
    ['forward-backward', quarter, 1 / 4],
    ['langevin', quarter, 1 / 4],
    ['jko', quarter, 1 / 4],
    ['kalman', quarter, 1 / 2],
    [{ id: 'preconditioned', scheme: 'forward-backward' }, quarter, 1],
    ['forward-euler', { id: 'potential', target: law(0, 1 / 4) }, 1 / 4],
  ])('%j on %j: %d', async (scheme, functional, size) => {
    const { steps, warnings } = await run({ scheme, functional, size: 'theory', count: 1 });
    expect(steps[1]!.gamma).toBeCloseTo(size, 12);
    expect(warnings).toEqual([]);
  });

  it('takes a fraction, and says so where there is nothing to go by', async () => {
    const { steps } = await run({ scheme: 'jko', size: { id: 'theory', fraction: 0.1 }, count: 1 });
    expect(steps[1]!.gamma).toBeCloseTo(0.1, 12);
    await expect(run({ scheme: 'jko', functional: 'entropy', size: 'theory', count: 1 })).rejects.toThrow(
      'steps.size: there is no theory of the step size of `jko` on `entropy` (L: not declared, lambda: 0); give a number',
    );
  });
});

describe('a step beyond the limit', () => {
  it.each([
    ['forward-euler', 1.5, 'step 1 of scheme `forward-euler` has size 1.5, but beyond 1 / L = 1 it can be unstable'],
    ['forward-backward', 1.5, 'has size 1.5, but beyond 1 / L = 1 it can converge to a wrong law'],
    ['langevin', 2.5, 'has size 2.5, but beyond 2 / L = 2 it can be unstable'],
  ])('%s of size %d is warned of once', async (scheme, size, message) => {
    const { warnings } = await run({ scheme, size, count: 5 });
    expect(warnings).toEqual([expect.stringContaining(message)]);
    expect((await run({ scheme, size: size - 1, count: 5 })).warnings).toEqual([]);
  });
});

describe('stop rules', () => {
  it('relative movement: E|x - T x|^2 / E|T x|^2', async () => {
    const { steps, outcome } = await run({ scheme: 'jko', size: 0.5, count: 50, stop: ['relative-movement'] });
    const ratio = (n: number) => {
      const [p, q] = [steps[n - 1]!.measure, steps[n]!.measure];
      const [s, t] = [p, q].map(({ covariance }) => Math.sqrt(covariance[0]![0]!)) as [number, number];
      return ((p.mean[0]! - q.mean[0]!) ** 2 + (s - t) ** 2) / (q.mean[0]! ** 2 + t ** 2);
    };
    const last = steps.length - 1;
    expect(ratio(last)).toBeLessThan(0.01);
    expect(ratio(last - 1)).toBeGreaterThan(0.01);
    expect(outcome).toMatchObject({ status: 'stopped', steps: last });
    expect(outcome.message).toMatch(/^step \d+ moved by 0.00\d+ of the second moment, less than 0.01$/);
  });

  it('gap: KL to the target, or to a minimum that is given', async () => {
    const KL = ({ mean, covariance }: GaussianMeasure) =>
      (mean[0]! ** 2 + covariance[0]![0]! - 1 - Math.log(covariance[0]![0]!)) / 2;
    const { steps, outcome } = await run({ scheme: 'jko', size: 0.5, count: 50, stop: [{ id: 'gap', below: 1e-3 }] });
    expect(outcome.status).toBe('stopped');
    expect(KL(steps.at(-1)!.measure)).toBeLessThan(1e-3);
    expect(KL(steps.at(-2)!.measure)).toBeGreaterThan(1e-3);
    const entropy = { scheme: 'jko', functional: 'entropy', size: 0.5, count: 50 };
    await expect(run({ ...entropy, stop: [{ id: 'gap', below: 1 }] })).rejects.toThrow(
      'steps.stop.0: the least value of `entropy` is not known, as it has no target; give `minimum`',
    );
    const given = await run({ ...entropy, stop: [{ id: 'gap', below: 1, minimum: -4 }] });
    expect(given.outcome.message).toMatch(/^after step \d+ the gap is 0.\d+, below 1$/);
  });

  it('a budget of gradients, of which extragradient takes two a step', async () => {
    const stop = [{ id: 'gradient-budget', evaluations: 9 }];
    const { outcome, steps } = await run({ scheme: 'extragradient', size: 0.1, count: 50, stop });
    expect(outcome).toMatchObject({ status: 'stopped', steps: 5, message: 'after step 5 10 gradients of 9 are spent' });
    expect(steps.slice(1).map(({ info }) => info['gradients'])).toEqual([2, 2, 2, 2, 2]);
  });
});
