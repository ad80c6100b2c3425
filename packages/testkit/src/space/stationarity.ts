import { allowedFor, inTurn, same, type Findings } from '../check.js';
import { constantField, halfSquare, identity, linearField, randomDirection, randomSymmetric } from './probes.js';
import type { Solved } from './solved.js';
import { lack, type Subject } from './subject.js';

/** Whether the space has the fields that identities at a proximal point are written with. */
export const hasFields = ({ space, functional }: Subject): boolean =>
  lack(space, functional, ['gradient', 'transport', 'inner']) === undefined &&
  lack(space, halfSquare(space.dimension), ['gradient']) === undefined;

/** <v, grad G + sum_i 2 w_i (id - T_i)> = 0 at the proximal point: exact but for its solve, with the room of one. */
async function orthogonal(subject: Subject, { anchors, result: { measure: rho } }: Solved, v: unknown, what: string) {
  const { space, functional: G, tolerance } = subject;
  const parts = [await space.inner(rho, v, await space.gradient(G, rho))];
  for (const { weight, measure } of anchors)
    parts.push(-2 * weight * (await space.inner(rho, v, await space.transport(rho, measure))));
  const total = parts.reduce((sum, p) => sum + p, 0);
  return same(`<v, grad G + sum_i 2 w_i (id - T_i)> for ${what}`, total, 0, allowedFor(10 * tolerance, ...parts));
}

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

/** rho -> (I + t A)_# rho with symmetric A. */
const strained =
  ({ space }: Subject, A: readonly (readonly number[])[]): Path =>
  (rho, t) =>
    space.image(
      rho,
      identity(space.dimension).map((row, i) => row.map((x, j) => x + t * A[i]![j]!)),
    );

/**
 * The virial identity of a proximal point nu of mu, T the Brenier map from nu to mu, X ~ nu:
 *
 * E[X . (X - T(X))] / gamma + E[X . grad (dG/drho)(X)] = 0,
 *
 * where for G = a H + int V + sum b int rho^m / (m - 1) + interactions the second term is
 * E[X . grad V(X)] + E[(X - X') . grad W(X - X')] / 2 - d (a + sum b int rho^m); and the same of A X for symmetric A.
 *
 * By the fields of the space to the error of the solve. A space without them is asked for d/dt F((I + t A)_# nu) = 0, by
 * differences of `value` and `distance2` under `image`, which see errors of about a percent.
 */
export async function virialFindings(subject: Subject, solved: Solved): Promise<Findings> {
  const { space, rng } = subject;
  const matrices = [
    ['x', identity(space.dimension)],
    ['A x, A symmetric', randomSymmetric(rng.fork('A'), space.dimension, 1)],
  ] as const;
  return inTurn(matrices, async ([what, A]) =>
    hasFields(subject)
      ? orthogonal(subject, solved, await linearField(subject, solved.result.measure, A), `v(x) = ${what}`)
      : stationaryAlong(subject, solved, strained(subject, A), `along x -> x + t v, v(x) = ${what}`),
  );
}

/** The momentum identity E[grad (dG/drho)(X)] + (E X - E T(X)) / gamma = 0, in the same two ways. */
export async function momentumFindings(subject: Subject, solved: Solved): Promise<Findings> {
  const { space, rng } = subject;
  const b = randomDirection(rng.fork('b'), space.dimension);
  if (hasFields(subject))
    return orthogonal(subject, solved, await constantField(subject, solved.result.measure, b), 'constant v');
  const path: Path = async (rho, t) => space.push(rho, await constantField(subject, rho, b), t);
  return stationaryAlong(subject, solved, path, 'along translations');
}
