import { inTurn, vanishes, type Findings } from '../check.js';
import { nearby } from './probes.js';
import { atGradient, atValue, bestFindings, firstOrderFindings, isOk, step, type Solved } from './solved.js';
import type { Law, Subject } from './subject.js';

/** Two anchors, with weights of either sign as BDF2 has them. */
async function anchoredSolutions(subject: Subject): Promise<Solved[]> {
  const { space, functional, measure: mu, rng } = subject;
  const other: unknown = await nearby(subject, mu, 'anchor', 0.2);
  const pairs = [
    [0.8, 0.5],
    [2, -0.5],
  ] as const;
  const solutions: Solved[] = [];
  for (const [a, b] of pairs) {
    const anchors = [
      { weight: a, measure: mu },
      { weight: b, measure: other },
    ];
    solutions.push({ anchors, result: await space.anchoredProx(functional, anchors, { rng }) });
  }
  return solutions;
}

const eachAnchored = (check: (subject: Subject, solved: Solved) => Promise<Findings>) => async (subject: Subject) =>
  inTurn(await anchoredSolutions(subject), async (solved) => [
    ...isOk(solved.result, 'the proximal solve from two anchors'),
    ...(await check(subject, solved)),
  ]);

const oneAnchor: Law = {
  id: 'one-anchor',
  says: 'anchoredProx from one anchor is prox',
  needs: ['anchoredProx', 'prox', 'distance2'],
  check: (subject) =>
    inTurn(subject.steps, async (gamma) => {
      const { space, functional: G, measure: mu, rng, tolerance } = subject;
      const { measure } = await space.prox(G, mu, gamma, { rng });
      const anchored = await space.anchoredProx(G, step(mu, gamma), { rng });
      const gap = await space.distance2(measure, anchored.measure);
      return vanishes(`W2 between them for a step of ${gamma}`, gap, tolerance);
    }),
};

export const anchored: readonly Law[] = [
  oneAnchor,
  {
    id: 'anchored-best',
    says: 'the proximal point of two anchors is better than measures near it',
    needs: ['anchoredProx', ...atValue],
    probes: true,
    check: eachAnchored(bestFindings),
  },
  {
    id: 'anchored-first-order',
    says: 'grad G + sum_i 2 w_i (id - T_i) = 0 at the proximal point of two anchors',
    needs: ['anchoredProx', ...atGradient],
    probes: true,
    check: eachAnchored(firstOrderFindings),
  },
];
