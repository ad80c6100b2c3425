import type { DualAscent } from './back-and-forth.js';
import { conjugateTransform, cTransform } from './c-transform.js';
import { solveLineDual } from './dual-newton.js';
import { THIN, largest, slopeAt, sum, told, type DualStep } from './dual-step.js';
import { measureOn, normalise, type Grid } from '../cells/grid.js';
import { lineDistance2 } from '../transport/line-distance.js';
import type { LinearSolution, LinearStep, LocalEnergy } from './linear-step.js';
import { densityLaw, pressureWidth } from '../energy/pressure.js';

// Shares of the largest density that stand where there is less, in starts: slopes of divergences are steep where one
// of both laws is thin, and their pull is soon met there.
const SHARES = [0, 1e-6, 1e-3, 0.1];

/** The start with the least residual: slopes at mu, of divergences made those of a map, and with thin parts filled. */
function lineStart(problem: DualStep, V: Float64Array): Float64Array {
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

/** The dual on a line for one potential after another, by Newton's method; W2^2 is exact. */
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
