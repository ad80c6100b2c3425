import { ensure, type GridMeasure } from '@wasserflow/core';
import { brenierMatrix, matrixOf } from '@wasserflow/geometry';
import { backAndForth } from '../prox/back-and-forth.js';
import { cTransform } from '../prox/c-transform.js';
import { momentsOf } from '../cells/draw.js';
import { faceGradient, type GridField } from '../fields/field.js';
import { ensureSameGrid, gridOf, massesOf, onCells, type Grid } from '../cells/grid.js';

/** The potential of the affine map from N(moments of nu) to N(moments of mu): exact between Gaussians. */
function gaussianStart(grid: Grid, mu: GridMeasure, nu: GridMeasure): Float64Array {
  const [to, from] = [momentsOf(mu), momentsOf(nu)];
  const A = brenierMatrix(matrixOf(from.covariance), matrixOf(to.covariance)).to2DArray();
  return onCells(grid, (y) => {
    const z = y.map((v, k) => v - from.mean[k]!);
    const stretched = A.map((row, k) => row.reduce((sum, a, l) => sum + a * z[l]!, 0) - z[k]!);
    return z.reduce((sum, v, k) => sum + (v * stretched[k]!) / 2 + v * (to.mean[k]! - from.mean[k]!), 0);
  });
}

// Images of masses on cells leave some of it beside its goal: 6 % for two bumps of four cells each, whose W2^2 is
// still right to 1 %. Beyond this share the potential is not found.
const FLOOR = 0.1;

const sameMasses = (a: Float64Array, b: Float64Array): boolean => a.every((m, i) => m === b[i]);

const ITERATIONS = 60;

/** The mass that is not where the other has it. */
const apart = (a: Float64Array, b: Float64Array): number => a.reduce((sum, m, i) => sum + Math.abs(m - b[i]!), 0) / 2;

const unsolved = (residual: number, iterations: number): string =>
  `W2 in the plane was not found: after ${iterations} iterations the map leaves ${Number((100 * residual).toPrecision(2))} % of the mass beside its goal; use finer cells, or a box that is not much wider than both measures`;

interface Kantorovich {
  /** The potentials on the side of nu and of mu: T = id - grad psi leads from mu to nu. */
  readonly phi: Float64Array;
  readonly psi: Float64Array;
  readonly residual: number;
  readonly iterations: number;
}

/** The Kantorovich potentials by the back-and-forth method, from those that are exact between Gaussians. */
function potentials(grid: Grid, mass: Float64Array, goal: Float64Array, start: Float64Array): Kantorovich {
  const peak = Math.max(...[mass, goal].map((a) => a.reduce((x, y) => Math.max(x, y), 0)));
  const length2 = Math.max(...grid.upper.map((b, k) => b - grid.lower[k]!)) ** 2;
  const problem = {
    grid,
    mass,
    tau: 1,
    fill: (_: Float64Array, masses: Float64Array): void => masses.set(goal),
    // Nothing fixes the constant of phi; a little of the identity does.
    shift: (1e-4 * peak) / length2,
    slope: peak,
  };
  // Next to each other, laws are told apart by less mass than the ascent would leave between others.
  const tolerance = Math.min(1e-3, apart(mass, goal) / 100);
  const { phi, residual, iterations } = backAndForth(problem, start, { tolerance, iterations: ITERATIONS });
  return { phi, psi: cTransform(grid, phi, 1), residual, iterations };
}

/**
 * W2^2 between masses on the same cells of a plane: the value of the Kantorovich dual,
 * 2 (int phi^c dmu - int phi dnu) for the cost |x - y|^2 / 2, climbed by the back-and-forth method from the
 * potential that is exact between Gaussians. The value errs by the square of what the potential does: measured on
 * Gaussians, second order in the size of a cell. Length squared.
 *
 * @throws WasserflowError E_NUMERICS when the ascent ends with more than 10 % of the mass beside its goal,
 *   E_ARGUMENT when the measures are on different cells
 * @see jacobs2020fast
 */
export function planeDistance2(mu: GridMeasure, nu: GridMeasure): number {
  ensureSameGrid(mu, nu);
  const [mass, goal] = [massesOf(mu), massesOf(nu)];
  if (sameMasses(mass, goal)) return 0;
  if (![...mass, ...goal].every(Number.isFinite)) return NaN;
  const grid = gridOf(mu);
  const { phi, psi, residual, iterations } = potentials(grid, mass, goal, gaussianStart(grid, mu, nu));
  ensure(residual <= FLOOR, 'E_NUMERICS', () => unsolved(residual, iterations));
  const value = mass.reduce((sum, m, i) => sum + m * psi[i]! - goal[i]! * phi[i]!, 0);
  return Math.max(0, 2 * value);
}

// A map is first order where the value is second, so that less of the mass may be beside its goal.
const MAP_FLOOR = 0.05;

/**
 * The Brenier map from mu to nu minus the identity at the faces, lengths: minus the gradient of the Kantorovich
 * potential that the value of W2 is from. Measured on Gaussians 12 cells wide it errs in L2(mu) by 1.5 % of its length,
 * and by a quarter of that on half the cells. Between laws so near that no map on the cells leaves less of the mass
 * beside its goal than the identity does, it is zero.
 *
 * @throws WasserflowError E_NUMERICS when it leaves more than 5 % of the mass beside its goal, E_ARGUMENT when the
 *   measures are on different cells
 * @see jacobs2020fast
 */
export function planeMap(mu: GridMeasure, nu: GridMeasure): GridField {
  ensureSameGrid(mu, nu);
  const [mass, goal] = [massesOf(mu), massesOf(nu)];
  const grid = gridOf(mu);
  const nothing = faceGradient(grid, new Float64Array(grid.size));
  if (sameMasses(mass, goal)) return nothing;
  const { psi, residual, iterations } = potentials(grid, mass, goal, gaussianStart(grid, mu, nu));
  if (apart(mass, goal) <= Math.min(residual, MAP_FLOOR)) return nothing;
  ensure(residual <= MAP_FLOOR, 'E_NUMERICS', () => unsolved(residual, iterations));
  return faceGradient(
    grid,
    psi.map((v) => -v),
  );
}
