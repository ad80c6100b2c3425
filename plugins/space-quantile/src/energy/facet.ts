import type { QuantileFacet } from '@wasserflow/core';
import { gapsOf, measureOf, metricOf, type Kind, type Nodes } from '../measure.js';
import { multiply } from '../tridiagonal.js';
import type { Hessian, NodeFunction } from './node-function.js';

/** Share of the nearest gap by which a node is moved for a difference quotient. */
const SHIFT = 1e-4;
/** A response smaller than this share of the largest one counts as none. */
const NONE = 1e-6;

type Slope = (x: Nodes) => Nodes;

/** By how much each node is moved: a share of the gaps beside it. */
function shiftsOf(x: Nodes): Nodes {
  const gaps = gapsOf(x);
  return x.map((_, j) => SHIFT * Math.min(gaps[j - 1] ?? Infinity, gaps[j] ?? Infinity));
}

/** Half the change of the derivative when the chosen nodes move by their shifts, there and back. */
function response(slope: Slope, x: Nodes, shifts: Nodes, chosen: (j: number) => boolean): Nodes {
  const moved = (sign: number): Nodes => slope(x.map((v, j) => (chosen(j) ? v + sign * shifts[j]! : v)));
  const behind = moved(-1);
  return moved(1).map((v, i) => (v - behind[i]!) / 2);
}

/** Whether a node only acts on its neighbours, tried at the ends and in the middle. */
function isLocal(slope: Slope, x: Nodes, shifts: Nodes): boolean {
  return [0, x.length >> 1, x.length - 1].every((j) => {
    const change = response(slope, x, shifts, (k) => k === j).map(Math.abs);
    const largest = Math.max(...change);
    return change.every((v, i) => Math.abs(i - j) <= 1 || v <= NONE * largest);
  });
}

/** Every third node is moved at a time: each response then has one cause. */
function addBand(slope: Slope, x: Nodes, shifts: Nodes, { band }: Hessian): void {
  for (const color of [0, 1, 2]) {
    const change = response(slope, x, shifts, (j) => j % 3 === color);
    for (let j = color; j < x.length; j += 3) {
      band.diagonal[j]! += change[j]! / shifts[j]!;
      // The two sides of the diagonal are one number; each gives half of it.
      if (j > 0) band.off[j - 1]! += change[j - 1]! / (2 * shifts[j]!);
      if (j < x.length - 1) band.off[j]! += change[j + 1]! / (2 * shifts[j]!);
    }
  }
}

function addFull(slope: Slope, x: Nodes, shifts: Nodes, { dense }: Hessian): void {
  const n = x.length;
  for (let j = 0; j < n; j++) {
    const change = response(slope, x, shifts, (k) => k === j);
    change.forEach((v, i) => {
      dense![i * n + j]! += v / (2 * shifts[j]!);
      dense![j * n + i]! += v / (2 * shifts[j]!);
    });
  }
}

/** Adds the Hessian by central differences of the derivative, symmetrised. */
function addDifferences(slope: Slope, x: Nodes, to: Hessian): void {
  const shifts = shiftsOf(x);
  if (isLocal(slope, x, shifts)) addBand(slope, x, shifts, to);
  else addFull(slope, x, shifts, to);
}

const addTo = (into: Float64Array, from: Float64Array): void => from.forEach((v, i) => (into[i]! += v));

/**
 * A facet as a function of the nodes. Its derivative is the metric times its Wasserstein gradient; its Hessian is its
 * own `curvature`, or taken by differences of the derivative, which leaves Newton's method its speed up to their error:
 * a dozen derivatives where nodes act on their neighbours only, two for each node otherwise.
 */
export function facetFunction({ value, gradient, curvature }: QuantileFacet, kind: Kind, nodes: number): NodeFunction {
  const metric = metricOf(kind, nodes);
  // The solver asks for derivatives only where `gradient` is known to be there.
  const slope = (x: Nodes): Nodes => multiply(metric, gradient!(measureOf(kind, x)));
  return {
    value: (x) => value(measureOf(kind, x)),
    add(x, { first, second }) {
      addTo(first, slope(x));
      if (!second) return;
      if (curvature) addTo(second.dense!, curvature(measureOf(kind, x)));
      else addDifferences(slope, x, second);
    },
    repels: false,
    dense: true,
  };
}
