/** Expectations under Gaussians that have no closed form. */
import type { GaussianMeasure } from '@wasserflow/core';
import { gaussHermite, gaussLegendre, inverseSquareRoot, matrixOf } from '@wasserflow/geometry';
import { stream } from '@wasserflow/tensor';
import { Matrix } from 'ml-matrix';
import { factorise } from './gaussian.js';

/** Points `[n, d]` with n weights that add up to one. */
export interface Nodes {
  readonly points: readonly (readonly number[])[];
  readonly weights: readonly number[];
}

/** Rules for Z ~ N(0, I) on R^d, made once for each d. */
export interface Quadrature {
  /** For E f(Z), f smooth. */
  normal(d: number): Nodes;
  /** Points (z_1^2, ..., z_d^2), for E f(Z_1^2, ..., Z_d^2), where f may be singular or have a kink at zero. */
  squares(d: number): Nodes;
}

/** Up to here there are product rules; beyond it expectations are means of draws. */
export const MOST_AXES = 3;

function product(axes: readonly Nodes[]): Nodes {
  return axes.reduce((left, right) => ({
    points: left.points.flatMap((x) => right.points.map((y) => [...x, ...y])),
    weights: left.weights.flatMap((w) => right.weights.map((v) => w * v)),
  }));
}

/** Gauss-Hermite on each axis. */
function tensorRule(d: number, n: number): Nodes {
  const { nodes, weights } = gaussHermite(n);
  const axis = { points: nodes.map((z) => [z]), weights };
  return product(Array.from({ length: d }, () => axis));
}

/** The draws of one fixed stream with their opposites, spread so that quadratic functions are exact. */
function drawnRule(d: number, n: number): Nodes {
  const half = Math.ceil(n / 2);
  const { data } = stream('gaussian-expectations').fork(d, half).normal([half, d]);
  const z = Matrix.from1DArray(half, d, Array.from(data));
  const white = z.mmul(inverseSquareRoot(z.transpose().mmul(z).div(half))).to2DArray();
  const points = [...white, ...white.map((row) => row.map((a) => -a))];
  return { points, weights: points.map(() => 1 / points.length) };
}

/**
 * |Z|^2 by the trapezoidal rule in t = log |Z|, where the density exp(d t - exp(2 t) / 2) dies out on both sides:
 * exact to rounding for functions that are smooth in log |Z|, so singular ones as well.
 */
function radialRule(d: number): Nodes {
  const [first, last, step] = [-40 / d, 2.4, 1 / 8];
  const t = Array.from({ length: Math.ceil((last - first) / step) }, (_, i) => last - i * step);
  const density = t.map((u) => Math.exp(d * u - Math.exp(2 * u) / 2));
  const total = density.reduce((sum, p) => sum + p, 0);
  return { points: t.map((u) => [Math.exp(2 * u)]), weights: density.map((p) => p / total) };
}

/** (cos^2, sin^2) of n angles: a quarter of the circle stands for all. */
function circleRule(n: number): Nodes {
  const angles = Array.from({ length: n }, (_, i) => ((i + 0.5) * Math.PI) / (2 * n));
  return { points: angles.map((a) => [Math.cos(a) ** 2, Math.sin(a) ** 2]), weights: angles.map(() => 1 / n) };
}

/** (x^2, y^2, z^2) on the sphere: an octant of it stands for all. */
function sphereRule(n: number): Nodes {
  const { nodes, weights } = gaussLegendre(2 * n);
  const heights = { points: nodes.slice(n).map((z) => [z * z]), weights: weights.slice(n).map((w) => 2 * w) };
  const rule = product([heights, circleRule(n)]);
  return { ...rule, points: rule.points.map(([z2, x2, y2]) => [(1 - z2!) * x2!, (1 - z2!) * y2!, z2!]) };
}

/** The squared components of directions in R^d, d <= 3. */
function directionRule(d: number, n: number): Nodes {
  if (d === 1) return { points: [[1]], weights: [1] };
  return d === 2 ? circleRule(2 * n) : sphereRule(n);
}

/** Squares of Z = R omega, R = |Z| and omega independent. */
function polarRule(d: number, n: number): Nodes {
  const { points, weights } = product([radialRule(d), directionRule(d, n)]);
  return { points: points.map(([r2, ...omega2]) => omega2.map((o) => r2! * o)), weights };
}

function squaredRule(rule: Nodes): Nodes {
  return { points: rule.points.map((z) => z.map((a) => a * a)), weights: rule.weights };
}

function onceFor<T>(make: (d: number) => T): (d: number) => T {
  const made = new Map<number, T>();
  return (d) => {
    if (!made.has(d)) made.set(d, make(d));
    return made.get(d)!;
  };
}

/**
 * Rules with `n` points an axis: Gauss-Hermite products, and polar products for functions of the squares, for
 * d <= 3. Exact for polynomials of degree 2n - 1; where f bends within a standard deviation the error falls as
 * exp(-c sqrt(n)): for log cosh about 1e-3 with 20 points, 1e-5 with 48. For d > 3 n^3 draws of a fixed stream, with
 * their opposites and whitened: quadratic functions are exact, others have an error of order n^(-3/2) that is the
 * same in every run.
 */
export function quadrature(n = 20): Quadrature {
  const normal = onceFor((d) => (d <= MOST_AXES ? tensorRule(d, n) : drawnRule(d, n ** MOST_AXES)));
  const squares = onceFor((d) => (d <= MOST_AXES ? polarRule(d, n) : squaredRule(normal(d))));
  return { normal, squares };
}

/** The rule for N(m, S): x = m + C z, C C^T = S. */
export function nodesOf(mu: GaussianMeasure, { normal }: Quadrature): Nodes {
  const { points, weights } = normal(mu.mean.length);
  const C = factorise(mu).lowerTriangularMatrix;
  const x = matrixOf(points)
    .mmul(C.transpose())
    .addRowVector(mu.mean as number[]);
  return { points: x.to2DArray(), weights };
}
