/** Covariance matrices: what they must be, and what is made of them, in float64. */
import { ensure } from '@wasserflow/core';
import { CholeskyDecomposition, EigenvalueDecomposition, Matrix, inverse } from 'ml-matrix';

export type Rows = readonly (readonly number[])[];

/** A symmetric positive definite matrix with its factors. */
export interface Covariance {
  readonly matrix: Rows;
  /** The lower triangular L with L L^T = the matrix. */
  readonly lower: Rows;
  readonly precision: Rows;
  readonly logDeterminant: number;
  /** Smallest and largest eigenvalue. */
  readonly eigenvalues: readonly [number, number];
}

function refuseShape(rows: Rows, name: string): void {
  ensure(rows.length > 0, 'E_ARGUMENT', `${name} is empty`);
  for (const [i, row] of rows.entries()) {
    ensure(
      row.length === rows.length,
      'E_ARGUMENT',
      `${name} is not square: it has ${rows.length} rows, and row ${i + 1} has ${row.length} numbers`,
    );
    const odd = row.findIndex((x) => !Number.isFinite(x));
    ensure(odd < 0, 'E_ARGUMENT', `${name}: entry (${i + 1}, ${odd + 1}) is ${row[odd]}, which is no finite number`);
  }
}

/** Asymmetry that is only rounding is averaged away. */
function symmetric(rows: Rows, name: string): Matrix {
  const scale = Math.max(...rows.flat().map(Math.abs));
  for (const [i, row] of rows.entries())
    for (let j = 0; j < i; j++) {
      const mirrored = rows[j]![i]!;
      ensure(
        Math.abs(row[j]! - mirrored) <= 1e-12 * scale,
        'E_ARGUMENT',
        `${name} is not symmetric: entry (${j + 1}, ${i + 1}) is ${mirrored}, but entry (${i + 1}, ${j + 1}) is ${row[j]}`,
      );
    }
  return average(new Matrix(rows.map((row) => [...row])));
}

const average = (m: Matrix): Matrix => Matrix.add(m, m.transpose()).mul(0.5);

function refuseIndefinite(eigenvalues: readonly number[], name: string): void {
  const [smallest, largest] = [Math.min(...eigenvalues), Math.max(...eigenvalues)];
  // Eigenvalues below this are zero up to rounding.
  const zero = 10 * eigenvalues.length * Number.EPSILON * Math.abs(largest);
  ensure(
    smallest >= -zero,
    'E_ARGUMENT',
    `${name} is not positive definite: it has the eigenvalue ${Number(smallest.toPrecision(6))}, and all must be above 0`,
  );
  ensure(
    smallest > zero,
    'E_ARGUMENT',
    `${name} is singular: some direction has variance 0; remove what is redundant, or add a small number to the diagonal`,
  );
}

/**
 * A covariance with its factors.
 *
 * @param name - what to call it in messages
 * @throws WasserflowError E_ARGUMENT when it is not square, not symmetric, singular, or not positive definite.
 */
export function factorCovariance(rows: Rows, name = '`covariance`'): Covariance {
  refuseShape(rows, name);
  const matrix = symmetric(rows, name);
  const { realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  refuseIndefinite(realEigenvalues, name);
  const lower = new CholeskyDecomposition(matrix).lowerTriangularMatrix;
  return {
    matrix: matrix.to2DArray(),
    lower: lower.to2DArray(),
    precision: average(inverse(matrix)).to2DArray(),
    logDeterminant: 2 * lower.diagonal().reduce((sum, l) => sum + Math.log(l), 0),
    eigenvalues: [Math.min(...realEigenvalues), Math.max(...realEigenvalues)],
  };
}

/** s for s I, the diagonal of a diagonal matrix, or a matrix. */
export type CovarianceOption = number | readonly number[] | Rows;

const isDiagonal = (given: readonly number[] | Rows): given is readonly number[] => typeof given[0] === 'number';

/** The matrix that the option stands for. */
export function covarianceRows(given: CovarianceOption, dimension: number): Rows {
  if (typeof given === 'number') return Matrix.eye(dimension, dimension, given).to2DArray();
  return isDiagonal(given) ? Matrix.diag([...given]).to2DArray() : given;
}
