import type { Functional } from '@wasserflow/core';
import { allowedFor, same, vanishes, type Findings } from '../check.js';
import { gradientFindings } from '../functional/gradient.js';
import {
  constantField,
  nearby,
  probeEnergy,
  randomDirection,
  randomField,
  randomMatrix,
  randomSymmetric,
  squaredGap,
} from './probes.js';
import type { Law, Subject } from './subject.js';

const length2 = ({ space }: Subject, mu: unknown, u: unknown): Promise<number> => space.inner(mu, u, u);

const fieldsAt = async (subject: Subject, ...names: readonly string[]): Promise<any[]> => {
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

async function carryFindings(subject: Subject): Promise<Findings> {
  const { space, measure: mu, tolerance } = subject;
  const [v, u] = await fieldsAt(subject, 'v', 'u');
  const nu: unknown = await space.push(mu, v, 0.4);
  const carried: unknown = await space.carry(mu, v, 0.4, u);
  const back: unknown = await space.pullBack(mu, v, 0.4, carried);
  const u2 = await length2(subject, mu, u);
  return [
    ...vanishes(
      '|pullBack(carry(u)) - u|',
      await squaredGap(subject, mu, back, u),
      allowedFor(tolerance, Math.sqrt(u2)),
    ),
    ...same('|carry(u)|^2 where it was carried', await length2(subject, nu, carried), u2, allowedFor(tolerance, u2)),
  ];
}

/** V(x) = x^T P x / 2 + b . x at random, and grad V(x + step u(x)) = grad V(x) + step P u(x) as a field at mu. */
async function displacedGradient(subject: Subject, u: unknown, step: number): Promise<{ V: Functional; field: any }> {
  const { space, measure: mu, rng } = subject;
  const P = randomSymmetric(rng.fork('P'), space.dimension, 1);
  const b = randomDirection(rng.fork('b'), space.dimension);
  const V = probeEnergy({ P, b, a: 0, w: b });
  const field: unknown = await space.combine([
    { weight: 1, of: await space.gradient(V, mu) },
    { weight: step, of: await space.multiply(P, u) },
  ]);
  return { V, field };
}

const pullBackLaw: Law = {
  id: 'pull-back',
  says: 'grad V at x + v(x) is the gradient at the pushed measure, pulled back',
  needs: ['pullBack', 'inner', 'combine', 'multiply'],
  probes: true,
  async check(subject) {
    const { space, measure: mu, tolerance } = subject;
    const [v] = await fieldsAt(subject, 'v');
    const { V, field } = await displacedGradient(subject, v, 0.4);
    const ahead: unknown = await space.gradient(V, await space.push(mu, v, 0.4));
    const got: unknown = await space.pullBack(mu, v, 0.4, ahead);
    const allowed = allowedFor(tolerance, Math.sqrt(await length2(subject, mu, field)));
    return vanishes('its gap in L2(mu)', await squaredGap(subject, mu, got, field), allowed);
  },
};

const gradientAtLaw: Law = {
  id: 'gradient-at',
  says: 'gradientAt is the gradient where nothing is displaced, and grad V(x + u(x)) for a potential energy',
  needs: ['gradientAt', 'gradient', 'inner', 'combine', 'multiply'],
  probes: true,
  async check(subject) {
    const { space, measure: mu, functional: G, tolerance } = subject;
    const [u] = await fieldsAt(subject, 'u');
    const own: unknown = await space.gradient(G, mu);
    const still: unknown = await space.gradientAt(G, mu, await space.combine([{ weight: 0, of: u }]));
    const { V, field } = await displacedGradient(subject, u, 1);
    const moved: unknown = await space.gradientAt(V, mu, u);
    const allowed = async (v: unknown) => allowedFor(tolerance, Math.sqrt(await length2(subject, mu, v)));
    return [
      ...vanishes('|gradientAt(0) - gradient|', await squaredGap(subject, mu, still, own), await allowed(own)),
      ...vanishes('|gradientAt(u) - grad V(x + u)|', await squaredGap(subject, mu, moved, field), await allowed(field)),
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

export const fields: readonly Law[] = [
  combineLaw,
  innerLaw,
  multiplyLaw,
  {
    id: 'carry',
    says: 'carrying a field and pulling it back gives it back, and carrying keeps its length',
    needs: ['carry', 'pullBack', 'inner', 'combine'],
    probes: true,
    check: carryFindings,
  },
  pullBackLaw,
  gradientAtLaw,
  noiseLaw,
  chainRule,
];
