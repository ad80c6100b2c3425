/** Double sums over a law on the line: its atoms, or Gauss points of its cells. */
import type { QuantileMeasure } from '@wasserflow/core';
import { GAUSS_LEGENDRE, gradientFromNodes, isLinear } from './line.js';

/** A point (1 - share) x_node + share x_{node + 1} of a law on the line, with its mass. */
export interface LinePoint {
  readonly node: number;
  readonly share: number;
  readonly mass: number;
}

/** The atoms, or Gauss points of the cells. */
export function pointsOf({ kind, nodes }: QuantileMeasure): readonly LinePoint[] {
  const parts = kind === 'linear' ? nodes.data.length - 1 : nodes.data.length;
  const cells = Array.from({ length: parts }, (_, node) => node);
  if (kind === 'atoms') return cells.map((node) => ({ node, share: 0, mass: 1 / parts }));
  return cells.flatMap((node) =>
    GAUSS_LEGENDRE.map(([at, weight]) => ({ node, share: (1 + at) / 2, mass: weight / parts })),
  );
}

/** Where a point is, by the nodes. */
export const placeOf = (nodes: ArrayLike<number>, { node, share }: LinePoint): number =>
  share === 0 ? nodes[node]! : nodes[node]! + share * (nodes[node + 1]! - nodes[node]!);

/** The gradient in the metric of W2 from the derivatives at the points, by its pairing with the basis of the kind. */
export function atNodes(mu: QuantileMeasure, points: readonly LinePoint[], pulls: Float64Array): Float64Array {
  if (!isLinear(mu)) return pulls;
  const derivatives = new Float64Array(mu.nodes.data.length);
  for (const [i, { node, share, mass }] of points.entries()) {
    derivatives[node]! += mass * (1 - share) * pulls[i]!;
    derivatives[node + 1]! += mass * share * pulls[i]!;
  }
  return gradientFromNodes(derivatives);
}
