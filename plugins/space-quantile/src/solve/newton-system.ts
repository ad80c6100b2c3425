/** One Newton direction on the cone of nondecreasing nodes. */
import { solveTridiagonal, type Tridiagonal } from '@wasserflow/geometry';
import { solveDense } from '../dense.js';
import type { Hessian } from '../energy/node-function.js';
import type { Nodes } from '../measure.js';

/** H + sum_i w_i (e_{i+1} - e_i)(e_{i+1} - e_i)^T + shift M, its band. */
function bandOf({ band }: Hessian, stiffness: Nodes, metric: Tridiagonal, shift: number): Tridiagonal {
  return {
    diagonal: band.diagonal.map(
      (v, i) => v + (stiffness[i] ?? 0) + (stiffness[i - 1] ?? 0) + shift * metric.diagonal[i]!,
    ),
    off: band.off.map((v, i) => v - stiffness[i]! + shift * metric.off[i]!),
  };
}

/** A full matrix with a band added to it. */
function withBand(dense: Float64Array, { diagonal, off }: Tridiagonal): Float64Array {
  const n = diagonal.length;
  const A = Float64Array.from(dense);
  diagonal.forEach((v, i) => (A[i * n + i]! += v));
  off.forEach((v, i) => {
    A[i * n + i + 1]! += v;
    A[(i + 1) * n + i]! += v;
  });
  return A;
}

/** How far a shift may go: beyond it the direction is that of steepest descent. */
const SHIFTS = 40;

export interface Direction {
  readonly d: Nodes;
  /** It is Newton's, so that its length tells how far the minimiser is. */
  readonly newton: boolean;
}

/**
 * The solution d of (H + D^T diag(stiffness) D + shift M) d = b, with the smallest tried shift >= 0 that makes the
 * matrix positive definite; undefined where none does, as the numbers are not finite.
 */
export function newtonDirection(
  hessian: Hessian,
  stiffness: Nodes,
  metric: Tridiagonal,
  b: Nodes,
): Direction | undefined {
  const attempt = (shift: number): Nodes | undefined => {
    const band = bandOf(hessian, stiffness, metric, shift);
    return hessian.dense ? solveDense(withBand(hessian.dense, band), b) : solveTridiagonal(band, b);
  };
  const exact = attempt(0);
  if (exact) return { d: exact, newton: true };
  const curvature = Math.max(...hessian.band.diagonal.map((v, i) => Math.abs(v) / metric.diagonal[i]!), 1e-300);
  for (let k = 0; k < SHIFTS; k++) {
    const d = attempt(curvature * 4 ** (k - 20));
    if (d) return { d, newton: false };
  }
  return undefined;
}
