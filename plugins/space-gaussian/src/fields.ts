/** Affine fields x -> L (x - c) + k at a Gaussian. */
import { ensure, type AffineField, type GaussianMeasure, type Weighted } from '@wasserflow/core';
import { add, apply, congruence, dot, matrixOf, traceOfProduct, type Rows } from '@wasserflow/geometry';
import { Matrix, determinant, inverse } from 'ml-matrix';
import { gaussian } from './gaussian.js';

export const fieldOf = (linear: Matrix, center: readonly number[], constant: readonly number[]): AffineField => ({
  linear: linear.to2DArray(),
  center,
  constant,
});

/** v(x). */
export const valueAt = ({ linear, center, constant }: AffineField, x: readonly number[]): number[] =>
  add(apply(matrixOf(linear), add(x, center, -1)), constant);

/** sum_i w_i v_i, about the center of the first. */
export function combine(terms: readonly Weighted<AffineField>[]): AffineField {
  const [first] = terms;
  ensure(first, 'E_ARGUMENT', 'there is no field to combine');
  const { center } = first.of;
  const zero = Matrix.zeros(center.length, center.length);
  const linear = terms.reduce((sum, { weight, of }) => sum.add(Matrix.mul(matrixOf(of.linear), weight)), zero);
  const constant = terms.reduce(
    (sum, { weight, of }) => add(sum, valueAt(of, center), weight),
    center.map(() => 0),
  );
  return fieldOf(linear, center, constant);
}

/** x -> A v(x). */
export function multiply(A: Rows, { linear, center, constant }: AffineField): AffineField {
  const factor = matrixOf(A);
  return fieldOf(factor.mmul(matrixOf(linear)), center, apply(factor, constant));
}

/** <u, v> in L2(mu): tr(L_u S L_v^T) + u(m) . v(m). */
export function inner({ mean, covariance }: GaussianMeasure, u: AffineField, v: AffineField): number {
  const spread = traceOfProduct(matrixOf(u.linear).mmul(matrixOf(covariance)), matrixOf(v.linear));
  return spread + dot(valueAt(u, mean), valueAt(v, mean));
}

/** |v|^2 in L2(mu). */
export const squaredNorm = (v: AffineField, mu: GaussianMeasure): number => inner(mu, v, v);

/** B and b of the map x -> B (x - m) + b that id + step v is. */
function mapOf({ mean }: GaussianMeasure, v: AffineField, step: number): { B: Matrix; b: number[] } {
  const B = Matrix.eye(mean.length).add(Matrix.mul(matrixOf(v.linear), step));
  return { B, b: add(mean, valueAt(v, mean), step) };
}

/** u o (id + step v). */
export function pullBack(mu: GaussianMeasure, v: AffineField, step: number, u: AffineField): AffineField {
  const { B, b } = mapOf(mu, v, step);
  return fieldOf(matrixOf(u.linear).mmul(B), mu.mean, valueAt(u, b));
}

/** u o (id + step v)^-1; not a number throughout where the map has no inverse, as then the pushed measure is flat. */
export function carry(mu: GaussianMeasure, v: AffineField, step: number, u: AffineField): AffineField {
  const { B, b } = mapOf(mu, v, step);
  const invertible = B.to1DArray().every(Number.isFinite) && determinant(B) !== 0;
  const back = invertible ? inverse(B) : Matrix.zeros(B.rows, B.rows).fill(NaN);
  return fieldOf(matrixOf(u.linear).mmul(back), b, valueAt(u, mu.mean));
}

/** (id + step v)_# mu: another Gaussian. */
export function pushForward(mu: GaussianMeasure, v: AffineField, step: number): GaussianMeasure {
  const { B, b } = mapOf(mu, v, step);
  return gaussian(b, congruence(B, matrixOf(mu.covariance)));
}
