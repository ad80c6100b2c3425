import type { Anchor, Calculus, ProxResult } from '@wasserflow/core';
import { allowedFor, atMost, inTurn, same, vanishes, type Findings } from '../check.js';
import { constantField, identity, nearby, randomDirection, randomField, randomSymmetric } from './probes.js';
import type { Law, Subject } from './subject.js';

/** F(rho) = G(rho) + sum_i w_i W2^2(mu_i, rho): the JKO step has one anchor, mu with weight 1 / (2 gamma). */
interface Solved {
  readonly anchors: readonly Anchor<unknown>[];
  readonly result: ProxResult<unknown>;
}

async function objective({ space, functional: G }: Subject, anchors: Solved['anchors'], rho: unknown): Promise<number> {
  let sum = await space.value(G, rho);
  for (const { weight, measure } of anchors) sum += weight * (await space.distance2(measure, rho));
  return sum;
}

const step = (mu: unknown, gamma: number): Anchor<unknown>[] => [{ weight: 1 / (2 * gamma), measure: mu }];

const solve = async ({ space, functional, measure: mu, rng }: Subject, gamma: number): Promise<Solved> => ({
  anchors: step(mu, gamma),
  result: await space.prox(functional, mu, gamma, { rng }),
});

const isOk = ({ status, message }: ProxResult<unknown>, what: string): Findings =>
  status === 'ok' ? [] : [`${what} is ${status}${message === undefined ? '' : `: ${message}`}`];

/** A way from rho, t -> rho_t with rho_0 = rho. */
type Path = (rho: unknown, t: number) => Promise<unknown>;

/** dF/dt = 0 at t = 0, by central differences; each part of F is a scale of its own. */
async function stationaryAlong(subject: Subject, { anchors, result }: Solved, path: Path, what: string) {
  const { space, functional: G, tolerance } = subject;
  const h = Math.cbrt(tolerance) / 10;
  const ends = [await path(result.measure, -h), await path(result.measure, h)] as const;
  const slope = async (f: (rho: unknown) => Promise<number>) => ((await f(ends[1])) - (await f(ends[0]))) / (2 * h);
  const parts = [await slope((rho) => space.value(G, rho))];
  for (const { weight, measure } of anchors) parts.push(weight * (await slope((rho) => space.distance2(measure, rho))));
  const total = parts.reduce((sum, p) => sum + p, 0);
  return same(`the derivative of G + sum_i w_i W2^2 ${what}`, total, 0, 10 * h * Math.max(0.1, ...parts.map(Math.abs)));
}

const dilated =
  ({ space }: Subject): Path =>
  (rho, t) =>
    space.image(rho, identity(space.dimension, 1 + t));

/** rho -> (I + t A)_# rho with symmetric A. */
const strained = ({ space, rng }: Subject): Path => {
  const A = randomSymmetric(rng.fork('A'), space.dimension, 1);
  return (rho, t) =>
    space.image(
      rho,
      identity(space.dimension).map((row, i) => row.map((x, j) => x + t * A[i]![j]!)),
    );
};

/**
 * The virial identity of a proximal point nu of mu, T the Brenier map from nu to mu, X ~ nu:
 *
 * E[X . (X - T(X))] / gamma + E[X . grad (dG/drho)(X)] = 0,
 *
 * which is d/dt F((t x)_# nu) = 0 at t = 1, so that for G = a H + int V + sum b int rho^m / (m - 1) + interactions the
 * second term is E[X . grad V(X)] + E[(X - X') . grad W(X - X')] / 2 - d (a + sum b int rho^m). Here by differences of
 * `value` and `distance2` under `image`, so that any G and any space can be asked.
 */
export const virialFindings = async (subject: Subject, solved: Solved): Promise<Findings> => [
  ...(await stationaryAlong(subject, solved, dilated(subject), 'along dilations')),
  ...(await stationaryAlong(subject, solved, strained(subject), 'along a symmetric linear map')),
];

/** The momentum identity E[grad (dG/drho)(X)] + (E X - E mu) / gamma = 0: dF = 0 along translations. */
export const momentumFindings = async (subject: Subject, solved: Solved): Promise<Findings> => {
  const { space, rng } = subject;
  const b = randomDirection(rng.fork('b'), space.dimension);
  const path: Path = async (rho, t) => space.push(rho, await constantField(subject, rho, b), t);
  return stationaryAlong(subject, solved, path, 'along translations');
};

/** The virial and the momentum identity of one JKO step, for tests over many problems. */
export async function jkoFindings(subject: Subject, gamma: number): Promise<Findings> {
  const solved = await solve(subject, gamma);
  const failure = isOk(solved.result, `the proximal solve of size ${gamma}`);
  if (failure.length > 0) return failure;
  return [...(await virialFindings(subject, solved)), ...(await momentumFindings(subject, solved))];
}

/** F is less at the solution than a little way off it in every direction that is tried. */
async function bestFindings(subject: Subject, { anchors, result }: Solved): Promise<Findings> {
  const { space, tolerance } = subject;
  const best = await objective(subject, anchors, result.measure);
  const room = allowedFor(tolerance, best) / 10;
  return inTurn(['1', '2', '3', '4'], async (name) => {
    const v: unknown = await randomField(subject, result.measure, name);
    return inTurn([-0.1, 0.1], async (t) => {
      const other = await objective(subject, anchors, await space.push(result.measure, v, t));
      return atMost('G + sum_i w_i W2^2 at the solution, compared with a measure near it,', best, other + room);
    });
  });
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

/** Norm of grad G + sum_i 2 w_i (id - T_i) in L2(rho), T_i the Brenier map from rho to mu_i, and its largest part. */
async function residualOf({ space, functional: G }: Subject, { anchors, result: { measure: rho } }: Solved) {
  const terms: { weight: number; of: unknown }[] = [{ weight: 1, of: await space.gradient(G, rho) }];
  for (const { weight, measure } of anchors)
    terms.push({ weight: -2 * weight, of: await space.transport(rho, measure) });
  const length = async (v: unknown): Promise<number> => Math.sqrt(Math.max(0, await space.inner(rho, v, v)));
  const parts = [];
  for (const { weight, of } of terms) parts.push(Math.abs(weight) * (await length(of)));
  return { norm: await length(await space.combine(terms)), scale: Math.max(1, ...parts) };
}

async function firstOrderFindings(subject: Subject, solved: Solved): Promise<Findings> {
  const { norm, scale } = await residualOf(subject, solved);
  return atMost('|grad G + sum_i 2 w_i (id - T_i)|', norm, 10 * Math.sqrt(subject.tolerance) * scale);
}

const eachStep = (check: (subject: Subject, solved: Solved) => Promise<Findings>) => (subject: Subject) =>
  inTurn(subject.steps, async (gamma) => {
    const solved = await solve(subject, gamma);
    return [...isOk(solved.result, `the proximal solve of size ${gamma}`), ...(await check(subject, solved))];
  });

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

const atValue: readonly (keyof Calculus)[] = ['value', 'distance2'];
const atGradient: readonly (keyof Calculus)[] = ['gradient', 'transport', 'inner', 'combine'];

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
    needs: ['prox', 'image', ...atValue],
    check: eachStep(virialFindings),
  },
  {
    id: 'prox-momentum',
    says: 'the momentum identity holds at the proximal point',
    needs: ['prox', ...atValue],
    probes: true,
    check: eachStep(momentumFindings),
  },
  {
    id: 'prox-first-order',
    says: 'grad G + (id - T) / gamma = 0 at the proximal point',
    needs: ['prox', ...atGradient],
    check: eachStep(firstOrderFindings),
  },
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
