/** Limited-memory BFGS on gradients alone. */
import { add, dot, quasiNewton, withSecant, type Secant, type Slope, type Vectors } from '@wasserflow/geometry';

type Vector = readonly number[];

export interface Slopes {
  /** The gradient at x; undefined where the function has none. */
  readonly gradient: (x: readonly number[]) => readonly number[] | undefined;
  /** A first guess of Hess^-1 g. */
  readonly precondition: (g: readonly number[]) => number[];
  /** The length of a step. */
  readonly length: (step: readonly number[]) => number;
}

/** How far from the minimum, by the Newton step that is left, is what is tried for, and what is good enough. */
export interface Goal {
  readonly best: number;
  readonly enough: number;
  readonly iterations: number;
}

type Point = Slope<Vector>;

const MEMORY = 60;
const MOST_TRIALS = 60;
/** Iterations without a new best that are rounding's, once the point is good enough. */
const PATIENCE = 10;

const vectorsOf = ({ precondition }: Slopes): Vectors<Vector> => ({
  inner: dot,
  plus: (u, weight, v) => add(u, v, weight),
  guess: (g, scale) => precondition(g).map((a) => a * scale),
});

/**
 * A point along p where the slope is at most half of what it was, up or down; short of the edge of the domain where
 * that comes first. The function's values are not looked at: close to a minimum they drown in rounding, and in
 * quadrature error, where slopes do not.
 */
function search({ x, g }: Point, p: readonly number[], { gradient }: Slopes): Point | undefined {
  const slope0 = dot(g, p);
  if (!(slope0 < 0)) return undefined;
  let [low, high, t] = [0, Infinity, 1];
  let downhill: Point | undefined;
  for (let i = 0; i < MOST_TRIALS; i++) {
    const next = add(x, p, t);
    const there = gradient(next);
    const slope = there ? dot(there, p) : Infinity;
    if (there && Math.abs(slope) <= -slope0 / 2) return { x: next, g: there };
    if (!there && downhill) return downhill;
    if (there && slope < 0) [low, downhill] = [t, { x: next, g: there }];
    else high = t;
    t = high < Infinity ? (low + high) / 2 : 2 * t;
  }
  return downhill;
}

export interface Minimum {
  readonly x: readonly number[];
  /** The length of the Newton step that is left, by the Hessian that the iteration has learned. */
  readonly distance: number;
  readonly iterations: number;
}

/**
 * Goes down from `start` until the goal, or until rounding hides the way.
 * @see nocedal2006numerical
 */
export function minimise(slopes: Slopes, start: Point, goal: Goal, signal?: AbortSignal): Minimum {
  let at = start;
  const vectors = vectorsOf(slopes);
  let secants: Secant<Vector>[] = [];
  let found = { x: start.x, distance: Infinity, at: 0 };
  let iterations = 0;
  for (; iterations < goal.iterations; iterations++) {
    signal?.throwIfAborted();
    const p = quasiNewton(at.g, secants, vectors).map((a) => -a);
    const distance = slopes.length(p);
    if (distance < found.distance) found = { x: at.x, distance, at: iterations };
    const stuck = iterations - found.at > PATIENCE && found.distance <= goal.enough;
    if (found.distance <= goal.best || stuck) break;
    const next = search(at, p, slopes);
    if (next === undefined && secants.length === 0) break;
    secants = next ? withSecant(secants, at, next, vectors, MEMORY) : [];
    at = next ?? at;
  }
  return { x: found.x, distance: found.distance, iterations };
}
