/** The proximal map of a potential at single points, argmin_z V(z) + |z - y|^2 / (2 gamma), in float64. */
import { pointwiseOf, type PointwisePotential, type Potential, type Quadratic } from '@wasserflow/core';
import { cholesky, matrixOf } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import type { NdArray } from '@wasserflow/tensor';

export interface PointwiseProx {
  readonly points: Float64Array;
  /** |grad V(z) + (z - y) / gamma| at each point; zero on a kink of V where it changes its sign. */
  readonly residuals: Float64Array;
  /** Why these need not be minimisers, as a predicate; absent where they are, at least among their neighbours. */
  readonly flaw?: string;
}

interface Found {
  readonly z: readonly number[];
  readonly residual: number;
  /** Whether no direction leads down from z, to second order. */
  readonly least: boolean;
}

const ITERATIONS = 100;
/** Residual over the gradient at the start, on the line where rounding keeps the bracket open. */
const SOLVED = 1e-5;

/** By bisection and Newton's steps inside the bracket: kinks of V are no matter. */
function proxOnLine({ gradient, hessian }: PointwisePotential, y: number, gamma: number): Found | undefined {
  const slope = (z: number): number => gradient([z])[0]! + (z - y) / gamma;
  const start = slope(y);
  if (start === 0) return { z: [y], residual: 0, least: hessian([y])[0]![0]! + 1 / gamma > 0 };
  let [inside, outside, reach] = [y, y, gamma * Math.abs(start)];
  for (let i = 0; i < 60 && slope(outside) * start > 0; i++, reach *= 2) {
    inside = outside;
    outside = y - Math.sign(start) * reach;
  }
  if (!(slope(outside) * start <= 0)) return undefined;
  for (let i = 0; i < ITERATIONS; i++) {
    const middle = (inside + outside) / 2;
    const newton = middle - slope(middle) / (hessian([middle])[0]![0]! + 1 / gamma);
    const between = (newton - inside) * (newton - outside) < 0;
    for (const z of between ? [middle, newton] : [middle]) {
      // Both ends keep the signs of their slopes; whatever lies between them replaces one.
      if ((z - inside) * (z - outside) >= 0) continue;
      if (slope(z) * start > 0) inside = z;
      else outside = z;
    }
    if (Math.abs(inside - outside) <= 4e-16 * (Math.abs(inside) + Math.abs(outside))) break;
  }
  const z = (inside + outside) / 2;
  // From y the objective falls up to the bracket, and beyond it rises: closed, it holds a minimiser, be it a kink.
  const closed = Math.abs(inside - outside) <= 1e-14 * (Math.abs(y) + Math.abs(z));
  const residual = closed ? 0 : Math.abs(slope(z));
  return residual <= SOLVED * Math.abs(start) ? { z: [z], residual, least: true } : undefined;
}

/** The Cholesky factors of Hess V + I / gamma; undefined where it is not positive definite. */
const curvature = ({ hessian }: PointwisePotential, z: readonly number[], gamma: number) =>
  cholesky(matrixOf(hessian(z)).add(Matrix.eye(z.length, z.length, 1 / gamma)));

const gradientAt = ({ gradient }: PointwisePotential, z: readonly number[], y: readonly number[], gamma: number) =>
  gradient(z).map((v, k) => v + (z[k]! - y[k]!) / gamma);

const length = (v: readonly number[]): number => Math.hypot(...v);

/** Newton's step of the objective; along the gradient where the Hessian is not positive definite. */
function newtonStep(
  potential: PointwisePotential,
  z: readonly number[],
  g: readonly number[],
  gamma: number,
): number[] {
  const factors = curvature(potential, z, gamma);
  return factors ? factors.solve(Matrix.columnVector(g as number[])).to1DArray() : g.map((v) => gamma * v);
}

