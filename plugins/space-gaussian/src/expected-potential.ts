/** E V, E grad V and E Hess V under a Gaussian. */
import {
  ensure,
  type GaussianMeasure,
  type PointwisePotential,
  type Potential,
  type Quadratic,
} from '@wasserflow/core';
import { add, apply, dot, matrixOf, symmetrise, traceOfProduct } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import { factorise } from './gaussian.js';
import { MOST_AXES, nodesOf, type Nodes, type Quadrature } from './quadrature.js';

/** E grad V at the mean, and E Hess V: the best affine approximation of grad V in L2(mu). */
export interface MeanSlope {
  readonly slope: readonly number[];
  readonly hessian: Matrix;
}

function checkDimension(potential: Potential, { mean }: GaussianMeasure): void {
  const d = potential.quadratic?.center.length ?? potential.dimension;
  ensure(d === mean.length, 'E_ARGUMENT', `the potential lives on R^${d}, but the measure on R^${mean.length}`);
}

function pointwise({ pointwise: V }: Potential): PointwisePotential {
  ensure(V, 'E_UNSUPPORTED', 'on Gaussians a potential has to be quadratic, or known at single points (`pointwise`)');
  return V;
}

/** (tr(P S) + (m - c)^T P (m - c)) / 2 + constant. */
function quadraticMean({ precision, center, constant }: Quadratic, mu: GaussianMeasure): number {
  const P = matrixOf(precision);
  const offset = add(mu.mean, center, -1);
  return (traceOfProduct(P, matrixOf(mu.covariance)) + dot(offset, apply(P, offset))) / 2 + constant;
}

/** E V, in nats. */
export function meanPotential(potential: Potential, mu: GaussianMeasure, rules: Quadrature): number {
  checkDimension(potential, mu);
  if (potential.quadratic) return quadraticMean(potential.quadratic, mu);
  const { value } = pointwise(potential);
  const { points, weights } = nodesOf(mu, rules);
  return points.reduce((sum, x, i) => sum + weights[i]! * value(x), 0);
}

/** Closed form for a quadratic V; by the rules otherwise. */
export function meanSlope(potential: Potential, mu: GaussianMeasure, rules: Quadrature): MeanSlope {
  checkDimension(potential, mu);
  if (!potential.quadratic) return slopeByNodes(pointwise(potential), mu, rules);
  const { precision, center } = potential.quadratic;
  const P = matrixOf(precision);
  return { slope: apply(P, add(mu.mean, center, -1)), hessian: P };
}

/** E Hess V as the mean of Hess V: draws tell it better than by parts. */
function meanHessian({ hessian }: PointwisePotential, { points, weights }: Nodes): Matrix {
  const sum = points[0]!.map(() => points[0]!.map(() => 0));
  for (const [i, x] of points.entries())
    for (const [k, row] of hessian(x).entries()) addScaled(sum[k]!, row, weights[i]!);
  return new Matrix(sum);
}

/**
 * E Hess V = E[grad V(X) (X - m)^T] S^-1, by parts: that is the derivative of E V by the same nodes, and it sees the
 * curvature that a kink of V has, where Hess V is zero almost everywhere.
 */
function hessianByParts({ gradient }: PointwisePotential, { points, weights }: Nodes, mu: GaussianMeasure): Matrix {
  const sum = mu.mean.map(() => mu.mean.map(() => 0));
  for (const [i, x] of points.entries()) {
    const offset = add(x, mu.mean, -1);
    for (const [k, slope] of gradient(x).entries()) addScaled(sum[k]!, offset, weights[i]! * slope);
  }
  return symmetrise(factorise(mu).solve(new Matrix(sum).transpose()));
}

function slopeByNodes(V: PointwisePotential, mu: GaussianMeasure, rules: Quadrature): MeanSlope {
  const nodes = nodesOf(mu, rules);
  const slope = mu.mean.map(() => 0);
  for (const [i, x] of nodes.points.entries()) addScaled(slope, V.gradient(x), nodes.weights[i]!);
  const isRule = mu.mean.length <= MOST_AXES;
  return { slope, hessian: isRule ? hessianByParts(V, nodes, mu) : meanHessian(V, nodes) };
}

/** In place, as there are thousands of nodes. */
function addScaled(sum: number[], v: readonly number[], weight: number): void {
  for (let k = 0; k < sum.length; k++) sum[k]! += weight * v[k]!;
}
