/** Published tables, to all their printed digits. A printed number is right when it is the rounding of ours. */
import type { GaussianMeasure, Scheme } from '@wasserflow/core';
import { acceleratedJko, forwardBackward, forwardEuler, jko, mirror, preconditioned } from '@wasserflow/schemes';
import { describe, expect, it } from 'vitest';
import { march } from './gaussian-march.js';

/** `x` with as many significant digits as `printed` has. */
function expectPrinted(x: number, printed: string): void {
  const digits = printed.replace(/e.*$/, '').replace('.', '').replace(/^0+/, '').length;
  expect(x.toExponential(digits - 1)).toBe(Number(printed).toExponential(digits - 1));
}

describe('five schemes on a Gaussian of ten dimensions, eigenvalues from 1 to 100, step 0.01', () => {
  const eigenvalues = Array.from({ length: 10 }, (_, i) => 100 ** (i / 9));
  const diagonal = (values: readonly number[]) => values.map((v, i) => values.map((_, j) => (i === j ? v : 0)));
  const from: GaussianMeasure = { mean: eigenvalues.map(() => 0), covariance: diagonal(eigenvalues.map(() => 1)) };
  const target = { covariance: diagonal(eigenvalues) };
  const times = [100, 500, 1000, 1499];
  const cases: readonly [string, Scheme<any>, readonly string[]][] = [
    ['forward-backward', forwardBackward(), ['4.438767', '1.700266', '0.873426', '0.53250462']],
    ['forward Euler', forwardEuler(), ['4.428620', '1.696680', '0.871835', '0.53161644']],
    ['JKO', jko(), ['4.439952', '1.700718', '0.873648', '0.53264028']],
    ['preconditioned forward-backward', preconditioned(forwardBackward()), ['0.033882421', '3.496e-9']],
    ['preconditioned forward Euler', preconditioned(forwardEuler()), ['0.030535434', '2.686e-9']],
    ['mirror descent', mirror(), ['2.5633236', '6.6189768e-6']],
  ];
  it.each(cases)('%s', async (_, scheme, printed) => {
    const count = times[printed.length - 1]!;
    const { problem, measures } = await march(scheme, { from, target, gamma: 0.01, count });
    const value = (mu: GaussianMeasure) => problem.space.value(problem.functional, mu);
    expectPrinted(await value(measures[0]!), '7.753832');
    for (const [i, text] of printed.entries()) expectPrinted(await value(measures[times[i]!]!), text);
  });
});

describe('JKO and accelerated JKO, lambda = 0.04, step 0.5', () => {
  const lambda = 0.04;
  const from: GaussianMeasure = { mean: [5], covariance: [[2.5 ** 2]] };
  const target = { covariance: [[1 / lambda]] };
  const times = [0, 10, 49, 100, 300];
  const cases: readonly [string, Scheme<any>, readonly string[]][] = [
    ['JKO', jko(), ['0.8181472', '0.4381109', '0.07513919', '0.009583712', '3.458343e-6']],
    ['accelerated', acceleratedJko(), ['0.8181472', '0.2934386', '2.990020e-4', '2.3856e-7', '3.79e-11']],
  ];
  it.each(cases)('%s', async (_, scheme, printed) => {
    const { measures } = await march(scheme, { from, target, gamma: 0.5, count: 300 });
    // KL in a form that does not cancel near the target: (l m^2 + f(l s^2 - 1)) / 2, f(x) = x - log(1 + x).
    const value = ({ mean: [m], covariance: [[S]] }: any): number =>
      (lambda * m ** 2 + (lambda * S - 1 - Math.log1p(lambda * S - 1))) / 2;
    for (const [i, text] of printed.entries()) expectPrinted(value(measures[times[i]!]!), text);
    const W2 = 25 + (2.5 - 5) ** 2;
    for (const [n, mu] of measures.entries())
      expect(value(mu)).toBeLessThanOrEqual((W2 / (2 * 0.5)) * (1 + (0.5 * lambda) / 2) ** -(n - 1));
  });
});

it('forward-backward of V = x^2 / 2 from N(10, 100), step 0.2', async () => {
  const from: GaussianMeasure = { mean: [10], covariance: [[100]] };
  const target = { covariance: [[1]] };
  const { measures, problem } = await march(forwardBackward(), { from, target, gamma: 0.2, count: 50 });
  const law = { mean: [0], covariance: [[1]] };
  const W2 = (mu: GaussianMeasure) => problem.space.distance2(mu, law);
  const printed = { 1: '113.3495', 5: '16.61293', 10: '1.391878', 20: '0.01338875', 50: '2.037e-8' };
  for (const [n, text] of Object.entries(printed)) expectPrinted(await W2(measures[Number(n)]!), text);
  for (const [n, mu] of measures.entries())
    expect(await W2(mu)).toBeLessThanOrEqual((1 - 0.2) ** n * (await W2(from)) * (1 + 1e-12));
});
