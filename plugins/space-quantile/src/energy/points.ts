/** The points at which an integral over a law is taken, as linear functions of its nodes. */
import { partsOf, type Kind, type Nodes } from '../measure.js';
import { gaussLegendre, type Rule } from '../quadrature.js';

/** The point (1 - share) x_node + share x_{node + 1}, with its mass. */
export interface Point {
  readonly node: number;
  readonly share: number;
  readonly mass: number;
}

const inCell = (cell: number, n: number, { points, weights }: Rule): Point[] =>
  points.map((share, k) => ({ node: cell, share, mass: weights[k]! / n }));

/**
 * The atoms themselves, or `perCell` Gauss points in each cell: exact for polynomials up to degree
 * 2 perCell - 1.
 */
export function pointsOf(kind: Kind, nodes: number, perCell: number): readonly Point[] {
  const n = partsOf(kind, nodes);
  const parts = Array.from({ length: n }, (_, i) => i);
  if (kind === 'atoms') return parts.map((node) => ({ node, share: 0, mass: 1 / n }));
  const rule = gaussLegendre(perCell);
  return parts.flatMap((cell) => inCell(cell, n, rule));
}

export const place = (x: Nodes, { node, share }: Point): number =>
  share === 0 ? x[node]! : x[node]! + share * (x[node + 1]! - x[node]!);
