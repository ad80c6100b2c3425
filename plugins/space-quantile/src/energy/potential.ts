import type { PointwisePotential } from '@wasserflow/core';
import type { Kind } from '../measure.js';
import type { Derivatives, NodeFunction } from './node-function.js';
import { place, pointsOf, type Point } from './points.js';

/** Exact for polynomials V up to degree five. */
const PER_CELL = 3;

/** Adds slope and curvature of a function of one point to the derivatives by the nodes. */
function addPoint({ node, share }: Point, slope: number, curvature: number, { first, second }: Derivatives): void {
  first[node]! += (1 - share) * slope;
  if (share !== 0) first[node + 1]! += share * slope;
  if (!second) return;
  second.band.diagonal[node]! += (1 - share) ** 2 * curvature;
  if (share === 0) return;
  second.band.diagonal[node + 1]! += share ** 2 * curvature;
  second.band.off[node]! += share * (1 - share) * curvature;
}

/** int V drho = int V(Q(u)) du: a sum over atoms, Gauss quadrature on the cells. */
export function potentialEnergy(V: PointwisePotential, kind: Kind, nodes: number): NodeFunction {
  const points = pointsOf(kind, nodes, PER_CELL);
  return {
    value: (x) => points.reduce((sum, p) => sum + p.mass * V.value([place(x, p)]), 0),
    add: (x, to) =>
      points.forEach((p) => {
        const at = [place(x, p)];
        const curvature = to.second ? p.mass * V.hessian(at)[0]![0]! : 0;
        addPoint(p, p.mass * V.gradient(at)[0]!, curvature, to);
      }),
    repels: false,
    dense: false,
  };
}
