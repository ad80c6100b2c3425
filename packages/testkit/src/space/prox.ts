import type { SpaceOperation } from '@wasserflow/core';
import { allowedFor, inTurn, same, type Findings } from '../check.js';
import { atGradient, atValue, bestFindings, firstOrderFindings, isOk, objective, step, type Solved } from './solved.js';
import { hasFields, momentumFindings, virialFindings } from './stationarity.js';
import { lack, type Law, type Subject } from './subject.js';

const solve = async ({ space, functional, measure: mu, rng }: Subject, gamma: number): Promise<Solved> => ({
  anchors: step(mu, gamma),
  result: await space.prox(functional, mu, gamma, { rng }),
});

/** The virial and the momentum identity of one JKO step, for tests over many problems. */
export async function jkoFindings(subject: Subject, gamma: number): Promise<Findings> {
  const solved = await solve(subject, gamma);
  const failure = isOk(solved.result, `the proximal solve of size ${gamma}`);
  if (failure.length > 0) return failure;
  return [...(await virialFindings(subject, solved)), ...(await momentumFindings(subject, solved))];
}

async function toldFindings(subject: Subject, { anchors, result }: Solved): Promise<Findings> {
  const { space, measure: mu, tolerance } = subject;
  const best = await objective(subject, anchors, result.measure);
  const moved2 = await space.distance2(mu, result.measure);
  return [
    ...(result.objective === undefined
      ? []
      : same('the `objective` that it tells', result.objective, best, allowedFor(tolerance, best))),
    ...(result.moved2 === undefined
      ? []
      : same('the `moved2` that it tells', result.moved2, moved2, allowedFor(tolerance, moved2))),
  ];
}

const eachStep = (check: (subject: Subject, solved: Solved) => Promise<Findings>) => (subject: Subject) =>
  inTurn(subject.steps, async (gamma) => {
    const solved = await solve(subject, gamma);
    return [...isOk(solved.result, `the proximal solve of size ${gamma}`), ...(await check(subject, solved))];
  });

/** Where there are no fields to write an identity with, it takes these operations. */
const silentBy = (subject: Subject, operations: readonly SpaceOperation[]): string | undefined =>
  hasFields(subject) ? undefined : lack(subject.space, subject.functional, operations);

export const proximal: readonly Law[] = [
  {
    id: 'prox-best',
    says: 'the proximal point is better than measures near it',
    needs: ['prox', ...atValue],
    probes: true,
    check: eachStep(bestFindings),
  },
  {
    id: 'prox-told',
    says: 'what a proximal solve tells of its objective and its way is so',
    needs: ['prox', ...atValue],
    check: eachStep(toldFindings),
  },
  {
    id: 'prox-virial',
    says: 'the virial identity holds at the proximal point',
    needs: ['prox'],
    silent: (subject) => silentBy(subject, ['image', ...atValue]),
    check: eachStep(virialFindings),
  },
  {
    id: 'prox-momentum',
    says: 'the momentum identity holds at the proximal point',
    needs: ['prox'],
    probes: true,
    silent: (subject) => silentBy(subject, atValue),
    check: eachStep(momentumFindings),
  },
  {
    id: 'prox-first-order',
    says: 'grad G + (id - T) / gamma = 0 at the proximal point',
    needs: ['prox', ...atGradient],
    check: eachStep(firstOrderFindings),
  },
];
