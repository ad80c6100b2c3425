import type { GridMeasure, ProxResult } from '@wasserflow/core';
import { backAndForth, type DualAscent, type DualSolution } from './back-and-forth.js';
import { solveLineDual } from './dual-newton.js';
import { energyValue, localSlope, type GridEnergy } from './energy.js';
import { gridOf, massesOf, measureOn, normalise, total, type Grid } from './grid.js';
import { lineDistance2 } from './line-distance.js';
import { densityLaw, densityOfMassOne, pressureWidth, type DensityLaw } from './pressure.js';
import { faceGradient, inner } from './field.js';

// The density whose pressure stands where there is no mass, so that it is finite.
const THIN = 1e-12;

/** The first variation at mu itself: the solution of a step of size zero. */
const startAt = (grid: Grid, energy: GridEnergy, mass: Float64Array): Float64Array =>
  mass.map((m, i) => energy.potential[i]! + localSlope(energy, Math.max(m / grid.volume, THIN)));

/** d rho / d p, averaged over the mass. */
function meanResponse(law: DensityLaw, phi: Float64Array, V: Float64Array, c: number, density: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < phi.length; i++) sum += density[i]! * law.response(phi[i]! - V[i]! - c, density[i]!);
  return sum / total(density);
}

const largest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0);

// In a plane a front of a bounded density is spread over the pressures of so many quarter cells, and the metric is
// this share of its steepest slope: measured, the ascent then settles.
const FRONT = 8;
const STEEPNESS = 0.3;

/** The law in a plane, and the weight of |h|^2 in the metric of the ascent, per volume. */
function planeLaw(grid: Grid, energy: GridEnergy, tau: number): { law: DensityLaw; steepest: number | undefined } {
  const width = pressureWidth(grid, tau);
  if (!Number.isFinite(energy.maximum)) return { law: densityLaw(energy, width), steepest: undefined };
  return { law: densityLaw(energy, FRONT * width), steepest: (STEEPNESS * energy.maximum) / (2 * FRONT * width) };
}

function solvePlaneDual(
  grid: Grid,
  energy: GridEnergy,
  mass: Float64Array,
  tau: number,
  ascent: DualAscent,
): DualSolution {
  const { law, steepest } = planeLaw(grid, energy, tau);
  const start = startAt(grid, energy, mass);
  const density = new Float64Array(grid.size);
  let c = densityOfMassOne(grid, law, start, energy.potential, density, 0);
  const peak = Math.max(largest(density), largest(mass) / grid.volume);
  const shift = (steepest ?? meanResponse(law, start, energy.potential, c, density)) * grid.volume;
  const fill = (phi: Float64Array, masses: Float64Array): void => {
    c = densityOfMassOne(grid, law, phi, energy.potential, masses, c, 1e-9);
    for (let i = 0; i < masses.length; i++) masses[i]! *= grid.volume;
  };
  return backAndForth({ grid, mass, tau, fill, shift, slope: tau * peak * grid.volume }, start, ascent);
}

/** W2^2 of the step: exact on a line; in a plane |tau grad phi|^2 in L2(rho), by the first-order condition. */
const stepLength2 = (grid: Grid, mu: GridMeasure, measure: GridMeasure, phi: Float64Array, tau: number): number => {
  if (grid.shape.length === 1) return lineDistance2(mu, measure);
  const back = faceGradient(grid, phi);
  return tau ** 2 * inner(measure, back, back);
};

// In a plane a residual that has settled above this is no error of discretisation; in one step the front alone may
// be that much.
const FLOOR = 0.02;

function verdict({ residual, settled, iterations }: DualSolution, tolerance: number): Partial<ProxResult<GridMeasure>> {
  if (!Number.isFinite(residual)) return { status: 'non-finite', message: 'the dual potential is not finite' };
  if (residual <= tolerance || (settled && residual <= FLOOR)) return { status: 'ok' };
  const share = `${Number((100 * residual).toPrecision(2))} % of the mass`;
  return {
    status: 'not-converged',
    message: `after ${iterations} iterations ${share} is not where the map brings it; take finer cells or smaller steps, raise \`iterations\` or \`tolerance\`, or set \`method: entropic\``,
  };
}

/**
 * The JKO step by its dual, max over phi of int phi^c dmu - U*(phi): rho = (dU)^-1 (phi), and the Brenier map from
 * rho back to mu is id + gamma grad phi.
 *
 * On a line the mass between two images of faces is cut out of mu exactly, the dual has a tridiagonal Hessian and
 * is solved by Newton's method to `tolerance`: the status is `ok` only where that is met. In a plane the
 * back-and-forth method climbs it; maps and images on cells leave a residual of second order in the size of a cell,
 * mostly at fronts, that no iteration lowers. There `ok` means that `tolerance` is met or that the residual has
 * ceased to fall at no more than 2 % of the mass. A bound on the density is solved for what is full already; what
 * fills up, and entropy, are for method `entropic`.
 *
 * @param gamma - step size, length^2 per nat
 * @returns `residual`, and the same as `info.misplaced`: the share of the mass that is not where the map brings it
 * @see jacobs2021back
 */
export function dualProx(
  energy: GridEnergy,
  mu: GridMeasure,
  gamma: number,
  ascent: DualAscent,
): ProxResult<GridMeasure> {
  const grid = gridOf(mu);
  const mass = massesOf(mu);
  const line = grid.shape.length === 1;
  const solution = line
    ? solveLineDual(grid, energy, mass, gamma, startAt(grid, energy, mass), ascent)
    : solvePlaneDual(grid, energy, mass, gamma, ascent);
  const { residual, iterations, phi } = solution;
  const found = { status: 'ok' as const, ...verdict(solution, ascent.tolerance), iterations };
  if (found.status === 'non-finite') return { ...found, measure: mu };
  const measure = measureOn(grid, normalise(solution.mass));
  const moved2 = stepLength2(grid, mu, measure, phi, gamma);
  const objective = energyValue(energy, measure) + moved2 / (2 * gamma);
  return { ...found, measure, moved2, objective, residual, info: { misplaced: residual } };
}