/** Damped Newton. */
function proxAtPoint(potential: PointwisePotential, y: readonly number[], gamma: number): Found | undefined {
  const objective = (z: readonly number[]): number =>
    potential.value(z) + z.reduce((sum, v, k) => sum + (v - y[k]!) ** 2, 0) / (2 * gamma);
  let z = [...y];
  let smallest = Infinity;
  for (let i = 0; i < ITERATIONS; i++) {
    const g = gradientAt(potential, z, y, gamma);
    const step = newtonStep(potential, z, g, gamma);
    const drop = step.reduce((sum, v, k) => sum + v * g[k]!, 0);
    // The drop is twice what a step can gain: below rounding, or no longer falling, it is none.
    if (!(drop > 1e-28) || (i > 0 && drop < 1e-20 && drop >= smallest))
      return Number.isFinite(drop)
        ? { z, residual: length(g), least: curvature(potential, z, gamma) !== undefined }
        : undefined;
    smallest = Math.min(smallest, drop);
    const from = objective(z);
    let t = 1;
    const at = (): number[] => z.map((v, k) => v - t * step[k]!);
    while (t > 1e-10 && !(objective(at()) <= from - 1e-4 * t * drop + 1e-14 * Math.abs(from))) t /= 2;
    z = at();
  }
  return undefined;
}

/** y -> (I + gamma P)^-1 (y + gamma P c); undefined where I + gamma P is not positive definite. */
function proxOfQuadratic({ precision, center }: Quadratic, gamma: number) {
  const d = center.length;
  const M = Matrix.eye(d).add(matrixOf(precision).mul(gamma));
  const inverse = cholesky(M)?.solve(Matrix.eye(d)).to2DArray();
  return (
    inverse &&
    ((y: readonly number[]): number[] =>
      center.map((c, k) => c + inverse[k]!.reduce((sum, a, l) => sum + a * (y[l]! - center[l]!), 0)))
  );
}

type ProxOfPoint = (y: readonly number[]) => Found | undefined;

/** The solve that serves V; undefined where none does. */
function solverOf(potential: Potential, V: PointwisePotential, d: number, gamma: number): ProxOfPoint | undefined {
  if (potential.quadratic) {
    const map = proxOfQuadratic(potential.quadratic, gamma);
    return (y) => {
      const z = map?.(y);
      return z && { z, residual: length(gradientAt(V, z, y, gamma)), least: true };
    };
  }
  if (d > MOST_COORDINATES) return undefined;
  return d === 1 ? ([y]) => proxOnLine(V, y!, gamma) : (y) => proxAtPoint(V, y, gamma);
}

const LOST = 'found no minimiser near every point; use a smaller size';
const SADDLE = 'ended where its potential curves down too much for a minimiser; use a smaller size';

/** Above this dimension Newton's method by points costs more than the engine. */
const MOST_COORDINATES = 8;

/**
 * The proximal points of y `[n, d]`: in closed form for quadratic V, by Newton's method at each point where V is
 * known pointwise and d <= 8.
 *
 * @returns undefined where V serves neither way; with a flaw where a point has no minimiser nearby
 */
export function pointwiseProx(potential: Potential, y: NdArray, gamma: number): PointwiseProx | undefined {
  const [n = 0, d = 1] = y.shape;
  const V = pointwiseOf(potential);
  const solve = V && solverOf(potential, V, d, gamma);
  if (!solve) return undefined;
  const points = Float64Array.from(y.data);
  const rows = Array.from({ length: n }, (_, i) => Array.from(points.subarray(i * d, (i + 1) * d)));
  const found = rows.map(solve);
  for (const [i, at] of found.entries()) if (at) points.set(at.z, i * d);
  const residuals = Float64Array.from(found, (at, i) => at?.residual ?? length(V.gradient(rows[i]!)));
  const flaw = found.includes(undefined) ? LOST : found.some((at) => !at!.least) ? SADDLE : undefined;
  return { points, residuals, ...(flaw !== undefined && { flaw }) };
}
