/** Minimisation over the cone of nondecreasing nodes. */
import type { SolveContext, Status } from '@wasserflow/core';
import type { Tridiagonal } from '@wasserflow/geometry';
import { derivative, type NodeFunction } from '../energy/node-function.js';
import { gapsOf, spreadOf, type Nodes } from '../measure.js';
import { norm } from '../tridiagonal.js';
import { advance, begin, byNodes, dualNorm, type Iterate } from './interior-point.js';

export interface Minimum {
  readonly x: Nodes;
  readonly status: Status;
  readonly message?: string;
  /** |grad - multipliers| in L2(0, 1): the norm of the first-order condition. */
  readonly residual: number;
  readonly iterations: number;
}

/** Who may end a solve, and who is told of it. */
export type Watch = Pick<SolveContext, 'signal' | 'progress'>;

const ITERATIONS = 200;
/** Relative length of a last Newton step: those that follow are shorter than rounding. */
const STEP = 1e-9;
/** Relative to its start; below, the springs of closed gaps drown the rest in rounding. */
const BARRIER = 1e-12;
/** Nodes closer than this, relative to where they lie, are not told apart by differences. */
const RESOLUTION = 1e-13;

/** Where the search begins: gaps no smaller than a share of the length that counts. */
export function interiorOf(x: Nodes, length: number): Nodes {
  const least = (1e-3 * length) / x.length;
  const out = Float64Array.from(x);
  for (let i = 1; i < out.length; i++) out[i] = Math.max(out[i]!, out[i - 1]! + least);
  return out;
}

/** |grad f - multipliers| in L2(0, 1). */
function residualOf(f: NodeFunction, metric: Tridiagonal, { x, multipliers }: Iterate): number {
  const pull = byNodes(multipliers);
  return dualNorm(
    metric,
    derivative(f, x).map((v, i) => v - pull[i]!),
  );
}

/** Whether the last step was too short to matter: beside the law's width where gaps stay open. */
function isShort(f: NodeFunction, metric: Tridiagonal, { x, moved }: Iterate): boolean {
  const size = norm(metric, x);
  return moved <= (f.repels ? STEP * spreadOf(metric, x) + 1e-14 * size : STEP * size);
}

/** Gaps that should have stayed open, and fell below what float64 resolves: the law runs into a point. */
const hasCollapsed = (f: NodeFunction, metric: Tridiagonal, { x }: Iterate): boolean =>
  f.repels && Math.min(...gapsOf(x)) < RESOLUTION * norm(metric, x);

/**
 * argmin of f over nondecreasing nodes, from nodes with positive gaps: damped Newton where f itself keeps gaps
 * open, and otherwise the primal-dual interior point method, whose gaps close up to rounding. Hessians that are
 * not positive definite are shifted by a multiple of the metric, so that each step goes downhill; where f is not
 * convex the result is a local minimiser.
 *
 * @param watch - looked at before each step; its `loss` is f
 * @returns status `not-converged` with its residual when the steps do not end within 200 or the law runs into a
 *   point, `non-finite` when numbers overflow
 * @see nocedal2006numerical
 */
export function minimise(f: NodeFunction, metric: Tridiagonal, start: Nodes, watch: Watch = {}): Minimum {
  let at = begin(f, metric, start);
  const least = BARRIER * at.barrier;
  const end = (status: Status, iterations: number, message?: string): Minimum => {
    const residual = residualOf(f, metric, at);
    return { x: at.x, status, residual, iterations, ...(message !== undefined && { message }) };
  };
  for (let iterations = 0; iterations < ITERATIONS; iterations++) {
    watch.signal?.throwIfAborted();
    watch.progress?.({ iteration: iterations, iterations: ITERATIONS, loss: f.value(at.x) });
    if (hasCollapsed(f, metric, at))
      return end('not-converged', iterations, 'nodes fell together; no minimiser seems to exist');
    if (at.barrier <= least && isShort(f, metric, at)) return end('ok', iterations);
    if (at.stalled) return end('not-converged', iterations, 'no shorter step lowers the objective any further');
    const next = advance(f, metric, at);
    if (!next) return end('non-finite', iterations, 'its derivatives are not finite');
    at = next;
  }
  return end('not-converged', ITERATIONS, `the steps had not ended after ${ITERATIONS} iterations`);
}
