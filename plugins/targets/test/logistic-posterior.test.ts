import { stream, toRows } from '@wasserflow/tensor';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Distribution } from '@wasserflow/core';
import { breastCancer, csv } from '@wasserflow/datasets';
import { gaussian, logisticPosterior } from '../src/index.js';
import { apply, average, centralDifferences, dot, useCpu, valuesOf, vectorsOf } from './numerics.js';

beforeAll(useCpu);

const posterior = JSON.parse(readFileSync(new URL('breast-cancer-posterior.json', import.meta.url), 'utf8')) as {
  mean: number[];
  covariance: number[][];
};

/** The training rows of the file, standardised, with a constant 1; and their labels. */
const lines = readFileSync(new URL('../../datasets/data/breast_cancer.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1);
const training = lines.map((line) => line.split(',').map(Number)).filter((_, i) => i % 5 !== 4);
const labels = training.map((row) => row[30]!);
const columns = Array.from({ length: 30 }, (_, j) => training.map((row) => row[j]!));
const scaled = columns.map((values) => {
  const mean = average(values);
  const deviation = Math.sqrt(average(values.map((x) => (x - mean) ** 2)));
  return values.map((x) => (x - mean) / deviation);
});
const X = training.map((_, i) => scaled.map((values) => values[i]!).concat(1));

/** V in float64, as the negative log of prior and Bernoulli likelihood. */
const V = (w: readonly number[]) =>
  dot(w, w) / 2 -
  X.reduce((sum, x, i) => {
    const z = dot(x, w);
    return sum + (labels[i] === 1 ? -Math.log1p(Math.exp(-z)) : -Math.log1p(Math.exp(z)));
  }, 0);

/** |C^(1/2) g| / sqrt d: how far, in posterior standard deviations, a Newton step along g goes. */
const inPosteriorScale = (g: readonly number[]) => Math.sqrt(dot(g, apply(posterior.covariance, g)) / g.length);
const meanOf = (rows: number[][]) => rows[0]!.map((_, j) => average(rows.map((row) => row[j]!)));

describe('the posterior of a logistic regression', () => {
  let data: Distribution;
  let law: Distribution;
  beforeAll(async () => {
    data = await breastCancer();
    law = logisticPosterior({ data });
  });
  const at = toRows(stream('weights').normal([6, 31]));

  it('has the potential of prior and likelihood', () => {
    const values = valuesOf(law.potential!.value!, at);
    // Sums of 456 terms, in float32: relative error below 1e-6.
    for (const [i, w] of at.entries()) expect(Math.abs(values[i]! / V(w) - 1)).toBeLessThan(2e-6);
    expect(law.dimension).toBe(31);
    expect(law.columns!.slice(-2)).toEqual(['worst fractal dimension', 'constant']);
    expect(law.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect([law.logNormalizer, law.sample]).toEqual([undefined, undefined]);
  });

  it('has the gradient that finite differences in float64 show', () => {
    const gradients = vectorsOf(law.potential!.gradient!, at);
    for (const [i, w] of at.entries()) {
      const exact = centralDifferences(V, w, 1e-5);
      const size = Math.sqrt(dot(exact, exact));
      for (const [j, g] of exact.entries()) expect(Math.abs(gradients[i]![j]! - g)).toBeLessThan(2e-6 * size);
    }
  });

  it('does not overflow far out', () => {
    const w = at[0]!.map((x) => 1e4 * x);
    const exact = dot(w, w) / 2 + X.reduce((s, x, i) => s + Math.max(0, (labels[i] === 1 ? -1 : 1) * dot(x, w)), 0);
    expect(valuesOf(law.potential!.value!, [w])[0]! / exact).toBeCloseTo(1, 6);
  });

  it('is bounded in curvature by what it claims: the bound is attained at 0', () => {
    expect(law.potential!.convexity).toBe(1);
    // At w = 0 the Hessian is I + X^T X / 4; power iteration finds its largest eigenvalue.
    let v = Array.from({ length: 31 }, () => 1);
    let eigenvalue = 0;
    for (let k = 0; k < 200; k++) {
      const image = X.reduce((s, x) => s.map((si, j) => si + (dot(x, v) * x[j]!) / 4), [...v]);
      eigenvalue = Math.sqrt(dot(image, image));
      v = image.map((x) => x / eigenvalue);
    }
    expect(law.potential!.smoothness! / eigenvalue).toBeCloseTo(1, 8);
  });

  it('has a small gradient at the posterior mean of long Hamiltonian Monte Carlo runs', () => {
    const [atMean, atZero] = vectorsOf(law.potential!.gradient!, [posterior.mean, posterior.mean.map(() => 0)]);
    // The posterior is skewed: its mode is a quarter of a standard deviation from its mean (0.24), where at the
    // prior's mean the gradient is 42.
    expect(inPosteriorScale(atMean!)).toBeLessThan(0.3);
    expect(inPosteriorScale(atZero!)).toBeGreaterThan(30);
  });

  it('has a gradient of mean zero under that posterior', () => {
    // E grad V = 0 holds for the posterior itself (integrate by parts). Under the Gaussian with its mean and
    // covariance 0.04 remain, and 0.025 of noise from 2000 draws; a prior variance of 2 gives 0.2.
    const points = gaussian(posterior).sample!(2000, stream('posterior'));
    expect(inPosteriorScale(meanOf(vectorsOf(law.potential!.gradient!, toRows(points))))).toBeLessThan(0.1);
  });

  it('takes another prior', () => {
    const wide = logisticPosterior({ data, priorVariance: 4 });
    const [narrow, other] = [law, wide].map(({ potential }) => valuesOf(potential!.value!, [at[1]!])[0]!);
    expect(narrow! - other!).toBeCloseTo((dot(at[1]!, at[1]!) / 2) * (3 / 4), 3);
    expect(wide.potential!.convexity).toBe(1 / 4);
    expect(() => logisticPosterior({ data, priorVariance: 0 })).toThrow('`priorVariance` is 0; it must be above 0');
  });
});

describe('other data', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'wasserflow-logistic-'))));
  afterAll(() => rmSync(folder, { recursive: true }));
  const from = async (text: string, label?: number) => {
    const file = join(folder, 'labelled.csv');
    writeFileSync(file, text);
    return logisticPosterior({ data: await csv({ file, label }) });
  };

  it.each([
    ['with a header', 'dose,cured\n'],
    ['without one', ''],
  ])('of a file %s', async (_, header) => {
    // The fifth row is held out; the others have dose 1, 2, 3, 6: mean 3, variance 3.5.
    const law = await from(`${header}1,0\n2,1\n3,0\n6,1\n1000,1\n`, 2);
    const z = [-2, -1, 0, 3].map((x) => x / Math.sqrt(3.5));
    const w = [0.7, -0.3];
    const exact = [0, 1, 0, 1].reduce(
      (s, t, i) => s + Math.log1p(Math.exp((t === 1 ? -1 : 1) * (w[0]! * z[i]! + w[1]!))),
      dot(w, w) / 2,
    );
    expect(valuesOf(law.potential!.value!, [w])[0]).toBeCloseTo(exact, 5);
    expect(law.columns).toEqual([header === '' ? 'column 1' : 'dose', 'constant']);
  });

  it.each([
    ['another label', 'a,t\n1,0\n2,2\n', 2, '`csv`: training row 2 has the label 2; it must be 0 or 1'],
    ['a constant column', 'a,b,t\n1,5,0\n2,5,1\n', 3, 'column "b" has the same value in every training row'],
    ['no labels', 'a,t\n1,0\n2,1\n', undefined, 'needs rows with labels, and `csv` has none; use `breast-cancer`, or'],
  ])('with %s is refused', async (_, text, label, message) => {
    const attempt = from(text, label);
    await expect(attempt).rejects.toMatchObject({ code: 'E_DATA' });
    await expect(attempt).rejects.toThrow(message);
  });
});
