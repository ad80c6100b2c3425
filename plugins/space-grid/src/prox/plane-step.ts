import { backAndForth, type DualAscent } from './back-and-forth.js';
import { largest, slopeAt, sum, told } from './dual-step.js';
import { faceGradient, inner } from '../fields/field.js';
import { measureOn, normalise, total, type Grid } from '../cells/grid.js';
import type { LinearSolution, LinearStep, LocalEnergy } from './linear-step.js';
import { densityOfMassOne } from './mass-one.js';
import { densityLaw, pressureWidth, type DensityLaw } from '../energy/pressure.js';

/** d rho / d p, averaged over the mass. */
function meanResponse(law: DensityLaw, phi: Float64Array, V: Float64Array, c: number, density: Float64Array): number {
  let response = 0;
  for (let i = 0; i < phi.length; i++) response += density[i]! * law.response(phi[i]! - V[i]! - c, density[i]!, i);
  return response / total(density);
}

// In a plane a front of a bounded density is spread over the pressures of so many quarter cells, and the metric is
// this share of its steepest slope: measured, the ascent then settles.
const FRONT = 6;
const STEEPNESS = 0.6;

/** The law in a plane, and the weight of |h|^2 in the metric of the ascent, per volume. */
function planeLaw(grid: Grid, local: LocalEnergy, tau: number): { law: DensityLaw; steepest: number | undefined } {
  const width = pressureWidth(grid, tau);
  if (!Number.isFinite(local.maximum)) return { law: densityLaw(local, width), steepest: undefined };
  return { law: densityLaw(local, FRONT * width), steepest: (STEEPNESS * local.maximum) / (2 * FRONT * width) };
}

/** The dual in a plane for one potential after another, by back-and-forth; W2^2 is |tau grad phi|^2 in L2(rho), by the first-order condition. */
export function planeStep(grid: Grid, local: LocalEnergy, mass: Float64Array, tau: number): LinearStep {
  const { law, steepest } = planeLaw(grid, local, tau);
  const problem = { grid, local, mass, tau, law };
  const density = new Float64Array(grid.size);
  let pressure = slopeAt(grid, local, mass);
  const solve = (V: Float64Array, ascent: DualAscent): LinearSolution => {
    const start = sum(pressure, V);
    let c = densityOfMassOne(grid, law, start, V, density, 0);
    const peak = Math.max(largest(density), largest(mass) / grid.volume);
    const shift = (steepest ?? meanResponse(law, start, V, c, density)) * grid.volume;
    const fill = (phi: Float64Array, masses: Float64Array): void => {
      c = densityOfMassOne(grid, law, phi, V, masses, c, 1e-9);
      for (let i = 0; i < masses.length; i++) masses[i]! *= grid.volume;
    };
    const dual = { grid, mass, tau, fill, shift, slope: tau * peak * grid.volume };
    const found = backAndForth(dual, start, ascent);
    const solution = { ...found, phi: found.phi.map((p) => p - c) };
    if (Number.isFinite(solution.residual)) pressure = solution.phi.map((p, i) => p - V[i]!);
    const back = faceGradient(grid, solution.phi);
    const image = () => measureOn(grid, normalise(Float64Array.from(solution.mass)));
    return told(problem, solution, ascent.tolerance, () => tau ** 2 * inner(image(), back, back));
  };
  return { solve, stay: 0 };
}
