import type { Anchor, Calculus, ProxResult } from '@wasserflow/core';
import { allowedFor, atMost, inTurn, type Findings } from '../check.js';
import { randomField } from './probes.js';
import type { Subject } from './subject.js';

/** F(rho) = G(rho) + sum_i w_i W2^2(mu_i, rho): the JKO step has one anchor, mu with weight 1 / (2 gamma). */
export interface Solved {
  readonly anchors: readonly Anchor<unknown>[];
  readonly result: ProxResult<unknown>;
}

export async function objective(
  { space, functional: G }: Subject,
  anchors: Solved['anchors'],
  rho: unknown,
): Promise<number> {
  let sum = await space.value(G, rho);
  for (const { weight, measure } of anchors) sum += weight * (await space.distance2(measure, rho));
  return sum;
}

/** The anchor of a JKO step. */
export const step = (mu: unknown, gamma: number): Anchor<unknown>[] => [{ weight: 1 / (2 * gamma), measure: mu }];

export const isOk = ({ status, message }: ProxResult<unknown>, what: string): Findings =>
  status === 'ok' ? [] : [`${what} is ${status}${message === undefined ? '' : `: ${message}`}`];

/** F is less at the solution than a little way off it in every direction that is tried. */
export async function bestFindings(subject: Subject, { anchors, result }: Solved): Promise<Findings> {
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

/** The first-order condition of that: no residual. */
export async function firstOrderFindings(subject: Subject, solved: Solved): Promise<Findings> {
  const { norm, scale } = await residualOf(subject, solved);
  return atMost('|grad G + sum_i 2 w_i (id - T_i)|', norm, 10 * subject.tolerance * scale);
}

/** What the checks take of a space. */
export const atValue: readonly (keyof Calculus)[] = ['value', 'distance2'];
export const atGradient: readonly (keyof Calculus)[] = ['gradient', 'transport', 'inner', 'combine'];
