import { same, type Findings } from '../check.js';
import { constantField, identity, randomDirection, randomSymmetric } from './probes.js';
import type { Solved } from './solved.js';
import type { Subject } from './subject.js';

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
