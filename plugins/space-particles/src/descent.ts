/** Descent in L2(mu) by slopes alone: values of float32 are too coarse to compare near a minimum. */
import { quasiNewton, withSecant, type Secant, type Slope, type Vectors } from '@wasserflow/geometry';

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

const MEMORY = 12;
const TRIALS = 20;
/** Share of the slope that may be left after a line search. */
const SLOPE_LEFT = 0.5;
/** Iterations without a new smallest gradient after which rounding is taken to stop the descent. */
const PATIENCE = 8;

const plus = (u: Vector, w: number, v: Vector): Vector => u.map((x, i) => x + w * v[i]!);

type Point = Slope<Vector>;

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
  const vectors: Vectors<Vector> = { inner, plus, guess: (g, scale) => g.map((v) => v * scale) };
  let secants: Secant<Vector>[] = [];
  let iterations = 0;
  while (best.norm > goal && iterations < maxIterations && iterations - best.iteration < PATIENCE) {
    signal?.throwIfAborted();
    const p = quasiNewton(at.g, secants, vectors, problem.step).map((v) => -v);
    const next = await search(problem, at, p);
    if (next === undefined && secants.length === 0) break;
    iterations++;
    secants = next ? withSecant(secants, at, next, vectors, MEMORY) : [];
    at = next ?? at;
    if (norm(at.g) < best.norm) best = { ...at, norm: norm(at.g), iteration: iterations };
  }
  return { x: best.x, norm: best.norm, iterations };
}
