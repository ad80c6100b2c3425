import type { Interaction, InteractionEnergy, Jet } from '@wasserflow/core';
import { gapsOf, partsOf, type Kind, type Nodes } from '../measure.js';
import { gaussLegendre, graded } from '../quadrature.js';
import type { Derivatives, NodeFunction } from './node-function.js';
import { place, pointsOf, type Point } from './points.js';

/** With two points a cell, pairs of cells are exact for W of degree three, and for |z|. */
const PER_CELL = 2;

/** At distance zero the slope from the right counts: inside the cone W(x - y) is smooth up to there. */
const NEAREST = 1e-12;

/**
 * W(z), W'(z), W''(z) at z >= 0. On ordered points |x - y| is x - y, so that W, even with a kink at zero like |z|,
 * is smooth on the closed cone.
 */
function jetOf({ at, singular }: Interaction, z: number): Jet {
  const near = singular ? z : Math.max(z, NEAREST);
  const { value, first, second } = at(near * near);
  return { value, first: 2 * near * first, second: 2 * first + 4 * near * near * second };
}

/** Adds mass * W(x_p - x_q) for q before p. */
function addPair(p: Point, q: Point, { first: slope, second: curvature }: Jet, mass: number, to: Derivatives): void {
  const ends = [
    [p.node + 1, p.share],
    [p.node, 1 - p.share],
    [q.node, q.share - 1],
    [q.node + 1, -q.share],
  ] as const;
  for (const [i, a] of ends) {
    if (a === 0) continue;
    to.first[i]! += mass * slope * a;
    if (!to.second) continue;
    const n = to.first.length;
    for (const [j, b] of ends) if (b !== 0) to.second.dense![i * n + j]! += mass * curvature * a * b;
  }
}

type Pair = (p: Point, q: Point) => void;

/** All pairs of points of different parts, the later one first. */
function eachPair(points: readonly Point[], visit: Pair): void {
  for (const [i, p] of points.entries()) for (let j = 0; j < i && points[j]!.node < p.node; j++) visit(p, points[j]!);
}

/** weight * sum over pairs of different parts. */
function across(weight: number, W: Interaction, points: readonly Point[]): NodeFunction {
  const massOf = (p: Point, q: Point): number => weight * p.mass * q.mass;
  return {
    value(x) {
      let sum = 0;
      eachPair(points, (p, q) => (sum += massOf(p, q) * jetOf(W, place(x, p) - place(x, q)).value));
      return sum;
    },
    add: (x, to) => eachPair(points, (p, q) => addPair(p, q, jetOf(W, place(x, p) - place(x, q)), massOf(p, q), to)),
    repels: false,
    dense: true,
  };
}

/** Good for kernels that are singular at zero, exact for quadratic ones. */
const WITHIN = graded(gaussLegendre(8), 3);

/**
 * A cell of length h with itself: weight / (2 n^2) * 2 int_0^1 (1 - t) W(h t) dt. Where W is a logarithm its
 * derivatives are exact too.
 */
function within(weight: number, W: Interaction, n: number): NodeFunction {
  const { points, weights } = WITHIN;
  const mean = (of: (t: number) => number): number =>
    points.reduce((sum, t, k) => sum + weights[k]! * (1 - t) * of(t), 0) * (weight / n ** 2);
  return {
    value: (x) => gapsOf(x).reduce((sum, h) => sum + mean((t) => jetOf(W, h * t).value), 0),
    add: (x, to) =>
      gapsOf(x).forEach((h, i) => {
        const slope = mean((t) => t * jetOf(W, h * t).first);
        to.first[i]! -= slope;
        to.first[i + 1]! += slope;
        if (!to.second) return;
        const curvature = mean((t) => t * t * jetOf(W, h * t).second);
        to.second.band.diagonal[i]! += curvature;
        to.second.band.diagonal[i + 1]! += curvature;
        to.second.band.off[i]! -= curvature;
      }),
    repels: false,
    dense: false,
  };
}

/** weight * W(0) / (2 n): each atom with itself, where that is finite. */
const ownPlaces = (weight: number, W: Interaction, n: number): NodeFunction => ({
  value: () => (W.singular ? 0 : (weight * W.at(0).value) / (2 * n)),
  add: () => undefined,
  repels: false,
  dense: false,
});

const repels = (weight: number, W: Interaction): boolean => W.singular === true && weight * W.at(1e-60).first < 0;

/**
 * weight / 2 int int W(x - y) drho drho. For `atoms` the double sum, an atom left out of its own sum where W is
 * singular; for `linear` Gauss points in pairs of different cells and an integral in each cell with itself.
 */
export function interactionEnergy(
  { weight, interaction: W }: InteractionEnergy,
  kind: Kind,
  nodes: number,
): NodeFunction {
  const n = partsOf(kind, nodes);
  const pairs = across(weight, W, pointsOf(kind, nodes, PER_CELL));
  const own = kind === 'linear' ? within(weight, W, n) : ownPlaces(weight, W, n);
  return {
    value: (x: Nodes) => pairs.value(x) + own.value(x),
    add(x, to) {
      pairs.add(x, to);
      own.add(x, to);
    },
    repels: repels(weight, W),
    dense: true,
  };
}
