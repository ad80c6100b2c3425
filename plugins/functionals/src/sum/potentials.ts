/** Sums of potentials, exact where all are quadratic. */
import {
  pointwiseOf,
  potentialGradient,
  type PointwisePotential,
  type Potential,
  type Quadratic,
} from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

const column = (v: readonly number[]): Matrix => Matrix.columnVector(v as number[]);
const total = (matrices: readonly Matrix[]): Matrix => matrices.reduce((a, b) => Matrix.add(a, b));
const normOfAll = (matrices: readonly Matrix[]): number => matrices.reduce((sum, A) => sum + A.norm(), 0);
const precisionOf = (q: Quadratic): Matrix => new Matrix(q.precision as number[][]);

/** V at a point, `[d, 1]`. */
function valueAt(q: Quadratic, x: Matrix): number {
  const offset = Matrix.sub(x, column(q.center));
  return offset.dot(precisionOf(q).mmul(offset)) / 2 + q.constant;
}

/** A quadratic with what its spectrum says: Hess V lies between `convexity` and `smoothness`. */
interface QuadraticFacts {
  readonly quadratic?: Quadratic;
  readonly convexity: number;
  readonly smoothness: number;
}

/**
 * The sum of quadratics about its shortest stationary point c = P^+ sum P_i c_i, P = sum P_i. Where P is singular and
 * the sum still slopes along its kernel there is no center, hence no `quadratic`; that takes terms of both signs.
 */
function sumQuadratics(terms: readonly Quadratic[]): QuadraticFacts {
  const P = total(terms.map(precisionOf));
  const pulls = terms.map((q) => precisionOf(q).mmul(column(q.center)));
  const linear = total(pulls);
  const { realEigenvalues, eigenvectorMatrix: U } = new EigenvalueDecomposition(P, { assumeSymmetric: true });
  // Eigenvalues that are rounding of the summands count as zero.
  const scale = normOfAll(terms.map(precisionOf));
  const eigenvalues = realEigenvalues.map((l) => (Math.abs(l) <= P.rows * Number.EPSILON * scale ? 0 : l));
  const inverse = eigenvalues.map((l) => (l === 0 ? 0 : 1 / l));
  const center = U.mmul(Matrix.diag(inverse)).mmul(U.transpose()).mmul(linear);
  const slope = Matrix.sub(linear, P.mmul(center)).norm();
  const facts = { convexity: Math.min(...eigenvalues), smoothness: Math.max(...eigenvalues) };
  if (slope > 1e-12 * normOfAll(pulls)) return facts;
  const constant = terms.reduce((sum, q) => sum + valueAt(q, center), 0);
  return { ...facts, quadratic: { precision: P.to2DArray(), center: center.to1DArray(), constant } };
}

const sumOfKnown = (numbers: readonly (number | undefined)[]): number | undefined =>
  numbers.reduce((sum, n) => (sum === undefined || n === undefined ? undefined : sum + n), 0);

function factsOf(potentials: readonly Potential[]): Partial<QuadraticFacts> {
  const quadratics = potentials.flatMap((V) => V.quadratic ?? []);
  if (quadratics.length === potentials.length) return sumQuadratics(quadratics);
  const convexity = sumOfKnown(potentials.map((V) => V.convexity));
  const smoothness = sumOfKnown(potentials.map((V) => V.smoothness));
  return { ...(convexity !== undefined && { convexity }), ...(smoothness !== undefined && { smoothness }) };
}

const plus = (functions: readonly ((x: Tensor) => Tensor)[]) => (x: Tensor) =>
  functions.map((f) => f(x)).reduce((a, b) => ops.add(a, b));

/** The sum at single points in float64, where all are known there. */
function sumPointwise(potentials: readonly Potential[]): PointwisePotential | undefined {
  const parts = potentials.flatMap((V) => pointwiseOf(V) ?? []);
  if (parts.length < potentials.length) return undefined;
  return {
    value: (x) => parts.reduce((sum, V) => sum + V.value(x), 0),
    gradient: (x) => total(parts.map((V) => column(V.gradient(x)))).to1DArray(),
    hessian: (x) => total(parts.map((V) => new Matrix(V.hessian(x) as number[][]))).to2DArray(),
  };
}

/**
 * V_1 + ... + V_k, for at least one potential.
 *
 * Quadratic (in float64, with its exact lambda and L) where all are; otherwise lambda and L add, where all know
 * them. It has a value where all have one, and always a gradient.
 */
export function sumPotentials(potentials: readonly [Potential, ...Potential[]]): Potential {
  const values = potentials.flatMap((V) => V.value ?? []);
  const facts = factsOf(potentials);
  const pointwise = facts.quadratic ? undefined : sumPointwise(potentials);
  return {
    dimension: potentials[0].dimension,
    ...(values.length === potentials.length && { value: plus(values) }),
    gradient: plus(potentials.map(potentialGradient)),
    ...(pointwise && { pointwise }),
    ...facts,
  };
}
