/** Random Gaussians, and ways to compute that have nothing in common with the space's own. */
import type { AffineField, GaussianMeasure } from '@wasserflow/core';
import * as fc from 'fast-check';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

const coordinate = fc.double({ min: -2, max: 2, noNaN: true });
export const vector = (d: number) => fc.array(coordinate, { minLength: d, maxLength: d });
export const square = (d: number) => fc.array(vector(d), { minLength: d, maxLength: d });

/** A A^T + I / 10: eigenvalues from 0.1 to about 40. */
export const covariance = (d: number) =>
  square(d).map((rows) => {
    const A = new Matrix(rows);
    return A.mmul(A.transpose())
      .add(Matrix.eye(d, d, 0.1))
      .to2DArray();
  });
export const measure = (d: number) => fc.record({ mean: vector(d), covariance: covariance(d) });
export const field = (d: number): fc.Arbitrary<AffineField> =>
  fc.record({ linear: square(d), center: vector(d), constant: vector(d) });
export const check = { seed: 4, numRuns: 40 };

/** |dm|^2 + tr S1 + tr S2 - 2 sum of the roots of the eigenvalues of S1 S2. */
export function traceDistance2(mu: GaussianMeasure, nu: GaussianMeasure): number {
  const [S1, S2] = [new Matrix(mu.covariance as number[][]), new Matrix(nu.covariance as number[][])];
  const eigenvalues = new EigenvalueDecomposition(S1.mmul(S2), { assumeSymmetric: false }).realEigenvalues;
  const cross = eigenvalues.reduce((sum, l) => sum + Math.sqrt(Math.max(l, 0)), 0);
  const dm2 = mu.mean.reduce((sum, m, i) => sum + (m - nu.mean[i]!) ** 2, 0);
  return dm2 + S1.trace() + S2.trace() - 2 * cross;
}

/** (id + h v)_# mu, entry by entry. */
export function moved({ mean, covariance: S }: GaussianMeasure, v: AffineField, h: number): GaussianMeasure {
  const at = (x: readonly number[]) =>
    v.linear.map((row, i) => row.reduce((sum, a, j) => sum + a * (x[j]! - v.center[j]!), v.constant[i]!));
  const B = v.linear.map((row, i) => row.map((a, j) => h * a + (i === j ? 1 : 0)));
  const entry = (i: number, j: number) =>
    B[i]!.reduce((sum, a, k) => sum + B[j]!.reduce((s, b, l) => s + a * S[k]![l]! * b, 0), 0);
  const velocity = at(mean);
  return {
    mean: mean.map((m, i) => m + h * velocity[i]!),
    covariance: mean.map((_, i) => mean.map((__, j) => entry(i, j))),
  };
}

/** <u, v> in L2(mu) for u centred at the mean: sum of u_ij S_jk v_ik and of the products at the mean. */
export function innerAtMean({ mean, covariance: S }: GaussianMeasure, u: AffineField, v: AffineField): number {
  let sum = 0;
  for (const [i, row] of u.linear.entries()) {
    const atMean = (w: AffineField) =>
      w.linear[i]!.reduce((s, a, j) => s + a * (mean[j]! - w.center[j]!), w.constant[i]!);
    sum += atMean(u) * atMean(v);
    for (const [j, a] of row.entries()) for (const [k, b] of v.linear[i]!.entries()) sum += a * S[j]![k]! * b;
  }
  return sum;
}

/** The central slope of f along (id + h v)_# mu. */
export const slopeAlong = (
  f: (nu: GaussianMeasure) => number,
  mu: GaussianMeasure,
  v: AffineField,
  h: number,
): number => (f(moved(mu, v, h)) - f(moved(mu, v, -h))) / (2 * h);

/** Trapezoidal rule on the line for integrands that are negligible outside of [from, to]. */
export function integrate(f: (x: number) => number, from: number, to: number, h: number): number {
  let sum = 0;
  for (let x = from; x <= to; x += h) sum += h * f(x);
  return sum;
}
