/** G in other coordinates of space: x = A y, A `[d, d]` and invertible. */
import {
  energy,
  ensure,
  pointwiseOf,
  type EnergyTerms,
  type Functional,
  type PointwisePotential,
  type Potential,
  type Quadratic,
} from '@wasserflow/core';
import { apply, matrixOf, spectral, symmetrise, type Rows } from '@wasserflow/geometry';
import type { Tensor } from '@wasserflow/tensor';
import { ops } from '@wasserflow/tensor';
import { determinant, EigenvalueDecomposition, Matrix, solve } from 'ml-matrix';
import { constantTensor } from './quadratic-form.js';

/** A^T B A, symmetric to the last bit. */
const conjugate = (A: Matrix, B: Rows): Matrix => symmetrise(A.transpose().mmul(matrixOf(B)).mmul(A));

const spectrum = (S: Matrix): number[] => new EigenvalueDecomposition(S, { assumeSymmetric: true }).realEigenvalues;

function pullBackPointwise({ value, gradient, hessian }: PointwisePotential, A: Matrix): PointwisePotential {
  const transposed = A.transpose();
  return {
    value: (y) => value(apply(A, y)),
    gradient: (y) => apply(transposed, gradient(apply(A, y))),
    hessian: (y) => conjugate(A, hessian(apply(A, y))).to2DArray(),
  };
}

const pullBackQuadratic = ({ precision, center, constant }: Quadratic, A: Matrix): Quadratic => ({
  precision: conjugate(A, precision).to2DArray(),
  center: solve(A, Matrix.columnVector(center as number[])).to1DArray(),
  constant,
});

/** lambda and L of V(A y): the spectrum of its Hessian where that is known, else what A^T A does to a bound. */
function curvature({ quadratic, convexity, smoothness }: Potential, A: Matrix): Partial<Potential> {
  if (quadratic) {
    const own = spectrum(conjugate(A, quadratic.precision));
    return { convexity: Math.min(...own), smoothness: Math.max(...own) };
  }
  const stretch = spectrum(symmetrise(A.transpose().mmul(A)));
  const [least, most] = [Math.min(...stretch), Math.max(...stretch)];
  return {
    ...(convexity !== undefined && { convexity: convexity * (convexity < 0 ? most : least) }),
    ...(smoothness !== undefined && { smoothness: smoothness * (smoothness < 0 ? least : most) }),
  };
}

/** V(A y). */
export function pullBackPotential(V: Potential, A: Matrix): Potential {
  const { dimension, value, gradient, quadratic } = V;
  const [toX, toY] = [constantTensor(A.transpose().to2DArray()), constantTensor(A.to2DArray())];
  const x = (y: Tensor): Tensor => ops.matMul(y, toX());
  const pointwise = pointwiseOf(V);
  return {
    dimension,
    ...(value && { value: (y: Tensor) => value(x(y)) }),
    ...(gradient && { gradient: (y: Tensor) => ops.matMul(gradient(x(y)), toY()) }),
    ...(pointwise && { pointwise: pullBackPointwise(pointwise, A) }),
    ...(quadratic && { quadratic: pullBackQuadratic(quadratic, A) }),
    ...curvature(V, A),
  };
}

const isOrthogonal = (A: Matrix): boolean =>
  Matrix.sub(A.transpose().mmul(A), Matrix.eye(A.rows))
    .to1DArray()
    .every((a) => Math.abs(a) < 1e-12);

/** int rho log rho and int rho^m lose the volume that A makes. */
function pullBackTerms(terms: EnergyTerms, A: Matrix): EnergyTerms {
  const { entropy, internal, potential, interactions, constant } = terms;
  const volume = Math.abs(determinant(A));
  return {
    entropy,
    ...(internal && { internal: internal.map((e) => ({ ...e, weight: e.weight * volume ** (1 - e.power) })) }),
    ...(potential && { potential: pullBackPotential(potential, A) }),
    ...(interactions && { interactions }),
    constant: constant - (entropy === 0 ? 0 : entropy * Math.log(volume)),
  };
}

/**
 * The functional nu -> G(A_# nu): potentials are composed with A, the entropy shifts by -a log|det A|.
 * @throws WasserflowError E_UNSUPPORTED when G is not made of terms, or has an interaction and A is not orthogonal:
 *   an interaction by distance is none in other coordinates.
 */
export function pullBackFunctional(G: Functional, rows: Rows): Functional {
  ensure(
    G.terms && !G.facets,
    'E_UNSUPPORTED',
    `only a functional made of terms, as \`kl\` is, can be seen in other coordinates; \`${G.id}\` is none`,
  );
  const A = matrixOf(rows);
  ensure(
    (G.terms.interactions ?? []).length === 0 || isOrthogonal(A),
    'E_UNSUPPORTED',
    `\`${G.id}\` has an interaction by distance, which is none in other coordinates`,
  );
  return energy(G.id, pullBackTerms(G.terms, A));
}

/** P^(1/2) and P^(-1/2) of a symmetric positive definite P. @throws WasserflowError E_ARGUMENT where P is none. */
export function coordinatesOf(P: Rows): { readonly A: Rows; readonly inverse: Rows } {
  const M = matrixOf(P);
  const symmetric = P.every((row, i) => row.every((p, j) => Math.abs(p - P[j]![i]!) <= 1e-12 * Math.abs(p)));
  ensure(
    symmetric && Math.min(...spectrum(M)) > 0,
    'E_ARGUMENT',
    'the preconditioner is not symmetric positive definite',
  );
  return {
    A: spectral(M, Math.sqrt).to2DArray(),
    inverse: spectral(M, (l) => 1 / Math.sqrt(l)).to2DArray(),
  };
}
