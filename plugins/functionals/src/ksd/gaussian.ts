import type { AffineField, GaussianFacet, GaussianMeasure } from '@wasserflow/core';
import { apply, dot, traceOfProduct } from '@wasserflow/geometry';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { affineGradient, factorise, lawOf, meanDifference, type GaussianLaw } from '../laws/gaussian-law.js';
import type { GaussianPart } from '../kernels/gaussian-parts.js';

/** The law N(m, S) in the eigenbasis of S, where the target has precision P and its square. */
interface Place {
  readonly l: readonly number[];
  readonly U: Matrix;
  readonly P: Matrix;
  readonly P2: Matrix;
  /** E |v(M)|^2 for the midpoint M ~ N(m, S / 2) of x and y: v_x . v_y = |v(M)|^2 - |P z|^2 / 4. */
  readonly meeting: number;
  /** P^2 (m - m*). */
  readonly pull: readonly number[];
}

function placeOf(P: Matrix, q: GaussianLaw, mu: GaussianMeasure): Place {
  const law = lawOf(mu);
  factorise(law.covariance);
  const eigen = new EigenvalueDecomposition(law.covariance, { assumeSymmetric: true });
  const [U, v] = [eigen.eigenvectorMatrix, apply(P, meanDifference(law, q))];
  const own = U.transpose().mmul(P).mmul(U);
  return {
    l: eigen.realEigenvalues,
    U,
    P: own,
    P2: own.mmul(own),
    meeting: dot(v, v) + traceOfProduct(P.mmul(P), law.covariance) / 2,
    pull: apply(P, v),
  };
}

interface Factors {
  /** E exp(-rate |x - y|^2), times the weight. */
  readonly kappa: number;
  /** 1 / (1 + 2 c l_i), c = 2 rate. */
  readonly w: readonly number[];
  /** The mean of u over this part of the kernel where that is the density of pairs. */
  readonly mean: number;
}

/** u / k = v_x . v_y - c z^T P z + c d - c^2 |z|^2, z = x - y with law N(0, 2 S), tilted by k N(0, 2 S w). */
function factorsOf({ l, P, P2, meeting }: Place, { rate, weight }: GaussianPart): Factors {
  const c = 2 * rate;
  const w = l.map((v) => 1 / (1 + 2 * c * v));
  const kappa = w.reduce((product, a) => product * Math.sqrt(a), weight);
  // c d - c^2 sum 2 l w = c sum w, without cancellation.
  const own = w.map((a, i) => c * a - 2 * l[i]! * a * (P2.get(i, i) / 4 + c * P.get(i, i)));
  return { kappa, w, mean: own.reduce((sum, a) => sum + a, meeting) };
}

function valueOf(place: Place, parts: readonly GaussianPart[]): number {
  return parts.reduce((sum, part) => {
    const { kappa, mean } = factorsOf(place, part);
    return sum + (kappa * mean) / 2;
  }, 0);
}

/** dF/dS of one part in the eigenbasis: kappa (P^2 / 4 - w (P / 2 + c)^2 w - c w mean / 2). */
function addByCovariance(sum: Matrix, place: Place, part: GaussianPart): number {
  const { kappa, w, mean } = factorsOf(place, part);
  const c = 2 * part.rate;
  for (const [i, a] of w.entries())
    for (const [j, b] of w.entries()) {
      const square = place.P2.get(i, j) / 4 + c * place.P.get(i, j) + (i === j ? c * c : 0);
      const own = place.P2.get(i, j) / 4 - a * square * b - (i === j ? (c * a * mean) / 2 : 0);
      sum.set(i, j, sum.get(i, j) + kappa * own);
    }
  return kappa;
}

function gradientOf(place: Place, mu: GaussianMeasure, parts: readonly GaussianPart[]): AffineField {
  const sum = Matrix.zeros(place.l.length, place.l.length);
  const kappa = parts.reduce((total, part) => total + addByCovariance(sum, place, part), 0);
  return affineGradient(
    lawOf(mu),
    place.pull.map((a) => kappa * a),
    place.U.mmul(sum).mmul(place.U.transpose()),
  );
}

/**
 * int int u drho drho / 2 to a Gaussian, with a kernel that is a sum of Gaussian ones: for exp(-c |z|^2 / 2) the mean
 * of a quadratic form of z = x - y and of x + y, which are independent.
 */
export function ksdOfGaussians(q: GaussianLaw, parts: readonly GaussianPart[]): GaussianFacet {
  const P = factorise(q.covariance).solve(Matrix.eye(q.mean.length));
  return {
    value: (mu) => valueOf(placeOf(P, q, mu), parts),
    gradient: (mu) => gradientOf(placeOf(P, q, mu), mu, parts),
  };
}
