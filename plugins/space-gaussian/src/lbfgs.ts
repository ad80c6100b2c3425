/** Limited-memory BFGS on gradients alone. */
import { add, dot } from '@wasserflow/geometry';

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

interface Point {
  readonly x: readonly number[];
  readonly g: readonly number[];
}

interface Update {
  readonly s: readonly number[];
  readonly y: readonly number[];
  readonly sy: number;
}

const MEMORY = 60;
const MOST_TRIALS = 60;
/** Iterations without a new best that are rounding's, once the point is good enough. */
const PATIENCE = 10;

/** -H g by the two loops, H the preconditioner corrected by the updates, the last one first. */
function direction(g: readonly number[], updates: readonly Update[], { precondition }: Slopes): number[] {
  let q = g.map((a) => -a);
  const weights = updates.map(({ s, y, sy }) => {
    const a = dot(s, q) / sy;
    q = add(q, y, -a);
    return a;
  });
  const [last] = updates;
  const scale = last ? last.sy / dot(last.y, precondition(last.y)) : 1;
  let p = precondition(q).map((a) => a * scale);
  for (const [i, { s, y, sy }] of [...updates.entries()].toReversed()) p = add(p, s, weights[i]! - dot(y, p) / sy);
  return p;
}

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
  let updates: Update[] = [];
  let found = { x: start.x, distance: Infinity, at: 0 };
  let iterations = 0;
  for (; iterations < goal.iterations; iterations++) {
    signal?.throwIfAborted();
    const p = direction(at.g, updates, slopes);
    const distance = slopes.length(p);
    if (distance < found.distance) found = { x: at.x, distance, at: iterations };
    const stuck = iterations - found.at > PATIENCE && found.distance <= goal.enough;
    if (found.distance <= goal.best || stuck) break;
    const next = search(at, p, slopes);
    if (next === undefined && updates.length === 0) break;
    updates = next ? remember(updates, at, next) : [];
    at = next ?? at;
  }
  return { x: found.x, distance: found.distance, iterations };
}

function remember(updates: readonly Update[], from: Point, to: Point): Update[] {
  const [s, y] = [add(to.x, from.x, -1), add(to.g, from.g, -1)];
  const sy = dot(s, y);
  return sy > 0 ? [{ s, y, sy }, ...updates].slice(0, MEMORY) : [...updates];
}
