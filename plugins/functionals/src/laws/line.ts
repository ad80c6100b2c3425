/** Functionals of piecewise linear quantile functions: nodes x_0..x_n, mass 1/n between neighbours. */
import { WasserflowError, type QuantileMeasure } from '@wasserflow/core';
import { gaussLegendre, solveTridiagonal } from '@wasserflow/geometry';

const RULE = gaussLegendre(4);

/** Gauss-Legendre points on [-1, 1] with weights that add up to one: exact for polynomials of degree 7. */
export const GAUSS_LEGENDRE: readonly (readonly [at: number, weight: number])[] = RULE.nodes.map(
  (at, k) => [at, RULE.weights[k]!] as const,
);

/**
 * The field v on piecewise linear functions of u with <v, w>_L2 = dJ(w) for all w: the gradient, in the metric of
 * W2, of a function of the nodes with derivatives dJ. Solves with the mass matrix (1/n) tridiag(1/6, 2/3, 1/6),
 * whose ends are 1/3.
 */
export function gradientFromNodes(derivatives: Float64Array): Float64Array {
  const n = derivatives.length - 1;
  const diagonal = Float64Array.from(derivatives, (_, i) => (i === 0 || i === n ? 1 / 3 : 2 / 3) / n);
  return solveTridiagonal({ diagonal, off: new Float64Array(n).fill(1 / (6 * n)) }, derivatives)!;
}

/** What a functional of densities says to atoms. */
export const noDensity = (id: string): WasserflowError =>
  new WasserflowError(
    'E_UNSUPPORTED',
    `\`${id}\` compares densities and has no gradient at atoms; set \`kind: linear\` on space \`quantile\``,
  );

export const isLinear = ({ kind }: QuantileMeasure): boolean => kind === 'linear';
