import type {
  PointwisePotential,
  QuantileFacet,
  QuantileMeasure,
  RadialFunction,
  RadialKernel,
} from '@wasserflow/core';
import { atNodes, curvatureAtNodes, placeOf, pointsOf, type LinePoint } from '../laws/line-points.js';

/** A point of the law with V' and V'' there. */
interface Place extends LinePoint {
  readonly x: number;
  readonly v: number;
  readonly bend: number;
}

/** u(x, y) on the line: v_x v_y f + 2 f' z (v_x - v_y) - 2 f' - 4 f'' z^2, z = x - y. */
function stein({ at }: RadialFunction, a: Place, b: Place): number {
  const z = a.x - b.x;
  const { value, first, second } = at(z * z);
  return a.v * b.v * value + 2 * first * (z * (a.v - b.v) - 1) - 4 * second * z * z;
}

/** du/dx, with f''' in it. */
function steinSlope({ at }: RadialFunction, a: Place, b: Place): number {
  const z = a.x - b.x;
  const { value, first, second, third = NaN } = at(z * z);
  const gap = a.v - b.v;
  const smoothed = value * b.v + 2 * first * z;
  const away = 2 * first * a.v * b.v + 4 * second * z * gap - 12 * second - 8 * third * z * z;
  return a.bend * smoothed + z * away + 2 * first * gap;
}

/** The points of the law, all moved by `shift`. */
function lawAt(mu: QuantileMeasure, potential: PointwisePotential, shift = 0): Place[] {
  return pointsOf(mu).map((point) => {
    const x = placeOf(mu.nodes.data, point) + shift;
    return { ...point, x, v: potential.gradient([x])[0]!, bend: potential.hessian([x])[0]![0]! };
  });
}

type Pairing = (f: RadialFunction, a: Place, b: Place) => number;

const meanOver = (f: RadialFunction, places: readonly Place[], of: Pairing, a: Place): number =>
  places.reduce((sum, b) => sum + b.mass * of(f, a, b), 0);

/** Length, relative to the bandwidth, over which du/dx is differenced. */
const SHIFT = 1e-4;

/** By differences of du/dx for each pair of points, so that the time is O(n^2) whatever the number of nodes. */
function curvatureOf(kernel: RadialKernel, potential: PointwisePotential, mu: QuantileMeasure): Float64Array {
  const h = SHIFT * kernel.bandwidth;
  const [left, here, right] = [-h, 0, h].map((shift) => lawAt(mu, potential, shift)) as [Place[], Place[], Place[]];
  const own = (i: number): number =>
    (meanOver(kernel, here, steinSlope, right[i]!) - meanOver(kernel, here, steinSlope, left[i]!)) / (2 * h);
  const across = (i: number, j: number): number =>
    (steinSlope(kernel, here[i]!, right[j]!) - steinSlope(kernel, here[i]!, left[j]!)) / (2 * h);
  return curvatureAtNodes(mu, here, own, across);
}

/** int int u drho drho / 2 on the line by the double sum over atoms or Gauss points of the cells, time O(n^2). */
export function ksdOnLine(kernel: RadialKernel, potential: PointwisePotential): QuantileFacet {
  const gradient = (mu: QuantileMeasure): Float64Array => {
    const places = lawAt(mu, potential);
    return atNodes(
      mu,
      places,
      Float64Array.from(places, (a) => meanOver(kernel, places, steinSlope, a)),
    );
  };
  return {
    value(mu) {
      const places = lawAt(mu, potential);
      return places.reduce((sum, a) => sum + a.mass * meanOver(kernel, places, stein, a), 0) / 2;
    },
    ...(kernel.at(1).third !== undefined && { gradient, curvature: (mu) => curvatureOf(kernel, potential, mu) }),
  };
}
