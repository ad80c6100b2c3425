import { solveTridiagonal } from '@wasserflow/geometry';
import type { DualAscent, DualSolution } from './back-and-forth.js';
import { cumulative } from '../cells/cumulative.js';
import type { Grid } from '../cells/grid.js';
import type { DensityLaw } from '../energy/pressure.js';

interface Workspace {
  readonly residual: Float64Array;
  readonly density: Float64Array;
  readonly diagonal: Float64Array;
  /** From 1 on: the entry before the diagonal. */
  readonly off: Float64Array;
}

const workspace = (n: number): Workspace => ({
  residual: new Float64Array(n),
  density: new Float64Array(n),
  diagonal: new Float64Array(n),
  off: new Float64Array(n),
});

/** The equations and their derivatives by phi, a symmetric tridiagonal matrix. */
type Equations = (phi: Float64Array) => void;

export interface LineProblem {
  readonly grid: Grid;
  readonly law: DensityLaw;
  readonly V: Float64Array;
  /** Masses of mu. */
  readonly mass: Float64Array;
  readonly tau: number;
}

function equations({ grid, law, V, mass, tau }: LineProblem, w: Workspace): Equations {
  const n = mass.length;
  const F = cumulative(mass);
  const stretch = tau / grid.spacing[0]! ** 2;
  return (phi) => {
    for (let j = 0; j < n; j++) {
      const p = phi[j]! - V[j]!;
      const rho = law.density(p, j);
      w.density[j] = rho;
      w.residual[j] = rho * grid.volume;
      w.diagonal[j] = law.response(p, rho, j) * grid.volume;
    }
    for (let k = 1; k < n; k++) {
      const s = k + stretch * (phi[k]! - phi[k - 1]!);
      const below = F.at(s);
      const rate = stretch * F.slope(s);
      w.residual[k - 1]! -= below;
      w.residual[k]! += below;
      w.diagonal[k - 1]! += rate;
      w.diagonal[k]! += rate;
      w.off[k] = -rate;
    }
    w.residual[n - 1]! -= 1;
  };
}

/** -(H + ridge)^-1 residual; undefined where rounding has left H + ridge not positive definite. */
function newtonStep({ residual, diagonal, off }: Workspace, ridge: number): Float64Array | undefined {
  const raised = { diagonal: diagonal.map((d) => d + ridge), off: off.subarray(1) };
  return solveTridiagonal(raised, residual)?.map((v) => -v);
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

const half = (residual: Float64Array): number => residual.reduce((sum, r) => sum + Math.abs(r), 0) / 2;

// The ridge beside the largest diagonal entry: where neither density nor mass is, nothing else fixes phi.
const RIDGE = { least: 1e-13, first: 1e-4, most: 1e6, factor: 8 };

/**
 * A Newton step with the ridge raised until it goes downhill: the derivative along it is still negative at its end
 * (enough for a convex function), or the residual is smaller. Returns the ridge to begin the next one with.
 */
function descend(
  phi: Float64Array,
  trial: Float64Array,
  evaluate: Equations,
  w: Workspace,
  saved: Workspace,
  ridge: number,
): number {
  const before = half(w.residual);
  for (const name of ['residual', 'diagonal', 'off'] as const) saved[name].set(w[name]);
  const scale = saved.diagonal.reduce((a, b) => Math.max(a, b), 0);
  for (let r = ridge; ; r *= RIDGE.factor) {
    const step = newtonStep(saved, r * scale);
    for (let j = 0; j < phi.length; j++) trial[j] = phi[j]! + (step?.[j] ?? 0);
    evaluate(trial);
    const after = half(w.residual);
    const downhill = step && after < Infinity && (after < before || dot(w.residual, step) <= 0);
    if (downhill || r > RIDGE.most) return Math.max(RIDGE.least, r / RIDGE.factor ** 2);
  }
}

/**
 * The dual of the JKO step on a line by Newton's method. With F the distribution function of mu, the mass that
 * the map brings into cell j is F(S_{j+1/2}) - F(S_{j-1/2}), S = y + tau phi' at the faces; that it is rho(phi_j)
 * is the first-order condition of a convex function of phi, whose Hessian is tridiagonal.
 *
 * @param start - phi to begin with
 */
export function solveLineDual(problem: LineProblem, start: Float64Array, ascent: DualAscent): DualSolution {
  const { grid, mass } = problem;
  const w = workspace(mass.length);
  const saved = workspace(mass.length);
  const evaluate = equations(problem, w);
  let [phi, trial]: [Float64Array, Float64Array] = [start, new Float64Array(mass.length)];
  let iterations = 0;
  let ridge = RIDGE.first;
  evaluate(phi);
  for (; iterations < ascent.iterations && half(w.residual) > ascent.tolerance; iterations++) {
    ascent.signal?.throwIfAborted();
    ascent.progress?.({ iteration: iterations, iterations: ascent.iterations, loss: half(w.residual) });
    ridge = descend(phi, trial, evaluate, w, saved, ridge);
    [phi, trial] = [trial, phi];
  }
  const residual = half(w.residual);
  return { mass: w.density.map((rho) => rho * grid.volume), phi, residual, settled: false, iterations };
}
