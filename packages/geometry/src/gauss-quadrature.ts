/** Gauss rules on the line from their three-term recurrences, in float64. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** Nodes in rising order with positive weights that add up to one. */
export interface Rule {
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

/**
 * The Gauss rule of an even weight of total mass one, whose orthonormal polynomials have recurrence coefficients
 * b_1, ..., b_(n-1): the nodes are the eigenvalues of the symmetric tridiagonal matrix with b off its diagonal,
 * the weights the squared first entries of its eigenvectors.
 * @see golub1969calculation
 */
function gaussRule(b: readonly number[]): Rule {
  const jacobi = Matrix.zeros(b.length + 1, b.length + 1);
  for (const [k, value] of b.entries()) {
    jacobi.set(k, k + 1, value);
    jacobi.set(k + 1, k, value);
  }
  const { realEigenvalues, eigenvectorMatrix: U } = new EigenvalueDecomposition(jacobi, { assumeSymmetric: true });
  const pairs = realEigenvalues.map((node, i) => ({ node, weight: U.get(0, i) ** 2 }));
  return evened(pairs.sort((p, q) => p.node - q.node));
}

/** The rule of an even weight is even to the last bit, so that odd functions integrate to zero. */
function evened(pairs: readonly { node: number; weight: number }[]): Rule {
  const mirrored = pairs.toReversed();
  return {
    nodes: pairs.map(({ node }, i) => (node - mirrored[i]!.node) / 2),
    weights: pairs.map(({ weight }, i) => (weight + mirrored[i]!.weight) / 2),
  };
}

const steps = (n: number): number[] => Array.from({ length: n - 1 }, (_, i) => i + 1);

/** E f(Z) for Z ~ N(0, 1) = sum_i w_i f(z_i), exact for polynomials of degree 2n - 1. */
export const gaussHermite = (n: number): Rule => gaussRule(steps(n).map(Math.sqrt));

/** The mean of f over [-1, 1], exact for polynomials of degree 2n - 1. */
export const gaussLegendre = (n: number): Rule => gaussRule(steps(n).map((k) => k / Math.sqrt(4 * k * k - 1)));
