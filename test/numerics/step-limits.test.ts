/** Limits of explicit steps in runs: what a discretisation stands is warned of, and kept by the controller `theory`. */
import { createWasserflow, type QuantileMeasure, type StepRecord } from '@wasserflow/core';
import functionals from '@wasserflow/functionals';
import meters from '@wasserflow/meters';
import schemes from '@wasserflow/schemes';
import spaceGrid from '@wasserflow/space-grid';
import spaceQuantile from '@wasserflow/space-quantile';
import targets from '@wasserflow/targets';
import { describe, expect, it } from 'vitest';

const wasserflow = createWasserflow({ plugins: [spaceGrid, spaceQuantile, functionals, meters, schemes, targets] });
const law = (mean: number, variance: number) => ({ id: 'gaussian', mean: [mean], covariance: [[variance]] });
const kl = { id: 'kl', target: law(0, 1) };
const coarse = { id: 'quantile', nodes: 10 };
const cells = { id: 'grid', cells: 40, lower: [-4], upper: [4] };

async function run(space: unknown, scheme: unknown, size: unknown, count: number) {
  const problem = { initial: law(0.5, 0.5), functional: kl };
  const flow = await wasserflow.open({ space, problem, scheme, steps: { count, size }, meters: ['value'] });
  const warnings: string[] = [];
  flow.events.on('warning', ({ message }) => warnings.push(message));
  const steps: StepRecord[] = [];
  for await (const step of flow) steps.push(step);
  await flow.dispose();
  const values = steps.map(({ metrics }) => metrics['value']!);
  return { warnings, steps, sizes: steps.slice(1).map(({ gamma }) => gamma), values };
}

describe('a step that the space does not stand', () => {
  it.each([
    ['quantile', coarse, 'forward-euler', 'h^2 / (6 D)'],
    ['quantile', coarse, 'accelerated', 'h^2 / (6 D)'],
    ['quantile', coarse, 'extragradient', '0.5 * h^2 / (6 D)'],
    ['quantile', coarse, 'kalman', 'h^2 / (6 D)'],
    ['grid', cells, 'forward-euler', 'h^2 / (2 D)'],
  ])('%s, %o: %s warns once', async (name, space, scheme, formula) => {
    const { warnings } = await run(space, scheme, 0.3, 2);
    expect(warnings[0]).toContain(`${formula} = 0.0`);
    expect(warnings[0]).toContain(`explicit diffusion on space \`${name}\` is unstable`);
    expect(warnings.filter((text) => text.includes('has size'))).toHaveLength(1);
    expect((await run(space, scheme, 1e-4, 2)).warnings).toEqual([]);
  });
});

describe('theory', () => {
  it.each([
    ['quantile', coarse],
    ['grid', cells],
  ])('keeps forward Euler stable on space %s, where 1 / (2 L) is far too large', async (_, space) => {
    const { warnings, sizes, values } = await run(space, 'forward-euler', 'theory', 200);
    expect(warnings).toEqual([]);
    expect(Math.max(...sizes)).toBeLessThan(0.1);
    expect(values.every((value, i) => i === 0 || value <= values[i - 1]! + 1e-12)).toBe(true);
    expect(values.at(-1)!).toBeLessThan(values[0]! / 3);
  });

  it('takes half of h^2 / 6 on space quantile, h the smallest gap of the moment', async () => {
    const { sizes, steps } = await run(coarse, 'forward-euler', 'theory', 50);
    const smallestGap = ({ measure }: StepRecord): number => {
      const x = (measure as QuantileMeasure).nodes.data;
      return Math.min(...Array.from(x.subarray(1), (v, i) => v - x[i]!));
    };
    sizes.forEach((size, i) => expect(size).toBeCloseTo(smallestGap(steps[i]!) ** 2 / 12, 14));
    expect(Math.max(...sizes)).toBeGreaterThan(1.01 * Math.min(...sizes));
  });
});

it('of a law without diffusion the space sets no limit', async () => {
  const problem = { initial: law(0.5, 0.5), functional: { id: 'potential', target: law(0, 1) } };
  const config = { space: coarse, problem, scheme: 'forward-euler', steps: { count: 2, size: 'theory' }, meters: [] };
  const flow = await wasserflow.open(config);
  const sizes: number[] = [];
  for await (const { gamma } of flow) sizes.push(gamma);
  await flow.dispose();
  expect(sizes).toEqual([0, 1, 1]);
});
