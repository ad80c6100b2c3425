import type { QuantileFacet, QuantileMeasure, RadialFunction, RadialKernel } from '@wasserflow/core';
import type { KernelMean } from './line.js';
import { atNodes, curvatureAtNodes, placeOf, pointsOf, type LinePoint } from '../laws/line-points.js';

interface Witness {
  /** int int k drho drho / 2 - int int k drho dq. */
  readonly value: number;
  /** The derivative of int k(x, .) d(rho - q) at each point. */
  readonly pulls: Float64Array;
}

/** The sums over pairs of points, and what the target says at each. */
function witness({ at }: RadialFunction, x: Float64Array, points: readonly LinePoint[], target: KernelMean): Witness {
  let value = 0;
  const pulls = x.map((here, i) => {
    const there = target.at(here);
    let [mean, pull] = [0, -there.slope];
    for (const [j, y] of x.entries()) {
      const { value: k, first } = at((here - y) ** 2);
      mean += points[j]!.mass * k;
      pull += 2 * points[j]!.mass * first * (here - y);
    }
    value += points[i]!.mass * (mean / 2 - there.value);
    return pull;
  });
  return { value, pulls };
}

/** The second derivative of the kernel by z; none at a kink. */
function bend({ at }: RadialFunction, z: number): number {
  const { first, second } = at(z * z);
  if (z === 0) return Number.isFinite(first) ? 2 * first : 0;
  return 2 * first + 4 * second * z * z;
}

/** Length, relative to the bandwidth, over which the slope of what the target says is differenced. */
const SHIFT = 1e-4;

const curvatureOf =
  (kernel: RadialKernel, target: KernelMean) =>
  (mu: QuantileMeasure): Float64Array => {
    const points = pointsOf(mu);
    const x = points.map((p) => placeOf(mu.nodes.data, p));
    const shift = SHIFT * kernel.bandwidth;
    const pull = (here: number): number =>
      (target.at(here + shift).slope - target.at(here - shift).slope) / (2 * shift);
    const own = (i: number): number =>
      points.reduce((sum, { mass }, j) => sum + mass * bend(kernel, x[i]! - x[j]!), -pull(x[i]!));
    return curvatureAtNodes(mu, points, own, (i, j) => -bend(kernel, x[i]! - x[j]!));
  };

/** MMD^2 / 2 on the line, by the double sum over atoms or over Gauss points of the cells. */
export function mmdOnLine(kernel: RadialKernel, target: KernelMean): QuantileFacet {
  const evaluate = (mu: QuantileMeasure) => {
    const points = pointsOf(mu);
    const x = Float64Array.from(points, (p) => placeOf(mu.nodes.data, p));
    return { points, ...witness(kernel, x, points, target) };
  };
  return {
    value: (mu) => evaluate(mu).value + target.own() / 2,
    gradient(mu) {
      const { points, pulls } = evaluate(mu);
      return atNodes(mu, points, pulls);
    },
    curvature: curvatureOf(kernel, target),
  };
}
