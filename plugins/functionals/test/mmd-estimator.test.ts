/** What `estimator` changes on each space, and what it cannot. */
import type { Distribution, QuantileMeasure } from '@wasserflow/core';
import { mmd } from '@wasserflow/functionals';
import { fromRows, stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { energyKernel, gaussianKernel } from './kernels.js';
import { gaussianLaw, onLine } from './laws.js';

const rng = stream(1);
const draws = [-0.4, 0.1, 0.9, 1.3];
const rows: Distribution = { id: 'rows', dimension: 1, sample: () => fromRows(draws.map((y) => [y])) };
const k = (x: number, y: number): number => Math.exp(-((x - y) ** 2) / (2 * 0.7 ** 2));
const atoms: QuantileMeasure = { kind: 'atoms', nodes: { shape: [3], data: Float64Array.of(-1, 0.2, 0.6) } };

describe('on the line', () => {
  const quantile = (estimator: 'biased' | 'unbiased') =>
    mmd(rows, gaussianKernel(0.7), rng, { estimator }).facets!.quantile!;

  it('unbiased leaves out what a draw of the target has with itself, and nothing of the law', () => {
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    const x = Array.from(atoms.nodes.data);
    const within = mean(x.flatMap((a) => x.map((b) => k(a, b))));
    const across = mean(x.flatMap((a) => draws.map((b) => k(a, b))));
    const own = mean(draws.flatMap((a, i) => draws.flatMap((b, j) => (i === j ? [] : [k(a, b)]))));
    expect(quantile('unbiased').value(atoms)).toBeCloseTo((within + own) / 2 - across, 12);
    // The diagonal is one: (1 - own) / 4 more for four draws, and half of it in the value.
    expect(quantile('biased').value(atoms) - quantile('unbiased').value(atoms)).toBeCloseTo((1 - own) / 8, 12);
  });

  it('has the same gradient either way', () => {
    expect(quantile('unbiased').gradient!(atoms)).toEqual(quantile('biased').gradient!(atoms));
  });
});

describe('where the target is in closed form', () => {
  const target = gaussianLaw([0.3], [[1.7]]);
  const made = (estimator: 'biased' | 'unbiased') => mmd(target, gaussianKernel(0.7), rng, { estimator });

  it('nothing is estimated, and the record says where', () => {
    const [biased, unbiased] = [made('biased'), made('unbiased')];
    const law = onLine(-0.4, 0.9, 50);
    expect(unbiased.facets!.quantile!.value(law)).toBe(biased.facets!.quantile!.value(law));
    const mu = { mean: [-0.4], covariance: [[0.81]] };
    expect(unbiased.facets!.gaussian!.value(mu)).toBe(biased.facets!.gaussian!.value(mu));
    expect(unbiased.record).toMatchObject({ 'mmd.estimator': 'unbiased', 'mmd.exact-on': 'gaussian, quantile, grid' });
  });

  it('in more dimensions is so on Gaussians and the grid, and for draws nowhere', () => {
    const plane = gaussianLaw([0, 0], [[1, 0], [0, 2]]); // prettier-ignore
    expect(mmd(plane, gaussianKernel(0.7), rng).record).toMatchObject({ 'mmd.exact-on': 'gaussian, grid' });
    expect(mmd(plane, energyKernel, rng).record).toMatchObject({ 'mmd.exact-on': 'gaussian, grid' });
    expect(mmd(rows, gaussianKernel(0.7), rng).record).not.toHaveProperty('mmd.exact-on');
  });
});
