/** Gauss-Legendre quadrature on [0, 1]. */
import { gaussLegendre as onSymmetricInterval } from '@wasserflow/geometry';

export interface Rule {
  readonly points: readonly number[];
  readonly weights: readonly number[];
}

/** The rule with n points, exact for polynomials up to degree 2 n - 1. */
export function gaussLegendre(n: number): Rule {
  const { nodes, weights } = onSymmetricInterval(n);
  return { points: nodes.map((z) => (1 + z) / 2), weights };
}

/** The rule under t -> t^power, which gathers its points at 0: for integrands that are singular there. */
export const graded = ({ points, weights }: Rule, power: number): Rule => ({
  points: points.map((t) => t ** power),
  weights: weights.map((w, k) => w * power * points[k]! ** (power - 1)),
});

/** The rule under t -> 1 - t. */
export const mirrored = ({ points, weights }: Rule): Rule => ({
  points: points.map((t) => 1 - t).toReversed(),
  weights: weights.toReversed(),
});
