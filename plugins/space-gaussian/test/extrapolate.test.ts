/** Metric extrapolation, against the geodesic, the projection in one dimension, and the problem that it solves. */
import type { GaussianMeasure } from '@wasserflow/core';
import { displacement, extrapolate } from '@wasserflow/space-gaussian';
import * as fc from 'fast-check';
import { Matrix, EigenvalueDecomposition } from 'ml-matrix';
import { expect, it } from 'vitest';
import { check, covariance, measure, moved, square, traceDistance2, vector } from './gaussians.js';

const problems = fc.integer({ min: 1, max: 4 }).chain((d) =>
  fc.record({
    mu0: measure(d),
    mu1: measure(d),
    t: fc.double({ min: 1.1, max: 2.5, noNaN: true }),
    direction: fc.record({ linear: square(d), center: vector(d), constant: vector(d) }),
    other: covariance(d),
  }),
);

const smallest = (S: readonly (readonly number[])[]): number =>
  Math.min(...new EigenvalueDecomposition(new Matrix(S as number[][]), { assumeSymmetric: true }).realEigenvalues);

/** Whether the geodesic can be extended to t. */
const goesOn = (mu0: GaussianMeasure, mu1: GaussianMeasure, t: number): boolean =>
  smallest(displacement(mu0, mu1).linear) >= -1 / t;

it('is the geodesic where that goes on', () => {
  let seen = 0;
  fc.assert(
    fc.property(problems, ({ mu0, mu1, t }) => {
      if (!goesOn(mu0, mu1, t)) return;
      seen++;
      const expected = moved(mu0, displacement(mu0, mu1), t);
      const rho = extrapolate(mu0, mu1, t);
      for (const [i, a] of rho.covariance.flat().entries()) expect(a).toBeCloseTo(expected.covariance.flat()[i]!, 7);
      for (const [i, a] of rho.mean.entries()) expect(a).toBeCloseTo(expected.mean[i]!, 10);
    }),
    { ...check, numRuns: 100 },
  );
  expect(seen).toBeGreaterThan(10);
});

it('minimises W2^2(mu1, .) / (t - 1) - W2^2(mu0, .) / t', () => {
  let projected = 0;
  fc.assert(
    fc.property(problems, ({ mu0, mu1, t, direction, other }) => {
      if (!goesOn(mu0, mu1, t)) projected++;
      const f = (rho: GaussianMeasure) => traceDistance2(mu1, rho) / (t - 1) - traceDistance2(mu0, rho) / t;
      const rho = extrapolate(mu0, mu1, t);
      const least = f(rho);
      // The trace formula takes roots of eigenvalues that are zero here: an error of sqrt(1e-16) times the spread.
      const rounding = (1e-6 * (1 + Math.max(...mu0.covariance.flat(), ...mu1.covariance.flat()))) / (t - 1);
      for (const h of [-0.3, -0.03, 0.03, 0.3]) expect(f(moved(rho, direction, h))).toBeGreaterThan(least - rounding);
      for (const h of [0.01, 0.1, 1]) {
        const wider = rho.covariance.map((row, i) => row.map((a, j) => a + h * other[i]![j]!));
        expect(f({ mean: rho.mean, covariance: wider })).toBeGreaterThan(least - rounding);
      }
      for (const nu of [mu0, mu1]) expect(f(nu)).toBeGreaterThan(least - rounding);
    }),
    { ...check, numRuns: 60 },
  );
  expect(projected).toBeGreaterThan(10);
});

it('in one dimension is s1 + (t - 1)(s1 - s0), or a point where that is negative', () => {
  const line = (m: number, s: number): GaussianMeasure => ({ mean: [m], covariance: [[s * s]] });
  const inside = extrapolate(line(3, 2), line(2.5, 1.75), 4 / 3);
  expect(inside.mean[0]).toBeCloseTo(2.5 - 0.5 / 3, 14);
  expect(inside.covariance[0]![0]).toBeCloseTo((1.75 - 0.25 / 3) ** 2, 13);
  const point = extrapolate(line(3, 2), line(2.5, 0.3), 4 / 3);
  expect(point.mean[0]).toBeCloseTo(2.5 - 0.5 / 3, 14);
  expect(point.covariance[0]![0]).toBe(0);
});

it('flattens one direction and extends the other where the axes agree', () => {
  const mu0 = { mean: [0, 0], covariance: [[4, 0], [0, 1]] }; // prettier-ignore
  const mu1 = { mean: [0, 0], covariance: [[0.25, 0], [0, 4]] }; // prettier-ignore
  const { covariance: S } = extrapolate(mu0, mu1, 2);
  expect(S[0]![0]).toBeCloseTo(0, 12);
  expect(S[0]![1]).toBeCloseTo(0, 12);
  expect(S[1]![1]).toBeCloseTo(9, 10);
});

it('refuses t <= 1, and measures without a density', () => {
  const unit = { mean: [0], covariance: [[1]] };
  expect(() => extrapolate(unit, unit, 1)).toThrow('an extrapolation goes to a finite t above 1, but got 1');
  expect(() => extrapolate(unit, { mean: [0], covariance: [[0]] }, 2)).toThrow('has no density');
});
