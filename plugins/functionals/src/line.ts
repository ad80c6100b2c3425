/** Functionals of piecewise linear quantile functions: nodes x_0..x_n, mass 1/n between neighbours. */
import { WasserflowError, type QuantileMeasure } from '@wasserflow/core';

/** Gauss-Legendre points on [-1, 1] with weights that add up to one: exact for polynomials of degree 7. */
export const GAUSS_LEGENDRE: readonly (readonly [at: number, weight: number])[] = [
  [-0.8611363115940526, 0.1739274225687269],
  [-0.3399810435848563, 0.3260725774312731],
  [0.3399810435848563, 0.3260725774312731],
  [0.8611363115940526, 0.1739274225687269],
];

/**
 * The field v on piecewise linear functions of u with <v, w>_L2 = dJ(w) for all w: the gradient, in the metric of
 * W2, of a function of the nodes with derivatives dJ. Solves with the mass matrix (1/n) tridiag(1/6, 2/3, 1/6),
 * whose ends are 1/3.
 */
export function gradientFromNodes(derivatives: Float64Array): Float64Array {
  const n = derivatives.length - 1;
  const diagonal = (i: number): number => (i === 0 || i === n ? 1 / 3 : 2 / 3) / n;
  const off = 1 / (6 * n);
  const pivots = new Float64Array(n + 1);
  const field = Float64Array.from(derivatives);
  pivots[0] = diagonal(0);
  for (let i = 1; i <= n; i++) {
    const factor = off / pivots[i - 1]!;
    pivots[i] = diagonal(i) - factor * off;
    field[i] = field[i]! - factor * field[i - 1]!;
  }
  field[n] = field[n]! / pivots[n]!;
  for (let i = n - 1; i >= 0; i--) field[i] = (field[i]! - off * field[i + 1]!) / pivots[i]!;
  return field;
}

/** What a functional of densities says to atoms. */
export const noDensity = (id: string): WasserflowError =>
  new WasserflowError(
    'E_UNSUPPORTED',
    `\`${id}\` compares densities and has no gradient at atoms; set \`kind: linear\` on space \`quantile\``,
  );

export const isLinear = ({ kind }: QuantileMeasure): boolean => kind === 'linear';
