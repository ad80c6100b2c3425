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

/**
 * Second derivatives by the nodes, `[m, m]`, of sum_ij m_i m_j u(x_i, x_j) / 2 and more at single points.
 *
 * @param own - of a point by itself, all else kept: without the mass
 * @param across - of two points, the same one twice included, in any order: without the masses
 */
export function curvatureAtNodes(
  mu: QuantileMeasure,
  points: readonly LinePoint[],
  own: (i: number) => number,
  across: (i: number, j: number) => number,
): Float64Array {
  const m = mu.nodes.data.length;
  const out = new Float64Array(m * m);
  const add = (p: LinePoint, q: LinePoint, v: number): void => {
    const at = p.node * m + q.node;
    out[at]! += (1 - p.share) * (1 - q.share) * v;
    // Atoms lie on their nodes, the last one on the last.
    if (q.share > 0) out[at + 1]! += (1 - p.share) * q.share * v;
    if (p.share > 0) out[at + m]! += p.share * (1 - q.share) * v;
    if (p.share > 0 && q.share > 0) out[at + m + 1]! += p.share * q.share * v;
  };
  for (const [i, p] of points.entries()) {
    add(p, p, p.mass * own(i) + p.mass ** 2 * across(i, i));
    for (let j = 0; j < i; j++) {
      const q = points[j]!;
      const v = p.mass * q.mass * across(i, j);
      add(p, q, v);
      add(q, p, v);
    }
  }
  return out;
}

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
