import type { QuantileFacet, QuantileMeasure, RadialFunction } from '@wasserflow/core';
import type { KernelMean } from './mmd-line.js';
import { GAUSS_LEGENDRE, gradientFromNodes, isLinear } from './line.js';

/** A point (1 - share) x_node + share x_{node + 1} of a law on the line, with its mass. */
interface Point {
  readonly node: number;
  readonly share: number;
  readonly mass: number;
}

/** The atoms, or Gauss points of the cells. */
function pointsOf({ kind, nodes }: QuantileMeasure): readonly Point[] {
  const parts = kind === 'linear' ? nodes.data.length - 1 : nodes.data.length;
  const cells = Array.from({ length: parts }, (_, node) => node);
  if (kind === 'atoms') return cells.map((node) => ({ node, share: 0, mass: 1 / parts }));
  return cells.flatMap((node) =>
    GAUSS_LEGENDRE.map(([at, weight]) => ({ node, share: (1 + at) / 2, mass: weight / parts })),
  );
}

const place = (x: ArrayLike<number>, { node, share }: Point): number =>
  share === 0 ? x[node]! : x[node]! + share * (x[node + 1]! - x[node]!);

interface Witness {
  /** int int k drho drho / 2 - int int k drho dq. */
  readonly value: number;
  /** The derivative of int k(x, .) d(rho - q) at each point. */
  readonly pulls: Float64Array;
}

/** The sums over pairs of points, and what the target says at each. */
function witness({ at }: RadialFunction, x: Float64Array, points: readonly Point[], target: KernelMean): Witness {
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

/** The gradient in the metric of W2, from its pairing with the basis of the kind. */
function atNodes(mu: QuantileMeasure, points: readonly Point[], pulls: Float64Array): Float64Array {
  if (!isLinear(mu)) return pulls;
  const derivatives = new Float64Array(mu.nodes.data.length);
  for (const [i, { node, share, mass }] of points.entries()) {
    derivatives[node]! += mass * (1 - share) * pulls[i]!;
    derivatives[node + 1]! += mass * share * pulls[i]!;
  }
  return gradientFromNodes(derivatives);
}

/** MMD^2 / 2 on the line, by the double sum over atoms or over Gauss points of the cells. */
export function mmdOnLine(kernel: RadialFunction, target: KernelMean): QuantileFacet {
  const evaluate = (mu: QuantileMeasure) => {
    const points = pointsOf(mu);
    const x = Float64Array.from(points, (p) => place(mu.nodes.data, p));
    return { points, ...witness(kernel, x, points, target) };
  };
  return {
    value: (mu) => evaluate(mu).value + target.own() / 2,
    gradient(mu) {
      const { points, pulls } = evaluate(mu);
      return atNodes(mu, points, pulls);
    },
  };
}
