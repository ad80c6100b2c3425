/** Affine fields, measures' moments and images, against maps written out by hand. */
import { calculusOf, type AffineField, type GaussianMeasure } from '@wasserflow/core';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { check, field, innerAtMean, measure, moved, square, vector } from './gaussians.js';

const origin: GaussianMeasure = { mean: [0], covariance: [[1]] };
const space = calculusOf(gaussianSpace({ id: 'initial', dimension: 1, gaussian: origin }));
const at = (v: AffineField, x: readonly number[]): number[] =>
  v.linear.map((row, i) => row.reduce((sum, a, j) => sum + a * (x[j]! - v.center[j]!), v.constant[i]!));
const after = (x: readonly number[], v: AffineField, step: number) => at(v, x).map((a, i) => x[i]! + step * a);

function expectNear(actual: readonly number[], expected: readonly number[], digits = 9): void {
  for (const [i, e] of expected.entries()) expect(actual[i]).toBeCloseTo(e, digits);
}

const problems = fc.integer({ min: 1, max: 4 }).chain((d) =>
  fc.record({
    mu: measure(d),
    u: field(d),
    v: field(d),
    x: vector(d),
    A: square(d),
    step: fc.double({ min: -1, max: 1, noNaN: true }),
  }),
);
type Problem = typeof problems extends fc.Arbitrary<infer P> ? P : never;
const forAll = (property: (p: Problem) => Promise<void>) => fc.assert(fc.asyncProperty(problems, property), check);

it('combine adds values, and multiply multiplies them', () =>
  forAll(async ({ u, v, x, A }) => {
    const sum = await space.combine([
      { weight: 2, of: u },
      { weight: -0.3, of: v },
    ]);
    expectNear(at(sum, x), at(u, x).map((a, i) => 2 * a - 0.3 * at(v, x)[i]!)); // prettier-ignore
    const product = A.map((row) => row.reduce((s, a, j) => s + a * at(u, x)[j]!, 0));
    expectNear(at(await space.multiply(A, u), x), product);
  }));

it('inner is the inner product of L2(mu)', () =>
  forAll(async ({ mu, u, v }) => {
    const expected = innerAtMean(mu, u, v);
    expect(Math.abs((await space.inner(mu, u, v)) - expected)).toBeLessThan(
      1e-12 * (1 + innerAtMean(mu, u, u) + innerAtMean(mu, v, v)),
    );
  }));

it('push, pullBack and gradientAt compose with the map', () =>
  forAll(async ({ mu, u, v, x, step }) => {
    const nu = await space.push(mu, v, step);
    const byHand = moved(mu, v, step);
    expectNear(nu.mean, byHand.mean);
    expectNear(nu.covariance.flat(), byHand.covariance.flat());
    expectNear(at(await space.pullBack(mu, v, step, u), x), at(u, after(x, v, step)));
    const G = { id: 'linear', facets: { gaussian: { value: () => 0, gradient: () => u } } };
    expectNear(at(await space.gradientAt(G, mu, v), x), at(u, after(x, v, 1)));
  }));

it('carry undoes pullBack, unless the map is not invertible', () =>
  forAll(async ({ mu, u, v, x, step }) => {
    const carried = await space.carry(mu, v, step / 10, u);
    // v has entries up to 2 and step / 10 is at most a tenth, so that in four dimensions the map may be singular.
    fc.pre(carried.linear.flat().every((a) => Math.abs(a) < 1e3));
    expectNear(at(carried, after(x, v, step / 10)), at(u, x), 7);
  }));

it('carry along a map that flattens is not a number', async () => {
  const flatten: AffineField = { linear: [[-1]], center: [0], constant: [0] };
  const carried = await space.carry(origin, flatten, 1, flatten);
  expect(carried.linear[0]![0]).toBeNaN();
});

it('image maps mean and covariance, and moments returns them', () =>
  forAll(async ({ mu, A }) => {
    const zero = mu.mean.map(() => 0);
    const minusIdentity = A.map((row, i) => row.map((a, j) => a - (i === j ? 1 : 0)));
    const expected = moved(mu, { linear: minusIdentity, center: zero, constant: zero }, 1);
    const { mean, covariance } = await space.moments(await space.image(mu, A));
    expectNear(mean, expected.mean);
    expectNear(covariance.flat(), expected.covariance.flat());
  }));

it('refuses a linear map of another dimension, and an empty combination', async () => {
  await expect(space.image(origin, [[1, 0]])).rejects.toThrow('a linear map of R^1 needs a matrix of 1 by 1');
  await expect(space.combine([])).rejects.toThrow('there is no field to combine');
});
