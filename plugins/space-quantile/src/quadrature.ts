/** Gauss-Legendre quadrature on [0, 1]. */

export interface Rule {
  readonly points: readonly number[];
  readonly weights: readonly number[];
}

/** P_n(z) and P_n'(z). */
function legendre(n: number, z: number): { value: number; slope: number } {
  let previous = 1;
  let value = z;
  for (let k = 2; k <= n; k++) [previous, value] = [value, ((2 * k - 1) * z * value - (k - 1) * previous) / k];
  return { value, slope: (n * (z * value - previous)) / (z * z - 1) };
}

/** The k-th root of P_n from the left, by Newton from its asymptotic place. */
function legendreRoot(n: number, k: number): number {
  let z = -Math.cos((Math.PI * (k + 0.75)) / (n + 0.5));
  for (let i = 0; i < 8; i++) {
    const { value, slope } = legendre(n, z);
    z -= value / slope;
  }
  return z;
}

/** The rule with n >= 2 points, exact for polynomials up to degree 2 n - 1. */
export function gaussLegendre(n: number): Rule {
  const roots = Array.from({ length: n }, (_, k) => legendreRoot(n, k));
  return {
    points: roots.map((z) => (1 + z) / 2),
    weights: roots.map((z) => 1 / ((1 - z * z) * legendre(n, z).slope ** 2)),
  };
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
