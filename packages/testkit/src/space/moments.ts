import { isDeepStrictEqual } from 'node:util';
import type { Moments } from '@wasserflow/core';
import type { NdArray } from '@wasserflow/tensor';
import { allowedFor, same, vanishes, type Findings } from '../check.js';
import { constantField, identity, nearby, randomMatrix } from './probes.js';
import type { Law } from './subject.js';

type Matrix = readonly (readonly number[])[];

const product = (A: Matrix, B: Matrix): number[][] =>
  A.map((row) => B[0]!.map((_, j) => row.reduce((sum, a, k) => sum + a * B[k]![j]!, 0)));
const transposed = (A: Matrix): number[][] => A.map((_, i) => A.map((row) => row[i]!));

/** Compares entry by entry. */
export function momentFindings(what: string, got: Moments, expected: Moments, tolerance: number): Findings {
  const scale = Math.max(1, ...expected.mean.map(Math.abs), ...expected.covariance.flat().map(Math.abs));
  return [
    ...expected.mean.flatMap((m, i) => same(`${what}: mean ${i}`, got.mean[i] ?? NaN, m, tolerance * scale)),
    ...expected.covariance.flatMap((row, i) =>
      row.flatMap((c, j) =>
        same(`${what}: covariance ${i}, ${j}`, got.covariance[i]?.[j] ?? NaN, c, tolerance * scale),
      ),
    ),
  ];
}

/** I + R with |R| = 0.4: not symmetric, not orthogonal, invertible. */
const someMatrix = (rng: Parameters<typeof randomMatrix>[0], d: number): number[][] => {
  const R = randomMatrix(rng, d, 0.4);
  return identity(d).map((row, i) => row.map((x, j) => x + R[i]![j]!));
};

const translated: Law = {
  id: 'moments-of-translation',
  says: 'a translation moves the mean and keeps the covariance',
  needs: ['moments'],
  probes: true,
  async check(subject) {
    const { space, measure: mu, tolerance } = subject;
    const b = Array.from({ length: space.dimension }, (_, i) => 0.7 - i);
    const { mean, covariance } = await space.moments(mu);
    const moved: unknown = await space.push(mu, await constantField(subject, mu, b), 1);
    const expected = { mean: mean.map((m, i) => m + b[i]!), covariance };
    return momentFindings('after a translation', await space.moments(moved), expected, tolerance);
  },
};

const imaged: Law = {
  id: 'moments-of-image',
  says: 'an image under A has the mean A m and the covariance A S A^T',
  needs: ['moments', 'image'],
  async check({ space, measure: mu, rng, tolerance }) {
    const A = someMatrix(rng.fork('A'), space.dimension);
    const { mean, covariance } = await space.moments(mu);
    const expected = {
      mean: product(
        A,
        mean.map((m) => [m]),
      ).flat(),
      covariance: product(product(A, covariance), transposed(A)),
    };
    return momentFindings('after x -> A x', await space.moments(await space.image(mu, A)), expected, tolerance);
  },
};

const COUNT = 4000;

function momentsOf({ shape: [n = 0, d = 0], data }: NdArray): Moments {
  const mean = Array.from({ length: d }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += data[i * d + j]!;
    return sum / n;
  });
  const entry = (j: number, k: number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (data[i * d + j]! - mean[j]!) * (data[i * d + k]! - mean[k]!);
    return sum / n;
  };
  return { mean, covariance: mean.map((_, j) => mean.map((__, k) => entry(j, k))) };
}

const sampled: Law = {
  id: 'moments-of-samples',
  says: 'samples have the moments of the measure',
  needs: ['moments', 'sample'],
  async check({ space, measure: mu, rng }) {
    const drawn = momentsOf(await space.sample(mu, COUNT, rng.fork('sample')));
    // Five standard deviations of the mean of n squares of normal numbers, sqrt(2 / n), in units of the largest.
    return momentFindings(`${COUNT} samples`, drawn, await space.moments(mu), 5 * Math.sqrt(2 / COUNT));
  },
};

const diffused: Law = {
  id: 'moments-of-noise',
  says: 'diffusion adds its variance to the covariance, where it is the law itself that diffuses',
  needs: ['moments', 'diffuse'],
  async check({ space, measure: mu, rng, tolerance }) {
    const [a, b]: unknown[] = [
      await space.diffuse(mu, 0.3, rng.fork('a')),
      await space.diffuse(mu, 0.3, rng.fork('b')),
    ];
    // Points diffuse at random.
    if (!isDeepStrictEqual(b, a)) return [];
    const { mean, covariance } = await space.moments(mu);
    const wider = covariance.map((row, i) => row.map((c, j) => c + (i === j ? 0.3 : 0)));
    return momentFindings('after diffusion', await space.moments(a), { mean, covariance: wider }, tolerance);
  },
};

const imageLaw: Law = {
  id: 'image',
  says: 'the image of an image is the image under the product; I and (-I)(-I) change nothing',
  needs: ['image', 'distance2'],
  async check({ space, measure: mu, rng, tolerance }) {
    const d = space.dimension;
    const [A, B] = [someMatrix(rng.fork('A'), d), someMatrix(rng.fork('B'), d)];
    const inTwo: unknown = await space.image(await space.image(mu, A), B);
    const inOne: unknown = await space.image(mu, product(B, A));
    const [still, turned]: unknown[] = [await space.image(mu, identity(d)), await space.image(mu, identity(d, -1))];
    const back: unknown = await space.image(turned, identity(d, -1));
    const moved2 = await space.distance2(mu, inOne);
    return [
      ...vanishes('W2 of B(A mu) to (BA) mu', await space.distance2(inTwo, inOne), tolerance),
      ...vanishes('W2 of I mu to mu', await space.distance2(mu, still), tolerance),
      ...vanishes('W2 of -(-mu) to mu', await space.distance2(mu, back), tolerance),
      ...(moved2 > tolerance ? [] : ['an image under A is where it was']),
    ];
  },
};

const scaledDistance: Law = {
  id: 'dilation',
  says: 'W2 between images under t I is t W2',
  needs: ['image', 'distance2'],
  probes: true,
  async check(subject) {
    const { space, measure: mu, tolerance } = subject;
    const nu: unknown = await nearby(subject, mu, 'nu');
    const wide = async (m: unknown): Promise<unknown> => space.image(m, identity(space.dimension, 1.5));
    const expected = 2.25 * (await space.distance2(mu, nu));
    const got = await space.distance2(await wide(mu), await wide(nu));
    return same('W2^2 of the images under 1.5 I', got, expected, allowedFor(tolerance, expected));
  },
};

export const moments: readonly Law[] = [translated, imaged, diffused, sampled, imageLaw, scaledDistance];
