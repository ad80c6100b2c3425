/** A JKO step for the local part of G and a potential: what every solver does, for one potential after another. */
import type { ProxResult, GridMeasure } from '@wasserflow/core';
import type { DualAscent } from './back-and-forth.js';
import type { CellSlope } from '../energy/cell-slope.js';
import { energyValue, type GridEnergy } from '../energy/energy.js';
import { gridOf, measureOn, normalise, total } from '../cells/grid.js';

/** Local energies and a bound on the density; the potential is given to each solve. */
export interface LocalEnergy extends Pick<GridEnergy, 'entropy' | 'internal' | 'maximum'> {
  /** What is local and differs from cell to cell. */
  readonly cells?: readonly CellSlope[];
}

/** The minimiser of local energy + int V drho + W2^2(mu, rho) / (2 gamma) for one V. */
export interface LinearSolution {
  /** Masses, adding up to one within the tolerance. */
  readonly mass: Float64Array;
  /** W2^2 from mu, or the cost of the plan. */
  readonly moved2: () => number;
  /** What the solver has in place of W2^2 / (2 gamma), nats. */
  readonly action: () => number;
  /** The share of the mass that is not where the map brings it. */
  readonly residual: number;
  readonly iterations: number;
  readonly status: ProxResult<GridMeasure>['status'];
  readonly message?: string;
  readonly info: Readonly<Record<string, number>>;
  /** The share of the mass that is not wanted where it is, were the potential another of the same mean. */
  readonly misplaced: (V: Float64Array) => number;
}

export interface LinearStep {
  /** Solves for V, from where the last solve ended. */
  readonly solve: (V: Float64Array, ascent: DualAscent) => LinearSolution;
  /** `action` of staying at mu, or a bound of it. */
  readonly stay: number;
}

/** The mass that cells have above what is wanted there; it is finite wherever much is wanted of an empty cell. */
export function excess(mass: Float64Array, wanted: (cell: number) => number): number {
  let sum = 0;
  for (let i = 0; i < mass.length; i++) sum += Math.max(0, mass[i]! - wanted(i));
  return sum;
}

// A solve that has lost this share of the mass has not found the law.
const LOST = 0.1;

/** Whether the masses add up to one, more or less. */
export const isWhole = (mass: Float64Array): boolean => Math.abs(total(mass) - 1) <= LOST;

/**
 * The step for an energy of local terms and a potential.
 * @param others - the value of what else `step` solves
 */
export function linearProx(
  step: LinearStep,
  energy: GridEnergy,
  mu: GridMeasure,
  gamma: number,
  ascent: DualAscent,
  others: (mu: GridMeasure) => number = () => 0,
): ProxResult<GridMeasure> {
  const { mass, status, message, iterations, residual, info, ...solution } = step.solve(energy.potential, ascent);
  const told = { status, ...(message !== undefined && { message }), iterations };
  if (status === 'non-finite' || !isWhole(mass)) return { ...told, measure: mu };
  const measure = measureOn(gridOf(mu), normalise(Float64Array.from(mass)));
  const moved2 = solution.moved2();
  const objective = energyValue(energy, measure) + others(measure) + moved2 / (2 * gamma);
  return { ...told, measure, moved2, objective, residual, info };
}
