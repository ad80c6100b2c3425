import type { QuantileFacet } from '@wasserflow/core';
import { gapsOf, measureOf, metricOf, type Kind, type Nodes } from '../measure.js';
import { multiply } from '../tridiagonal.js';
import type { Hessian, NodeFunction } from './node-function.js';

/** Share of the nearest gap by which a node is moved for a difference quotient. */
const SHIFT = 1e-4;

/** Adds the Hessian by central differences of the derivative, symmetrised. */
function addDifferences(slope: (x: Nodes) => Nodes, x: Nodes, { dense }: Hessian): void {
  const n = x.length;
  const gaps = gapsOf(x);
  const at = (j: number, shift: number): Nodes => slope(x.with(j, x[j]! + shift));
  for (let j = 0; j < n; j++) {
    const step = SHIFT * Math.min(gaps[j - 1] ?? Infinity, gaps[j] ?? Infinity);
    const [ahead, behind] = [at(j, step), at(j, -step)];
    for (let i = 0; i < n; i++) {
      const half = (ahead[i]! - behind[i]!) / (4 * step);
      dense![i * n + j]! += half;
      dense![j * n + i]! += half;
    }
  }
}

/**
 * A facet as a function of the nodes. Its derivative is the metric times its Wasserstein gradient; its Hessian is
 * taken by differences of that, which leaves Newton's method its speed up to their error.
 */
export function facetFunction({ value, gradient }: QuantileFacet, kind: Kind, nodes: number): NodeFunction {
  const metric = metricOf(kind, nodes);
  // The solver asks for derivatives only where `gradient` is known to be there.
  const slope = (x: Nodes): Nodes => multiply(metric, gradient!(measureOf(kind, x)));
  return {
    value: (x) => value(measureOf(kind, x)),
    add(x, { first, second }) {
      slope(x).forEach((v, i) => (first[i]! += v));
      if (second) addDifferences(slope, x, second);
    },
    repels: false,
    dense: true,
  };
}
