/** Minimisation over the cone of nondecreasing nodes. */
import type { Status } from '@wasserflow/core';
import { derivative, derivatives, type NodeFunction } from '../energy/node-function.js';
import { gapsOf, type Nodes } from '../measure.js';
import { norm, solveTridiagonal, type Tridiagonal } from '../tridiagonal.js';
import { newtonDirection } from './newton-system.js';

export interface Minimum {
  readonly x: Nodes;
  readonly status: Status;
  readonly message?: string;
  /** |grad - multipliers| in L2(0, 1): the norm of the first-order condition. */
  readonly residual: number;
  readonly iterations: number;
}

/** An interior point: nodes with positive gaps, multipliers of the gaps, and the barrier's weight. */
interface Iterate {
  readonly x: Nodes;
  readonly multipliers: Nodes;
  readonly barrier: number;
  /** L2 length of the step that led here. */
  readonly moved: number;
  readonly stalled: boolean;
}

const ITERATIONS = 200;
/** Relative length of a last Newton step: those that follow are shorter than rounding. */
const STEP = 1e-9;
/** Relative to its start; below, the springs of closed gaps drown the rest in rounding. */
const BARRIER = 1e-12;
/** No step takes more than this share of the way to the boundary. */
const TO_BOUNDARY = 0.99;

const dot = (a: Nodes, b: Nodes): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** D^T p: the derivative by the nodes of sum_i p_i h_i. */
function byNodes(p: Nodes): Nodes {
  const out = new Float64Array(p.length + 1);
  p.forEach((v, i) => {
    out[i]! -= v;
    out[i + 1]! += v;
  });
  return out;
}

/** |e| in the dual norm: the L2 norm of the Wasserstein gradient whose derivative by the nodes is e. */
export const dualNorm = (metric: Tridiagonal, e: Nodes): number =>
  Math.sqrt(Math.max(dot(e, solveTridiagonal(metric, e)!), 0));

/** The largest step in [0, 1] that keeps a + step da positive, with a margin. */
function stepInside(a: Nodes, da: Nodes): number {
  const fastest = da.reduce((worst, v, i) => Math.max(worst, -v / a[i]!), 0);
  return Math.min(1, TO_BOUNDARY / fastest);
}

/** The largest of step, step/2, ... that lowers f - barrier sum log h as Armijo wants; undefined where none does. */
function lineSearch(f: NodeFunction, { x, barrier }: Iterate, d: Nodes, slope: number, first: number) {
  const merit = (at: Nodes): number =>
    f.value(at) - (barrier > 0 ? barrier * gapsOf(at).reduce((sum, h) => sum + Math.log(h), 0) : 0);
  const here = merit(x);
  const rounding = 1e-13 * Math.max(Math.abs(here), Math.abs(slope));
  for (let k = 0, step = first; k < 40; k++, step /= 2) {
    const next = x.map((v, i) => v + step * d[i]!);
    if (gapsOf(next).every((h) => h > 0) && merit(next) <= here + 1e-4 * step * slope + rounding) return { next, step };
  }
  return undefined;
}

/** One step of the primal-dual interior point method; without a barrier, one of damped Newton. */
function advance(f: NodeFunction, metric: Tridiagonal, at: Iterate): Iterate | undefined {
  const { x, multipliers, barrier } = at;
  const gaps = gapsOf(x);
  const { first, second } = derivatives(f, x);
  const pull = byNodes(gaps.map((h) => barrier / h));
  const descent = first.map((v, i) => pull[i]! - v);
  const stiffness = multipliers.map((l, i) => l / gaps[i]!);
  const d = newtonDirection(second, stiffness, metric, descent);
  if (!d?.every(Number.isFinite)) return undefined;
  const opened = gapsOf(d);
  const found = lineSearch(f, at, d, -dot(descent, d), stepInside(gaps, opened));
  const moved = norm(metric, d);
  if (!found) return { ...at, moved, stalled: true };
  const dual = multipliers.map((l, i) => barrier / gaps[i]! - l - stiffness[i]! * opened[i]!);
  const dualStep = barrier > 0 ? stepInside(multipliers, dual) : 0;
  const next = multipliers.map((l, i) => l + dualStep * dual[i]!);
  const complementarity = dot(next, gapsOf(found.next)) / gaps.length;
  const lower = Math.min(found.step, dualStep) > 0.5 ? 0.1 : 0.5;
  return {
    x: found.next,
    multipliers: next,
    barrier: barrier > 0 ? lower * complementarity : 0,
    moved,
    stalled: false,
  };
}

/** Where the search begins: gaps no smaller than a share of the length that counts. */
export function interiorOf(x: Nodes, length: number): Nodes {
  const least = (1e-3 * length) / x.length;
  const out = Float64Array.from(x);
  for (let i = 1; i < out.length; i++) out[i] = Math.max(out[i]!, out[i - 1]! + least);
  return out;
}

function begin(f: NodeFunction, metric: Tridiagonal, x: Nodes): Iterate {
  const gaps = gapsOf(x);
  const scale = norm(metric, x) + gaps.reduce((sum, h) => sum + h, 0);
  const barrier = f.repels ? 0 : (1e-2 * dualNorm(metric, derivative(f, x)) * scale) / Math.max(gaps.length, 1);
  return { x, multipliers: gaps.map((h) => barrier / h), barrier, moved: Infinity, stalled: false };
}

const failed = (x: Nodes, status: Status, message: string, residual: number, iterations: number): Minimum => ({
  x,
  status,
  message,
  residual,
  iterations,
});

/**
 * argmin of f over nondecreasing nodes, from nodes with positive gaps: damped Newton where f itself keeps gaps
 * open, and otherwise the primal-dual interior point method, whose gaps close up to rounding. Hessians that are
 * not positive definite are shifted by a multiple of the metric, so that each step goes downhill; where f is not
 * convex the result is a local minimiser.
 *
 * @returns status `not-converged` with its residual when the steps do not end within 200 or f has no minimiser,
 *   `non-finite` when numbers overflow
 * @see nocedal2006numerical
 */
export function minimise(f: NodeFunction, metric: Tridiagonal, start: Nodes): Minimum {
  let at: Iterate | undefined = begin(f, metric, start);
  const least = BARRIER * at.barrier;
  const residualOf = ({ x, multipliers }: Iterate): number => {
    const pull = byNodes(multipliers);
    return dualNorm(
      metric,
      derivative(f, x).map((v, i) => v - pull[i]!),
    );
  };
  for (let iterations = 0; iterations <= ITERATIONS; iterations++) {
    const scale = norm(metric, at.x);
    const settled = at.barrier <= least && at.moved <= STEP * scale;
    if (settled) return { x: at.x, status: 'ok', residual: residualOf(at), iterations };
    if (at.stalled || iterations === ITERATIONS) break;
    const next = advance(f, metric, at);
    if (!next) return failed(at.x, 'non-finite', 'its derivatives are not finite', NaN, iterations);
    at = next;
  }
  const residual = residualOf(at);
  return failed(at.x, 'not-converged', `its first-order condition is only met to ${residual}`, residual, ITERATIONS);
}
