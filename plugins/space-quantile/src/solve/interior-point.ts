/** Steps of the interior point method on the cone of nondecreasing nodes. */
import { solveTridiagonal, type Tridiagonal } from '@wasserflow/geometry';
import { derivative, derivatives, type NodeFunction } from '../energy/node-function.js';
import { gapsOf, type Nodes } from '../measure.js';
import { norm } from '../tridiagonal.js';
import { newtonDirection } from './newton-system.js';

/** An interior point: nodes with positive gaps, multipliers of the gaps, and the barrier's weight. */
export interface Iterate {
  readonly x: Nodes;
  readonly multipliers: Nodes;
  readonly barrier: number;
  /** L2 length of the Newton step that led here: how far the minimiser was; infinite after any other step. */
  readonly moved: number;
  readonly stalled: boolean;
}

/** No step takes more than this share of the way to the boundary. */
const TO_BOUNDARY = 0.99;

const dot = (a: Nodes, b: Nodes): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** D^T p: the derivative by the nodes of sum_i p_i h_i. */
export function byNodes(p: Nodes): Nodes {
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
export function advance(f: NodeFunction, metric: Tridiagonal, at: Iterate): Iterate | undefined {
  const { x, multipliers, barrier } = at;
  const gaps = gapsOf(x);
  const { first, second } = derivatives(f, x);
  const pull = byNodes(gaps.map((h) => barrier / h));
  const descent = first.map((v, i) => pull[i]! - v);
  const stiffness = multipliers.map((l, i) => l / gaps[i]!);
  const direction = newtonDirection(second, stiffness, metric, descent);
  if (!direction?.d.every(Number.isFinite)) return undefined;
  const { d, newton } = direction;
  const opened = gapsOf(d);
  const found = lineSearch(f, at, d, -dot(descent, d), stepInside(gaps, opened));
  const moved = newton ? norm(metric, d) : Infinity;
  if (!found) return { ...at, moved, stalled: true };
  const dual = multipliers.map((l, i) => barrier / gaps[i]! - l - stiffness[i]! * opened[i]!);
  const dualStep = barrier > 0 ? stepInside(multipliers, dual) : 0;
  const next = multipliers.map((l, i) => l + dualStep * dual[i]!);
  const complementarity = dot(next, gapsOf(found.next)) / gaps.length;
  const lower = Math.min(found.step, dualStep) > 0.5 ? 0.03 : 0.5;
  return {
    x: found.next,
    multipliers: next,
    barrier: barrier > 0 ? lower * complementarity : 0,
    moved,
    stalled: false,
  };
}

export function begin(f: NodeFunction, metric: Tridiagonal, x: Nodes): Iterate {
  const gaps = gapsOf(x);
  const scale = norm(metric, x) + gaps.reduce((sum, h) => sum + h, 0);
  const barrier = f.repels ? 0 : (1e-2 * dualNorm(metric, derivative(f, x)) * scale) / Math.max(gaps.length, 1);
  return { x, multipliers: gaps.map((h) => barrier / h), barrier, moved: Infinity, stalled: false };
}
