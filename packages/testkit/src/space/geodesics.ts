import { allowedFor, inTurn, same, vanishes } from '../check.js';
import { constantField, nearby } from './probes.js';
import type { Law, Subject } from './subject.js';

const distanceLaw: Law = {
  id: 'distance',
  says: 'W2 is zero to itself, symmetric, and satisfies the triangle inequality',
  needs: ['distance2'],
  probes: true,
  async check(subject) {
    const { space, measure: mu, tolerance } = subject;
    const [nu, rho]: unknown[] = [await nearby(subject, mu, 'nu'), await nearby(subject, mu, 'rho')];
    const [there, back] = [await space.distance2(mu, nu), await space.distance2(nu, mu)];
    const detour = Math.sqrt(await space.distance2(mu, rho)) + Math.sqrt(await space.distance2(rho, nu));
    return [
      ...vanishes('W2(mu, mu)', await space.distance2(mu, mu), tolerance),
      ...same('W2^2(nu, mu)', back, there, allowedFor(tolerance, there)),
      ...(Math.sqrt(there) <= detour + tolerance ? [] : ['W2 violates the triangle inequality']),
    ];
  },
};

const translationLaw: Law = {
  id: 'translation',
  says: 'W2 to the translation by b is |b|',
  needs: ['distance2'],
  probes: true,
  async check(subject) {
    const { space, measure: mu, tolerance } = subject;
    const b = Array.from({ length: space.dimension }, (_, i) => (i % 2 === 0 ? 0.6 : -0.8));
    const moved: unknown = await space.push(mu, await constantField(subject, mu, b), 1);
    const b2 = b.reduce((sum, x) => sum + x * x, 0);
    return same('W2^2 to a translation', await space.distance2(mu, moved), b2, allowedFor(tolerance, b2));
  },
};

async function geodesicFindings(subject: Subject): Promise<readonly string[]> {
  const { space, measure: mu, tolerance } = subject;
  const nu: unknown = await nearby(subject, mu, 'nu');
  const [map, d2]: [unknown, number] = [await space.transport(mu, nu), await space.distance2(mu, nu)];
  const end: unknown = await space.push(mu, map, 1);
  const along = await inTurn([0.25, 0.5], async (t) => {
    const point: unknown = await space.push(mu, map, t);
    return same(
      `W2^2 from mu to the geodesic at ${t}`,
      await space.distance2(mu, point),
      t * t * d2,
      allowedFor(tolerance, d2),
    );
  });
  return [...along, ...vanishes('W2 from the end of the geodesic to nu', await space.distance2(end, nu), tolerance)];
}

const extrapolationLaw: Law = {
  id: 'extrapolate',
  says: 'extrapolation prolongs a geodesic where it can be prolonged',
  needs: ['extrapolate', 'transport', 'distance2'],
  probes: true,
  async check(subject) {
    const { space, measure: mu, tolerance } = subject;
    const nu: unknown = await nearby(subject, mu, 'nu');
    const map: unknown = await space.transport(mu, nu);
    return inTurn([0.5, 0.75], async (s) => {
      const inside: unknown = await space.push(mu, map, s);
      const beyond: unknown = await space.extrapolate(mu, inside, 1 / s);
      return vanishes(
        `W2 from nu to the geodesic from 0 to ${s} prolonged to 1`,
        await space.distance2(beyond, nu),
        tolerance,
      );
    });
  },
};

export const geodesics: readonly Law[] = [
  distanceLaw,
  translationLaw,
  {
    id: 'geodesic',
    says: 'transport leads to its end along a geodesic of constant speed',
    needs: ['transport', 'push', 'distance2'],
    probes: true,
    check: geodesicFindings,
  },
  extrapolationLaw,
];
