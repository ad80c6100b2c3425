/** Dense symmetric matrices in float64: what the Bures-Wasserstein geometry is made of. */
import { CholeskyDecomposition, EigenvalueDecomposition, Matrix } from 'ml-matrix';

export type Rows = readonly (readonly number[])[];

export const matrixOf = (rows: Rows): Matrix => new Matrix(rows as number[][]);

/** A v. */
export const apply = (A: Matrix, v: readonly number[]): number[] =>
  A.mmul(Matrix.columnVector(v as number[])).to1DArray();

export const add = (a: readonly number[], b: readonly number[], weight = 1): number[] =>
  a.map((x, i) => x + weight * b[i]!);

export const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** tr(A B^T). */
export const traceOfProduct = (A: Matrix, B: Matrix): number => Matrix.mul(A, B).sum();

/** (A + A^T) / 2. */
export function symmetrise(A: Matrix): Matrix {
  const S = A.clone();
  for (let i = 0; i < S.rows; i++)
    for (let j = 0; j < i; j++) {
      const mean = 0.5 * (A.get(i, j) + A.get(j, i));
      S.set(i, j, mean).set(j, i, mean);
    }
  return S;
}

/** B S B^T, symmetric to the last bit. */
export const congruence = (B: Matrix, S: Matrix): Matrix => symmetrise(B.mmul(S).mmul(B.transpose()));

/** f(A) = U diag(f(l_1), ..., f(l_d)) U^T for symmetric A = U diag(l) U^T. */
export function spectral(A: Matrix, f: (eigenvalue: number) => number): Matrix {
  const { realEigenvalues, eigenvectorMatrix: U } = new EigenvalueDecomposition(A, { assumeSymmetric: true });
  return symmetrise(U.clone().mulRowVector(realEigenvalues.map(f)).mmul(U.transpose()));
}

export const smallestEigenvalue = (A: Matrix): number =>
  Math.min(...new EigenvalueDecomposition(A, { assumeSymmetric: true }).realEigenvalues);

/** A^(1/2) of a positive semi-definite A; rounding below zero counts as zero. */
export const squareRoot = (A: Matrix): Matrix => spectral(A, (l) => Math.sqrt(Math.max(l, 0)));

export const inverseSquareRoot = (A: Matrix): Matrix => spectral(A, (l) => 1 / Math.sqrt(l));

/** The Cholesky factorisation of a finite symmetric matrix; undefined where it is not positive definite. */
export function cholesky(A: Matrix): CholeskyDecomposition | undefined {
  const factors = new CholeskyDecomposition(symmetrise(A));
  return factors.isPositiveDefinite() ? factors : undefined;
}

/** log|A| from the Cholesky factors of A. */
export const logDeterminant = ({ lowerTriangularMatrix: L }: CholeskyDecomposition): number =>
  2 * L.diagonal().reduce((sum, l) => sum + Math.log(l), 0);

/**
 * The symmetric positive definite T with T S1 T = S2: the linear part of the Brenier map from N(m1, S1) to
 * N(m2, S2). T = S1^(-1/2) (S1^(1/2) S2 S1^(1/2))^(1/2) S1^(-1/2).
 * @see takatsu2011wasserstein
 */
export function brenierMatrix(S1: Matrix, S2: Matrix): Matrix {
  const inverse = inverseSquareRoot(S1);
  return congruence(inverse, squareRoot(congruence(squareRoot(S1), S2)));
}
