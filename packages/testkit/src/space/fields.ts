import { allowedFor, same, vanishes } from '../check.js';
import { gradientFindings } from '../functional/gradient.js';
import { constantField, nearby, randomDirection, randomField, randomMatrix, squaredGap } from './probes.js';
import type { Law, Subject } from './subject.js';

export const length2 = ({ space }: Subject, mu: unknown, u: unknown): Promise<number> => space.inner(mu, u, u);

export const fieldsAt = async (subject: Subject, ...names: readonly string[]): Promise<any[]> => {
  const fields = [];
  for (const name of names) fields.push(await randomField(subject, subject.measure, name));
  return fields;
};

const combineLaw: Law = {
  id: 'combine',
  says: 'combine is linear: <2 u - 3 v, w> = 2 <u, w> - 3 <v, w>',
  needs: ['combine', 'inner'],
  probes: true,
  async check(subject) {
    const { space, measure: mu, tolerance } = subject;
    const [u, v, w] = await fieldsAt(subject, 'u', 'v', 'w');
    const sum: unknown = await space.combine([
      { weight: 2, of: u },
      { weight: -3, of: v },
    ]);
    const expected = 2 * (await space.inner(mu, u, w)) - 3 * (await space.inner(mu, v, w));
    const got = await space.inner(mu, sum, w);
    const none = await length2(subject, mu, await space.combine([{ weight: 0, of: u }]));
    return [...same('<2 u - 3 v, w>', got, expected, allowedFor(tolerance, expected)), ...same('|0 u|^2', none, 0, 0)];
  },
};

const innerLaw: Law = {
  id: 'inner',
  says: 'inner is symmetric, |b|^2 for a constant field b, and W2^2 for the Brenier field',
  needs: ['inner', 'transport', 'distance2'],
  probes: true,
  async check(subject) {
    const { space, measure: mu, tolerance } = subject;
    const [u, v] = await fieldsAt(subject, 'u', 'v');
    const uv = await space.inner(mu, u, v);
    const b = randomDirection(subject.rng.fork('b'), space.dimension);
    const nu: unknown = await nearby(subject, mu, 'nu');
    const [map, d2]: [unknown, number] = [await space.transport(mu, nu), await space.distance2(mu, nu)];
    return [
      ...same('<v, u>', await space.inner(mu, v, u), uv, allowedFor(tolerance, uv)),
      ...same('|b|^2', await length2(subject, mu, await constantField(subject, mu, b)), 1, tolerance),
      ...same('|T - id|^2', await length2(subject, mu, map), d2, allowedFor(tolerance, d2)),
    ];
  },
};

const transposed = (A: readonly (readonly number[])[]): number[][] => A.map((_, i) => A.map((row) => row[i]!));

const multiplyLaw: Law = {
  id: 'multiply',
  says: 'multiply is a matrix at each point: <A u, v> = <u, A^T v>, and A b for a constant field b',
  needs: ['multiply', 'inner', 'combine'],
  probes: true,
  async check(subject) {
    const { space, measure: mu, rng, tolerance } = subject;
    const A = randomMatrix(rng.fork('A'), space.dimension, 1);
    const [u, v] = await fieldsAt(subject, 'u', 'v');
    const expected = await space.inner(mu, u, await space.multiply(transposed(A), v));
    const b = randomDirection(rng.fork('b'), space.dimension);
    const Ab = A.map((row) => row.reduce((sum, a, j) => sum + a * b[j]!, 0));
    const got: unknown = await space.multiply(A, await constantField(subject, mu, b));
    return [
      ...same(
        '<A u, v>',
        await space.inner(mu, await space.multiply(A, u), v),
        expected,
        allowedFor(tolerance, expected),
      ),
      ...vanishes('|A b - Ab|', await squaredGap(subject, mu, got, await constantField(subject, mu, Ab)), tolerance),
    ];
  },
};

const DRAWS = 40;

const noiseLaw: Law = {
  id: 'noise',
  says: 'noise is drawn by its stream alone, with E|z|^2 = variance d',
  needs: ['noise', 'inner', 'combine'],
  async check(subject) {
    const { space, measure: mu, rng } = subject;
    const [variance, d] = [0.01, space.dimension];
    const draw = (k: number): Promise<unknown> => space.noise(mu, variance, rng.fork('noise', k));
    let total = 0;
    for (let k = 0; k < DRAWS; k++) total += await length2(subject, mu, await draw(k));
    // Five standard deviations of a chi-square mean, were there one point only.
    const allowed = 5 * Math.sqrt(2 / (DRAWS * d)) * variance * d;
    return [
      ...same('the mean of |z|^2', total / DRAWS, variance * d, allowed),
      ...same(
        'the gap^2 of two draws from one stream',
        await squaredGap(subject, mu, await draw(0), await draw(0)),
        0,
        0,
      ),
    ];
  },
};

const chainRule: Law = {
  id: 'chain-rule',
  says: 'G changes along a field v at the rate <grad G, v>',
  needs: ['value', 'gradient', 'push', 'inner'],
  probes: true,
  check: gradientFindings,
};

export const fields: readonly Law[] = [combineLaw, innerLaw, multiplyLaw, noiseLaw, chainRule];
