import { ndarray, ops, type ArrayTree, type NdArray, type Tensor, type TensorTree } from '@wasserflow/tensor';
import { ensure, type Head } from '@wasserflow/core';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

/** y = (x - mean) matrix; `logDet` is log|det matrix|, a scalar. */
interface Affine {
  readonly mean: Tensor;
  readonly matrix: Tensor;
  readonly inverse: Tensor;
  readonly logDet: Tensor;
}

const affineOf = (parameters: TensorTree): Affine => parameters as unknown as Affine;

/** Below this share of the largest variance a direction counts as degenerate: float32 cannot invert it. */
const DEGENERATE = 1e-10;

const float32 = (rows: Matrix): NdArray => ndarray(Float32Array.from(rows.to1DArray()), [rows.rows, rows.columns]);

function affineParameters(mean: readonly number[], matrix: Matrix, inverse: Matrix, logDet: number): ArrayTree {
  return {
    mean: ndarray(Float32Array.from(mean), [mean.length]),
    matrix: float32(matrix),
    inverse: float32(inverse),
    logDet: ndarray(Float32Array.of(logDet), []),
  };
}

const asMatrix = ({ shape: [n, d], data }: NdArray): Matrix => Matrix.from1DArray(n!, d!, data);

function centred(rows: NdArray): { mean: number[]; x: Matrix } {
  ensure(
    rows.shape[0]! > rows.shape[1]!,
    'E_DATA',
    () => `a head needs more rows than dimensions, but got ${rows.shape[0]} rows in R^${rows.shape[1]}`,
  );
  const x = asMatrix(rows);
  const mean = x.mean('column');
  return { mean, x: x.subRowVector(mean) };
}

function ensureSpread(variances: readonly number[]): void {
  const largest = Math.max(...variances);
  const degenerate = variances.filter((v) => !(v > DEGENERATE * largest)).length;
  ensure(
    degenerate === 0,
    'E_DATA',
    `the data do not vary in ${degenerate} of ${variances.length} directions; drop constant or dependent columns`,
  );
}

const affineHead = (fit: (rows: NdArray) => ArrayTree): Head => ({
  fit,
  forward(parameters, x) {
    const { mean, matrix, logDet } = affineOf(parameters);
    const y = ops.matMul(ops.sub(x, mean), matrix);
    return { y, logDet: ops.broadcastTo(ops.reshape(logDet, [1]), [x.shape[0]!]) };
  },
  inverse(parameters, y) {
    const { mean, inverse } = affineOf(parameters);
    return ops.add(ops.matMul(y, inverse), mean);
  },
});

/** Mean 0 and covariance I, along the principal axes of the rows. */
export const whiten: Head = affineHead((rows) => {
  const { mean, x } = centred(rows);
  const covariance = x.transpose().mmul(x).div(x.rows);
  const { realEigenvalues: variances, eigenvectorMatrix: axes } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  ensureSpread(variances);
  const deviations = variances.map(Math.sqrt);
  const matrix = axes.clone().divRowVector(deviations);
  const inverse = axes.transpose().mulColumnVector(deviations);
  const logDet = -deviations.reduce((sum, s) => sum + Math.log(s), 0);
  return affineParameters(mean, matrix, inverse, logDet);
});

/** Mean 0 and variance 1 of every coordinate. */
export const standardise: Head = affineHead((rows) => {
  const { mean, x } = centred(rows);
  const variances = x.clone().pow(2).mean('column');
  ensureSpread(variances);
  const deviations = variances.map(Math.sqrt);
  const logDet = -deviations.reduce((sum, s) => sum + Math.log(s), 0);
  return affineParameters(mean, Matrix.diag(deviations.map((s) => 1 / s)), Matrix.diag(deviations), logDet);
});
