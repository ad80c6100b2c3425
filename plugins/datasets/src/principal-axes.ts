import type { NdArray } from '@wasserflow/tensor';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** An affine orthonormal chart z = (x - mean) axes of R^d onto k coordinates. */
export interface PrincipalAxes {
  readonly mean: readonly number[];
  /** `[d, k]` with orthonormal columns, by falling variance. */
  readonly axes: Matrix;
  /** Variance of the rows along each axis, `k` numbers. */
  readonly variances: readonly number[];
}

const matrixOf = ({ shape: [n = 0, d = 0], data }: NdArray): Matrix => Matrix.from1DArray(n, d, data);
const arrayOf = (m: Matrix): NdArray => ({
  shape: [m.rows, m.columns],
  data: Float64Array.from(m.to1DArray()),
});

/** An eigenvector is known up to its sign: its largest entry is made positive. */
function withFixedSign(axis: number[]): number[] {
  const largest = axis.reduce((best, a) => (Math.abs(a) > Math.abs(best) ? a : best), 0);
  return largest < 0 ? axis.map((a) => -a) : axis;
}

/**
 * The first `count` principal axes of rows `[n, d]`: eigenvectors of their covariance (divided by n), in
 * float64.
 */
export function principalAxes(rows: NdArray, count: number): PrincipalAxes {
  const points = matrixOf(rows);
  const mean = points.mean('column');
  const centred = points.subRowVector(mean);
  const covariance = centred.transpose().mmul(centred).div(centred.rows);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
  const chosen = order.slice(0, count);
  const columns = chosen.map((i) => withFixedSign(eigenvectorMatrix.getColumn(i)));
  return { mean, axes: new Matrix(columns).transpose(), variances: chosen.map((i) => realEigenvalues[i]!) };
}

/** Points `[n, d]` to principal coordinates `[n, k]`. */
export const toCoordinates = ({ mean, axes }: PrincipalAxes, points: NdArray): NdArray =>
  arrayOf(matrixOf(points).subRowVector(mean).mmul(axes));

/** Principal coordinates `[n, k]` back to points `[n, d]`; what other axes held is taken as zero. */
export const fromCoordinates = ({ mean, axes }: PrincipalAxes, coordinates: NdArray): NdArray =>
  arrayOf(matrixOf(coordinates).mmul(axes.transpose()).addRowVector(mean));
