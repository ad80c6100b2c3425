/** What a quasi-Newton method knows of a Hessian: the limited-memory BFGS update. */

/** Vectors with an inner product, in which gradients are taken. */
export interface Vectors<V> {
  readonly inner: (u: V, v: V) => number;
  /** u + weight * v. */
  readonly plus: (u: V, weight: number, v: V) => V;
  /** scale * P g, P a first guess of the inverse Hessian. */
  readonly guess: (g: V, scale: number) => V;
}

/** A point with the gradient there. */
export interface Slope<V> {
  readonly x: V;
  readonly g: V;
}

/** A move, the change of the gradient along it, and their inner product, which is above zero. */
export interface Secant<V> {
  readonly move: V;
  readonly change: V;
  readonly curvature: number;
}

/**
 * The secants, the last one first, with that between two points; one without positive curvature teaches nothing.
 * @param memory - how many are kept
 */
export function withSecant<V>(
  secants: readonly Secant<V>[],
  from: Slope<V>,
  to: Slope<V>,
  { inner, plus }: Vectors<V>,
  memory: number,
): Secant<V>[] {
  const [move, change] = [plus(to.x, -1, from.x), plus(to.g, -1, from.g)];
  const curvature = inner(move, change);
  return curvature > 0 ? [{ move, change, curvature }, ...secants].slice(0, memory) : [...secants];
}

/**
 * H g by the two-loop recursion of L-BFGS: H is the guess P, scaled to the last secant, and corrected by all of them,
 * the last one first.
 *
 * @param first - the scale of P before there are secants
 * @see nocedal2006numerical
 */
export function quasiNewton<V>(g: V, secants: readonly Secant<V>[], { inner, plus, guess }: Vectors<V>, first = 1): V {
  let q = g;
  const shares = secants.map(({ move, change, curvature }) => {
    const share = inner(move, q) / curvature;
    q = plus(q, -share, change);
    return share;
  });
  const [last] = secants;
  let p = guess(q, last ? last.curvature / inner(last.change, guess(last.change, 1)) : first);
  for (const [i, { move, change, curvature }] of [...secants.entries()].toReversed())
    p = plus(p, shares[i]! - inner(change, p) / curvature, move);
  return p;
}
