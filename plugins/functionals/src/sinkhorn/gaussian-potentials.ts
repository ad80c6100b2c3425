/** Entropic potentials in closed form, between the Gaussians nearest to two laws. */
import { dot, matrixOf, meanOf, smallestEigenvalue } from '@wasserflow/geometry';
import type { NdArray } from '@wasserflow/tensor';
import { Matrix } from 'ml-matrix';
import { meanDifference, type GaussianLaw } from '../laws/gaussian-law.js';
import { conditionalSlope } from './gaussian.js';

const rowOf = ({ shape: [, d = 1], data }: NdArray, i: number): number[] =>
  Array.from(data.subarray(i * d, (i + 1) * d));

/** The mean and covariance of masses at places. */
function momentsOf(places: NdArray, mass: Float64Array): GaussianLaw {
  const mean = Array.from(meanOf(places, mass));
  const sums = mean.map(() => mean.map(() => 0));
  for (const [i, m] of mass.entries()) {
    const away = rowOf(places, i).map((v, k) => v - mean[k]!);
    for (const [k, row] of sums.entries()) for (const l of row.keys()) row[l]! += m * away[k]! * away[l]!;
  }
  return { mean, covariance: matrixOf(sums) };
}

/** f with grad f = 2 (x - E[Y | x]) for the plan between the Gaussians p and q, at places. */
function potentialAt(places: NdArray, p: GaussianLaw, q: GaussianLaw, epsilon: number): Float64Array {
  const slope = conditionalSlope(p.covariance, q.covariance, epsilon);
  const bend = Matrix.sub(Matrix.eye(slope.rows), slope).to2DArray();
  const tilt = meanDifference(p, q).map((v) => 2 * v);
  return Float64Array.from({ length: places.shape[0]! }, (_, i) => {
    const away = rowOf(places, i).map((v, k) => v - p.mean[k]!);
    return away.reduce((sum, v, k) => sum + v * (dot(bend[k]!, away) + tilt[k]!), 0);
  });
}

interface Masses {
  readonly x: NdArray;
  readonly y: NdArray;
  readonly a: Float64Array;
  readonly b: Float64Array;
}

// Narrower laws, next to the blur of the plan, are points to it.
const NARROW = 1e-3;

/** Undefined where a law is all but a point or a line. */
export function gaussianPotentials({ x, y, a, b }: Masses, epsilon: number) {
  const [p, q] = [momentsOf(x, a), momentsOf(y, b)];
  const narrowest = Math.min(smallestEigenvalue(p.covariance), smallestEigenvalue(q.covariance));
  if (!(narrowest > NARROW * epsilon)) return undefined;
  return { f: potentialAt(x, p, q, epsilon), g: potentialAt(y, q, p, epsilon) };
}
