/** Descent in L2(mu) by slopes alone: values of float32 are too coarse to compare near a minimum. */

type Vector = Float64Array;

export interface DescentProblem {
  readonly start: Vector;
  /** The gradient of the objective in L2(mu), at other positions of the same points. */
  readonly gradient: (x: Vector) => Promise<Vector>;
  readonly inner: (u: Vector, v: Vector) => number;
  /** The size of a first step along minus the gradient. */
  readonly step: number;
  /** Norm of the gradient, over that at the start, at which to stop; rounding may stop it before. */
  readonly tolerance: number;
  readonly maxIterations: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Descent {
  readonly x: Vector;
  /** Norm of the gradient at x. */
  readonly norm: number;
  readonly iterations: number;
}

interface Pair {
  readonly move: Vector;
  readonly change: Vector;
  readonly curvature: number;
}

const MEMORY = 12;
const TRIALS = 20;
/** Share of the slope that may be left after a line search. */
const SLOPE_LEFT = 0.5;
/** Iterations without a new smallest gradient after which rounding is taken to stop the descent. */
const PATIENCE = 8;

const plus = (u: Vector, w: number, v: Vector): Vector => u.map((x, i) => x + w * v[i]!);

/** -H g by the two-loop recursion. */
function direction({ inner, step }: DescentProblem, pairs: readonly Pair[], g: Vector): Vector {
  let q = g;
  const shares = pairs.toReversed().map(({ move, change, curvature }) => {
    const share = inner(move, q) / curvature;
    q = plus(q, -share, change);
    return share;
  });
  const last = pairs.at(-1);
  const scale = last ? last.curvature / inner(last.change, last.change) : step;
  q = q.map((v) => v * scale);
  for (const [i, { move, change, curvature }] of pairs.entries())
    q = plus(q, shares[pairs.length - 1 - i]! - inner(change, q) / curvature, move);
  return q.map((v) => -v);
}

interface Point {
  readonly x: Vector;
  readonly g: Vector;
}

const isFinite = (v: Vector): boolean => v.every(Number.isFinite);

/** A step along p after which at most half of the slope is left; undefined where none is found. */
async function search({ gradient, inner }: DescentProblem, { x, g }: Point, p: Vector): Promise<Point | undefined> {
  const slope = inner(g, p);
  let [low, high, t] = [0, Infinity, 1];
  for (let trial = 0; trial < TRIALS; trial++) {
    const next = plus(x, t, p);
    const at = await gradient(next);
    const here = isFinite(at) ? inner(at, p) : Infinity;
    if (Math.abs(here) <= SLOPE_LEFT * Math.abs(slope)) return { x: next, g: at };
    if (here > 0) high = t;
    else low = t;
    t = high === Infinity ? 2 * t : (low + high) / 2;
  }
  return undefined;
}

/**
 * A zero of the gradient of a smooth objective, by L-BFGS with a line search on slopes; the best point found where
 * rounding, the line search or `maxIterations` end it.
 * @see nocedal2006numerical
 */
export async function descend(problem: DescentProblem): Promise<Descent> {
  const { inner, tolerance, maxIterations, signal } = problem;
  const norm = (g: Vector): number => Math.sqrt(inner(g, g));
  let at: Point = { x: problem.start, g: await problem.gradient(problem.start) };
  const goal = tolerance * norm(at.g);
  let best = { ...at, norm: norm(at.g), iteration: 0 };
  let pairs: Pair[] = [];
  let iterations = 0;
  while (best.norm > goal && iterations < maxIterations && iterations - best.iteration < PATIENCE) {
    signal?.throwIfAborted();
    const p = direction(problem, pairs, at.g);
    const next = await search(problem, at, p);
    if (next === undefined && pairs.length === 0) break;
    iterations++;
    pairs = next ? remembered(pairs, at, next, inner) : [];
    at = next ?? at;
    if (norm(at.g) < best.norm) best = { ...at, norm: norm(at.g), iteration: iterations };
  }
  return { x: best.x, norm: best.norm, iterations };
}

/** The last pairs of moves and changes of the gradient; those without positive curvature teach nothing. */
function remembered(pairs: readonly Pair[], from: Point, to: Point, inner: DescentProblem['inner']): Pair[] {
  const [move, change] = [plus(to.x, -1, from.x), plus(to.g, -1, from.g)];
  const curvature = inner(move, change);
  if (!(curvature > 0)) return [...pairs];
  return [...pairs, { move, change, curvature }].slice(-MEMORY);
}
