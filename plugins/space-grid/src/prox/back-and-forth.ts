import type { SolveContext } from '@wasserflow/core';
import { conjugateTransform, cTransform } from './c-transform.js';
import { createDepositor, gradientShifts, noShifts } from '../fields/deposit.js';
import type { Grid } from '../cells/grid.js';
import { helmholtzSolver } from './poisson.js';

/** A dual problem on the cells: max over phi of int phi^c dmu - U*(phi), with phi^c for the step size tau. */
export interface DualProblem {
  readonly grid: Grid;
  /** Masses of mu. */
  readonly mass: Float64Array;
  readonly tau: number;
  /** Fills `masses` with the derivative of U* at phi: what the image of mu is compared with. */
  readonly fill: (phi: Float64Array, masses: Float64Array) => void;
  /** The metric of the ascent, shift |h|^2 + slope |grad h|^2, per unit of mass in a cell. */
  readonly shift: number;
  readonly slope: number;
}

/** Who may end a solve between two of its steps, and who is told of each. */
export type Watch = Pick<SolveContext, 'signal' | 'progress'>;

export interface DualAscent extends Watch {
  readonly tolerance: number;
  /** Most steps, each on both sides. */
  readonly iterations: number;
}

export interface DualSolution {
  /** The masses at phi. */
  readonly mass: Float64Array;
  /** The first variation of G at the solution, up to a constant, extended to where nothing is. */
  readonly phi: Float64Array;
  /** The mass that is not where the map brings it: half the sum over the cells. */
  readonly residual: number;
  /** The residual had ceased to fall: what is left is the error of images on cells. */
  readonly settled: boolean;
  readonly iterations: number;
}

// Where the residual falls by less than this in so many steps, what is left is the error of images on cells.
const PATIENCE = 8;
const PROGRESS = 0.98;

/** wanted - got, in place of `got`; returns half the sum of its absolute values. */
function difference(wanted: Float64Array, got: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < got.length; i++) {
    got[i] = wanted[i]! - got[i]!;
    sum += Math.abs(got[i]!);
  }
  return sum / 2;
}

function addTo(f: Float64Array, step: Float64Array): void {
  for (let i = 0; i < f.length; i++) f[i]! += step[i]!;
}

/**
 * The back-and-forth method: steps of ascent in an H^1 metric, by turns in phi on the dual with psi = phi^c, where
 * the gradient is T_# mu - rho, T = id - tau grad psi, and in psi on the dual with phi = psi^c, where it is
 * mu - S_# rho, S = id + tau grad phi. The c-transforms between them carry news at once to where there is no mass.
 *
 * Maps are differences of potentials at faces and images are put back on cells to second order, so that a residual
 * of that order stays; the best potential is returned.
 * @see jacobs2020fast, jacobs2021back
 */
export function backAndForth(problem: DualProblem, start: Float64Array, ascent: DualAscent): DualSolution {
  const { grid, mass, tau, fill } = problem;
  const { deposit } = createDepositor(grid, false);
  const precondition = helmholtzSolver(grid, problem.shift, problem.slope);
  const shifts = noShifts(grid);
  const [masses, image] = [new Float64Array(grid.size), new Float64Array(grid.size)];

  /** Half a step in phi from its density in `masses`. */
  function residualAt(phi: Float64Array): number {
    fill(phi, masses);
    gradientShifts(grid, cTransform(grid, phi, tau), tau, shifts);
    deposit(mass, shifts, image);
    return difference(image, (gradient.set(masses), gradient));
  }
  const gradient = new Float64Array(grid.size);

  function otherSide(phi: Float64Array): Float64Array {
    const psi = cTransform(grid, phi, tau);
    const back = conjugateTransform(grid, psi, tau);
    fill(back, masses);
    gradientShifts(grid, back, -tau, shifts);
    deposit(masses, shifts, image);
    difference(mass, image);
    addTo(psi, precondition(image));
    return conjugateTransform(grid, psi, tau);
  }

  let phi = conjugateTransform(grid, cTransform(grid, start, tau), tau);
  let best = { phi, residual: Infinity };
  let mark = { residual: Infinity, at: 0 };
  let k = 0;
  let settled = false;
  for (; k < ascent.iterations; k++) {
    ascent.signal?.throwIfAborted();
    const residual = residualAt(phi);
    if (residual < PROGRESS * mark.residual) mark = { residual, at: k };
    if (residual < best.residual) best = { phi: Float64Array.from(phi), residual };
    ascent.progress?.({ iteration: k, iterations: ascent.iterations, loss: residual });
    settled = k - mark.at >= PATIENCE;
    if (residual <= ascent.tolerance || settled || !Number.isFinite(residual)) break;
    addTo(phi, precondition(gradient));
    phi = otherSide(phi);
  }
  fill(best.phi, masses);
  return { mass: masses, phi: best.phi, residual: best.residual, settled, iterations: k };
}
