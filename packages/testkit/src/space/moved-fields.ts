/** Fields at one measure, seen at another. */
import type { Functional } from '@wasserflow/core';
import { allowedFor, same, vanishes, type Findings } from '../check.js';
import { probeEnergy, randomDirection, randomSymmetric, squaredGap } from './probes.js';
import { fieldsAt, length2 } from './fields.js';
import type { Law, Subject } from './subject.js';

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

export const movedFields: readonly Law[] = [
  {
    id: 'carry',
    says: 'carrying a field and pulling it back gives it back, and carrying keeps its length',
    needs: ['carry', 'pullBack', 'inner', 'combine'],
    probes: true,
    check: carryFindings,
  },
  pullBackLaw,
  gradientAtLaw,
];
