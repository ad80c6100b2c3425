import type { PointwisePotential } from '@wasserflow/core';
import { partsOf, type Kind, type Nodes } from '../measure.js';
import { gaussLegendre } from '../quadrature.js';
import { kinkFinder, type Kink } from './kinks.js';
import type { Derivatives, NodeFunction } from './node-function.js';
import { place, type Point } from './points.js';

/** Exact for polynomials V up to degree five. */
const RULE = gaussLegendre(3);

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

/** Gauss points between two shares of a cell. */
const between = (node: number, from: number, to: number, n: number): Point[] =>
  RULE.points.map((t, k) => ({ node, share: from + t * (to - from), mass: (RULE.weights[k]! * (to - from)) / n }));

/** The points of quadrature at these nodes, and the kinks of V in cells with how far through their cell they lie. */
interface Plan {
  readonly points: readonly Point[];
  readonly kinks: readonly { readonly at: Point; readonly curvature: number }[];
}

/** A cell cut where V has kinks, so that what is integrated is smooth, and so is the integral as nodes move. */
function cutCell(x: Nodes, node: number, n: number, kinks: readonly Kink[]): Plan {
  const h = x[node + 1]! - x[node]!;
  const cuts = kinks.map(({ at }) => (at - x[node]!) / h);
  const ends = [0, ...cuts, 1];
  return {
    points: ends.slice(1).flatMap((to, i) => between(node, ends[i]!, to, n)),
    kinks: kinks.map(({ jump }, i) => ({ at: { node, share: cuts[i]!, mass: 1 / n }, curvature: jump / (n * h) })),
  };
}

function planOf(x: Nodes, kinks: readonly Kink[]): Plan {
  const n = x.length - 1;
  const cells = Array.from({ length: n }, (_, i) => {
    const inside = kinks.filter(({ at }) => at > x[i]! && at < x[i + 1]!);
    return inside.length > 0 ? cutCell(x, i, n, inside) : { points: between(i, 0, 1, n), kinks: [] };
  });
  return { points: cells.flatMap(({ points }) => points), kinks: cells.flatMap((cell) => cell.kinks) };
}

/**
 * int V drho = int V(Q(u)) du: a sum over atoms, Gauss quadrature on the cells. Where the slope of V jumps inside
 * a cell the quadrature is cut there, and the jump counts as curvature.
 */
export function potentialEnergy(
  { value, gradient, hessian }: PointwisePotential,
  kind: Kind,
  nodes: number,
): NodeFunction {
  const n = partsOf(kind, nodes);
  const slope = (x: number): number => gradient([x])[0]!;
  const curvature = (x: number): number => hessian([x])[0]![0]!;
  const find = kinkFinder({ slope, curvature });
  const atAtoms: Plan = {
    points: Array.from({ length: n }, (_, node) => ({ node, share: 0, mass: 1 / n })),
    kinks: [],
  };
  const uncut = kind === 'atoms' ? atAtoms : planOf(new Float64Array(nodes), []);
  const plan = (x: Nodes): Plan => {
    const kinks = kind === 'atoms' ? [] : find(x[0]!, x.at(-1)!);
    return kinks.length > 0 ? planOf(x, kinks) : uncut;
  };
  return {
    value: (x) => plan(x).points.reduce((sum, p) => sum + p.mass * value([place(x, p)]), 0),
    add(x, to) {
      const { points, kinks } = plan(x);
      for (const p of points) {
        const at = place(x, p);
        addPoint(p, p.mass * slope(at), to.second ? p.mass * curvature(at) : 0, to);
      }
      for (const kink of kinks) addPoint(kink.at, 0, kink.curvature, to);
    },
    repels: false,
    dense: false,
  };
}
