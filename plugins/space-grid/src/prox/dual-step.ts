/**
 * What the dual methods on lines and in planes share. The JKO step by its dual, max over phi of
 * int phi^c dmu - U*(phi): rho = (dU)^-1 (phi), and the Brenier map from rho back to mu is id + gamma grad phi.
 *
 * On a line the mass between two images of faces is cut out of mu exactly, the dual has a tridiagonal Hessian and
 * is solved by Newton's method to `tolerance`: the status is `ok` only where that is met. In a plane the
 * back-and-forth method climbs it; maps and images on cells leave a residual of second order in the size of a cell,
 * mostly at fronts, that no iteration lowers. There `ok` means that `tolerance` is met or that the residual has
 * ceased to fall at no more than 2 % of the mass. A bound on the density is smeared there over the pressures of some
 * cells; where much is full already and the step is long, the front can leave some 5 %, and the status says so.
 * Entropy is for method `entropic`, which meets bounds too.
 * @see jacobs2021back
 */
import type { DualSolution } from './back-and-forth.js';
import { slopeOf } from '../energy/cell-slope.js';
import type { Grid } from '../cells/grid.js';
import { excess, type LinearSolution, type LocalEnergy } from './linear-step.js';
import type { DensityLaw } from '../energy/pressure.js';

// The density whose pressure stands where there is no mass, so that it is finite.
export const THIN = 1e-12;

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

export const sum = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => v + b[i]!);

export const largest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b), 0);

/** What is the same for all potentials; `mass` are the masses of mu. */
export interface DualStep {
  readonly grid: Grid;
  readonly local: LocalEnergy;
  readonly mass: Float64Array;
  readonly tau: number;
  readonly law: DensityLaw;
}

const misplacedAt =
  ({ grid, law }: DualStep, { phi, mass }: DualSolution) =>
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

/** What a solution tells; W2^2 is computed where it is asked for. */
export function told(step: DualStep, solution: DualSolution, tolerance: number, moved2: () => number): LinearSolution {
  const { mass, residual, iterations } = solution;
  return {
    mass,
    moved2,
    action: () => moved2() / (2 * step.tau),
    residual,
    iterations,
    ...verdict(solution, tolerance),
    info: { misplaced: residual },
    misplaced: misplacedAt(step, solution),
  };
}
