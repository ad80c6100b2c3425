/** Steps of the dual methods, for one potential after another. */
import { backAndForth, type DualAscent, type DualSolution } from './back-and-forth.js';
import { solveLineDual } from './dual-newton.js';
import { conjugateTransform, cTransform } from './c-transform.js';
import { slopeOf } from './cell-slope.js';
import { faceGradient, inner } from './field.js';
import { measureOn, normalise, total, type Grid } from './grid.js';
import { lineDistance2 } from './line-distance.js';
import { excess, type LinearSolution, type LinearStep, type LocalEnergy } from './linear-step.js';
import { densityLaw, densityOfMassOne, pressureWidth, type DensityLaw } from './pressure.js';

// The density whose pressure stands where there is no mass, so that it is finite.
const THIN = 1e-12;
// Shares of the largest density that stand where there is less, in starts: slopes of divergences are steep where one
// of both laws is thin, and their pull is soon met there.
const SHARES = [0, 1e-6, 1e-3, 0.1];

/**
 * The slope of the local energy at mu: for the potential 0, the solution of a step of size zero. Where it is infinite,
 * there is a wall, it stands as high as the highest that is not.
 */
export function slopeAt(
  grid: Grid,
  { entropy, internal, cells = [] }: LocalEnergy,
  mass: Float64Array,
  least = THIN,
): Float64Array {
  const { slope } = slopeOf({ linear: entropy, internal, cells });
  const slopes = mass.map((m, i) => slope(i, Math.log(Math.max(m / grid.volume, least))));
  const top = slopes.reduce((most, v) => (v < Infinity && v > most ? v : most), -Infinity);
  return slopes.map((v) => Math.min(v, top));
}

const sum = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => v + b[i]!);

const largest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0);

/** What is the same for all potentials. */
interface Problem {
  readonly grid: Grid;
  readonly local: LocalEnergy;
  readonly mass: Float64Array;
  readonly tau: number;
  readonly law: DensityLaw;
}

const misplacedAt =
  ({ grid, law }: Problem, { phi, mass }: DualSolution) =>
  (V: Float64Array): number =>
    excess(mass, (i) => law.density(phi[i]! - V[i]!, i) * grid.volume);

const share = (residual: number): string => `${Number((100 * residual).toPrecision(2))} % of the mass`;

// In a plane a residual that has settled above this is no error of discretisation; in one step the front alone may
// be that much.
const FLOOR = 0.02;

function verdict({ residual, settled, iterations }: DualSolution, tolerance: number) {
  if (!Number.isFinite(residual)) return { status: 'non-finite' as const, message: 'the dual potential is not finite' };
  if (residual <= tolerance || (settled && residual <= FLOOR)) return { status: 'ok' as const };
  return {
    status: 'not-converged' as const,
    message: `after ${iterations} iterations ${share(residual)} is not where the map brings it; take finer cells or smaller steps, raise \`iterations\` or \`tolerance\`, or set \`method: entropic\``,
  };
}

function told(problem: Problem, solution: DualSolution, tolerance: number, moved2: () => number): LinearSolution {
  const { mass, residual, iterations } = solution;
  return {
    mass,
    moved2,
    action: () => moved2() / (2 * problem.tau),
    residual,
    iterations,
    ...verdict(solution, tolerance),
    info: { misplaced: residual },
    misplaced: misplacedAt(problem, solution),
  };
}

/** The start with the least residual: slopes at mu, of divergences made those of a map, and with thin parts filled. */
function lineStart(problem: Problem, V: Float64Array): Float64Array {
  const { grid, local, mass, tau } = problem;
  const plain = sum(slopeAt(grid, local, mass), V);
  if (!local.cells?.length) return plain;
  const peak = largest(mass) / grid.volume;
  const maps = SHARES.map((share) => {
    const phi = sum(slopeAt(grid, local, mass, Math.max(THIN, share * peak)), V);
    return conjugateTransform(grid, cTransform(grid, phi, tau), tau);
  });
  const residual = (phi: Float64Array): number =>
    solveLineDual({ ...problem, V }, phi, { tolerance: 0, iterations: 0 }).residual;
  // Also where a residual is not finite.
  return maps.reduce((best, phi) => (residual(best) <= residual(phi) ? best : phi), plain);
}

/** On a line, by Newton's method; W2^2 is exact. */
export function lineStep(grid: Grid, local: LocalEnergy, mass: Float64Array, tau: number): LinearStep {
  const problem = { grid, local, mass, tau, law: densityLaw(local, pressureWidth(grid, tau)) };
  // phi - V, which changes less from one V to the next.
  let pressure: Float64Array | undefined;
  const solve = (V: Float64Array, ascent: DualAscent): LinearSolution => {
    const start = pressure ? sum(pressure, V) : lineStart(problem, V);
    const solution = solveLineDual({ ...problem, V }, start, ascent);
    if (Number.isFinite(solution.residual)) pressure = solution.phi.map((p, i) => p - V[i]!);
    const image = () => measureOn(grid, normalise(Float64Array.from(solution.mass)));
    return told(problem, solution, ascent.tolerance, () => lineDistance2(measureOn(grid, mass), image()));
  };
  return { solve, stay: 0 };
}

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

/** In a plane, by back-and-forth; W2^2 is |tau grad phi|^2 in L2(rho), by the first-order condition. */
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
