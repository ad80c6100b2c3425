/**
 * A learned JKO step beside the exact one: N((3,3), I) -> N(0, I), step 0.5, whose exact first step is
 * N((2,2), I) (the experiment of arXiv 2310.17582).
 */
import blocks from '@wasserflow/blocks';
import { createWasserflow } from '@wasserflow/core';
import engineTfjs from '@wasserflow/engine-tfjs';
import functionals from '@wasserflow/functionals';
import meters from '@wasserflow/meters';
import schemes from '@wasserflow/schemes';
import spaceFlow from '@wasserflow/space-flow';
import spaceGaussian from '@wasserflow/space-gaussian';
import targets from '@wasserflow/targets';
import type { NdArray } from '@wasserflow/tensor';
import { expect, test } from 'vitest';

const wasserflow = createWasserflow({
  plugins: [blocks, engineTfjs, functionals, meters, schemes, spaceFlow, spaceGaussian, targets],
});

const iterations = 150;
const flow = {
  id: 'flow',
  iterations,
  batch: 256,
  block: { id: 'neural-ode', steps: 2, field: { id: 'mlp', hidden: [16] } },
  optimizer: { id: 'adam', learningRate: 0.02, schedule: { id: 'cosine', steps: iterations } },
};
const config = (space: unknown) => ({
  seed: 1,
  space,
  problem: {
    initial: {
      id: 'gaussian',
      mean: [3, 3],
      covariance: [
        [1, 0],
        [0, 1],
      ],
    },
    functional: {
      id: 'kl',
      target: {
        id: 'gaussian',
        mean: [0, 0],
        covariance: [
          [1, 0],
          [0, 1],
        ],
      },
    },
  },
  scheme: 'jko',
  steps: { count: 1, size: 0.5 },
});

function moments({ shape, data }: NdArray): { mean: number[]; covariance: number[][] } {
  const [n, d] = shape as [number, number];
  const mean = Array.from(
    { length: d },
    (_, j) => Array.from({ length: n }, (_, i) => data[i * d + j]!).reduce((a, b) => a + b) / n,
  );
  const product = (j: number, k: number) =>
    Array.from({ length: n }, (_, i) => (data[i * d + j]! - mean[j]!) * (data[i * d + k]! - mean[k]!)).reduce(
      (a, b) => a + b,
    ) / n;
  return { mean, covariance: mean.map((_, j) => mean.map((_, k) => product(j, k))) };
}

/** Runs to the end and returns the last step with 40,000 draws of its measure. */
async function lastStep(space: unknown) {
  const run = await wasserflow.open(config(space));
  const steps = [];
  for await (const step of run) steps.push(step);
  const last = steps.at(-1)!;
  const points = await run.composed.problem.space.sample(last.measure, 40_000, run.composed.random.fork('test'));
  await run.dispose();
  return { ...last, ...moments(points) };
}

const learned = await lastStep(flow);

test('one learned block: mean within 0.05 of (2, 2), covariance within 0.05 of I', () => {
  // The standard error of a mean is 0.005, of a covariance entry at most 0.007.
  const { status, mean, covariance } = learned;
  expect(status).toBe('ok');
  for (const m of mean) expect(Math.abs(m - 2)).toBeLessThan(0.05);
  for (const [j, row] of covariance.entries())
    for (const [k, c] of row.entries()) expect(Math.abs(c - (j === k ? 1 : 0))).toBeLessThan(0.05);
});

test('the same config on the exact space is what the learned step is compared with', async () => {
  const exact = await lastStep('gaussian');
  expect(exact.metrics['value']).toBeCloseTo(4, 10);
  expect(exact.info['moved']).toBeCloseTo(Math.SQRT2, 10);
  // KL on 2,000 points: |y|^2 / 2 has standard deviation 3 there, four standard errors are 0.27.
  expect(Math.abs(learned.metrics['value']! - 4)).toBeLessThan(0.27);
  expect(Math.abs(learned.info['moved']! - Math.SQRT2)).toBeLessThan(0.05);
});
