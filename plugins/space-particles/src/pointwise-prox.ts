/** The proximal map of a potential at single points, argmin_z V(z) + |z - y|^2 / (2 gamma), in float64. */
import { pointwiseOf, type PointwisePotential, type Potential } from '@wasserflow/core';
import { cholesky, matrixOf } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import type { NdArray } from '@wasserflow/tensor';

export interface PointwiseProx {
  readonly points: Float64Array;
  readonly converged: boolean;
}

const ITERATIONS = 100;

/** By bisection and Newton's steps inside the bracket: kinks of V are no matter. */
function proxOnLine({ gradient, hessian }: PointwisePotential, y: number, gamma: number): number | undefined {
  const slope = (z: number): number => gradient([z])[0]! + (z - y) / gamma;
  const start = slope(y);
  if (start === 0) return y;
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
  return (inside + outside) / 2;
}

/** Newton's step of the objective; along the gradient where the Hessian is not positive definite. */
function newtonStep(
  potential: PointwisePotential,
  z: readonly number[],
  g: readonly number[],
  gamma: number,
): number[] {
  const H = matrixOf(potential.hessian(z)).add(Matrix.eye(z.length, z.length, 1 / gamma));
  const factors = cholesky(H);
  return factors ? factors.solve(Matrix.columnVector(g as number[])).to1DArray() : g.map((v) => gamma * v);
}

/** Damped Newton. */
function proxAtPoint(potential: PointwisePotential, y: readonly number[], gamma: number): number[] | undefined {
  const objective = (z: readonly number[]): number =>
    potential.value(z) + z.reduce((sum, v, k) => sum + (v - y[k]!) ** 2, 0) / (2 * gamma);
  let z = [...y];
  let smallest = Infinity;
  for (let i = 0; i < ITERATIONS; i++) {
    const g = potential.gradient(z).map((v, k) => v + (z[k]! - y[k]!) / gamma);
    const step = newtonStep(potential, z, g, gamma);
    const drop = step.reduce((sum, v, k) => sum + v * g[k]!, 0);
    // The drop is twice what a step can gain: below rounding, or no longer falling, it is none.
    if (!(drop > 1e-28) || (i > 0 && drop < 1e-20 && drop >= smallest)) return Number.isFinite(drop) ? z : undefined;
    smallest = Math.min(smallest, drop);
    const from = objective(z);
    let t = 1;
    const at = (): number[] => z.map((v, k) => v - t * step[k]!);
    while (t > 1e-10 && !(objective(at()) <= from - 1e-4 * t * drop + 1e-14 * Math.abs(from))) t /= 2;
    z = at();
  }
  return undefined;
}

/** (I + gamma P)^-1 (y + gamma P c) for all points at once; undefined where I + gamma P is not positive definite. */
function proxOfQuadratic({ quadratic }: Potential, { shape, data }: NdArray, gamma: number): Float64Array | undefined {
  const { precision, center } = quadratic!;
  const d = center.length;
  const M = Matrix.eye(d).add(matrixOf(precision).mul(gamma));
  const inverse = cholesky(M)?.solve(Matrix.eye(d)).to2DArray();
  if (!inverse) return undefined;
  const offset = (at: number): number =>
    inverse[at % d]!.reduce((sum, a, l) => sum + a * (data[at - (at % d) + l]! - center[l]!), 0);
  return Float64Array.from({ length: shape[0]! * d }, (_, at) => center[at % d]! + offset(at));
}

/** Above this dimension Newton's method by points costs more than the engine. */
const MOST_COORDINATES = 8;

/**
 * The proximal points of y `[n, d]`: in closed form for quadratic V, by Newton's method at each point where V is
 * known pointwise and d <= 8.
 *
 * @returns undefined where V serves neither way; `converged: false` where a point has no minimiser nearby
 */
export function pointwiseProx(potential: Potential, y: NdArray, gamma: number): PointwiseProx | undefined {
  const [n = 0, d = 1] = y.shape;
  if (potential.quadratic) {
    const points = proxOfQuadratic(potential, y, gamma);
    return { points: points ?? Float64Array.from(y.data), converged: points !== undefined };
  }
  const at = pointwiseOf(potential);
  if (!at || d > MOST_COORDINATES) return undefined;
  const points = Float64Array.from(y.data);
  let converged = true;
  for (let i = 0; i < n; i++) {
    const row = Array.from(points.subarray(i * d, (i + 1) * d));
    const onLine = d === 1 ? proxOnLine(at, row[0]!, gamma) : undefined;
    const found = d === 1 ? onLine !== undefined && [onLine] : proxAtPoint(at, row, gamma);
    if (found) points.set(found, i * d);
    else converged = false;
  }
  return { points, converged };
}
