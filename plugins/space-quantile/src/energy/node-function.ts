/** Functions of the nodes of a law, with derivatives: what the solver minimises. */
import type { Tridiagonal } from '@wasserflow/geometry';
import type { Nodes } from '../measure.js';
import { multiply, zeroTridiagonal } from '../tridiagonal.js';

/** Second derivatives by the nodes: a band, and a full matrix `[N, N]` where points interact at a distance. */
export interface Hessian {
  readonly band: Tridiagonal;
  readonly dense?: Float64Array;
}

/** What a function adds its derivatives to; the Hessian only where it is wanted. */
export interface Derivatives {
  readonly first: Nodes;
  readonly second?: Hessian;
}

export interface NodeFunction {
  readonly value: (x: Nodes) => number;
  readonly add: (x: Nodes, to: Derivatives) => void;
  /** Its slope grows without bound as a gap closes, so that minimisers lie inside the cone. */
  readonly repels: boolean;
  /** It couples nodes that are not neighbours. */
  readonly dense: boolean;
}

export const sumOf = (parts: readonly NodeFunction[]): NodeFunction => ({
  value: (x) => parts.reduce((sum, { value }) => sum + value(x), 0),
  add: (x, to) => parts.forEach(({ add }) => add(x, to)),
  repels: parts.some(({ repels }) => repels),
  dense: parts.some(({ dense }) => dense),
});

/** weight * f. */
export function scale(weight: number, f: NodeFunction): NodeFunction {
  if (weight === 1) return f;
  const addTo = (into: Float64Array, from: Float64Array): void => from.forEach((v, i) => (into[i]! += weight * v));
  return {
    value: (x) => weight * f.value(x),
    add(x, { first, second }) {
      if (!second) return addTo(first, derivative(f, x));
      const own = derivatives(f, x);
      addTo(first, own.first);
      addTo(second.band.diagonal, own.second.band.diagonal);
      addTo(second.band.off, own.second.band.off);
      if (own.second.dense) addTo(second.dense!, own.second.dense);
    },
    repels: weight > 0 && f.repels,
    dense: f.dense,
  };
}

/** The derivative of f by the nodes. */
export function derivative(f: NodeFunction, x: Nodes): Nodes {
  const first = new Float64Array(x.length);
  f.add(x, { first });
  return first;
}

/** First and second derivatives of f by the nodes. */
export function derivatives(f: NodeFunction, x: Nodes): { first: Nodes; second: Hessian } {
  const n = x.length;
  const second = { band: zeroTridiagonal(n), ...(f.dense && { dense: new Float64Array(n * n) }) };
  const first = new Float64Array(n);
  f.add(x, { first, second });
  return { first, second };
}

/** stiffness / 2 * |x - center|^2 in the given metric. */
export function tether(metric: Tridiagonal, center: Nodes, stiffness: number): NodeFunction {
  const offset = (x: Nodes): Nodes => x.map((v, i) => v - center[i]!);
  return {
    value: (x) =>
      (stiffness / 2) * multiply(metric, offset(x)).reduce((sum, v, i) => sum + v * (x[i]! - center[i]!), 0),
    add(x, { first, second }) {
      multiply(metric, offset(x)).forEach((v, i) => (first[i]! += stiffness * v));
      metric.diagonal.forEach((v, i) => second && (second.band.diagonal[i]! += stiffness * v));
      metric.off.forEach((v, i) => second && (second.band.off[i]! += stiffness * v));
    },
    repels: false,
    dense: false,
  };
}
