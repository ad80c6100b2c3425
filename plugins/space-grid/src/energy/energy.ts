/** G on the cells of a grid: what is local in the density, a potential at the centres, and interactions. */
import {
  ensure,
  pointwiseOf,
  summandsOf,
  type Functional,
  type GridMeasure,
  type InteractionEnergy,
  type InternalEnergy,
  type Potential,
} from '@wasserflow/core';
import { convolve } from './convolve.js';
import { gridOf, massesOf, onCells, type Grid } from '../cells/grid.js';

/** G(rho) = int [entropy rho log rho + sum internal + V rho] + interactions + constant, where rho <= maximum. */
export interface GridEnergy {
  readonly entropy: number;
  readonly internal: readonly InternalEnergy[];
  /** V at the centres of the cells. */
  readonly potential: Float64Array;
  readonly interactions: readonly InteractionEnergy[];
  readonly constant: number;
  /** Infinity where the density is not bounded. */
  readonly maximum: number;
}

/** V at the centres of the cells. @throws WasserflowError E_UNSUPPORTED when V is not known in float64. */
export function potentialOn(grid: Grid, potential: Potential): Float64Array {
  const pointwise = pointwiseOf(potential);
  ensure(pointwise, 'E_UNSUPPORTED', 'a grid needs a potential with `pointwise` values in float64');
  return onCells(grid, pointwise.value);
}

function addPotential(grid: Grid, V: Float64Array, potential: Potential | undefined, weight: number): void {
  if (potential === undefined) return;
  const values = potentialOn(grid, potential);
  for (let i = 0; i < V.length; i++) V[i]! += weight * values[i]!;
}

/** The sum of all terms of G and of its summands on these cells; facets count only with their `maximum`. */
export function energyOn(grid: Grid, G: Functional): GridEnergy {
  const potential = new Float64Array(grid.size);
  const internal: InternalEnergy[] = [];
  const interactions: InteractionEnergy[] = [];
  let [entropy, constant, maximum] = [0, 0, Infinity];
  for (const { weight, of } of summandsOf(G)) {
    if (weight === 0) continue;
    const { terms } = of;
    maximum = Math.min(maximum, of.facets?.grid?.maximum ?? Infinity);
    entropy += weight * (terms?.entropy ?? 0);
    constant += weight * (terms?.constant ?? 0);
    for (const e of terms?.internal ?? []) internal.push({ ...e, weight: e.weight * weight });
    for (const e of terms?.interactions ?? []) interactions.push({ ...e, weight: e.weight * weight });
    addPotential(grid, potential, terms?.potential, weight);
  }
  return { entropy, internal, potential, interactions, constant, maximum };
}

/** entropy rho log rho + sum internal, at one density. */
export function localEnergy({ entropy, internal }: GridEnergy, rho: number): number {
  let sum = entropy === 0 || rho === 0 ? 0 : entropy * rho * Math.log(rho);
  for (const { weight, power } of internal) sum += (weight * rho ** power) / (power - 1);
  return sum;
}

/** Its derivative by the density, without the 1 of the entropy: a constant moves nothing. */
export function localSlope({ entropy, internal }: Pick<GridEnergy, 'entropy' | 'internal'>, rho: number): number {
  let sum = entropy === 0 ? 0 : entropy * Math.log(rho);
  for (const { weight, power } of internal) sum += (weight * power * rho ** (power - 1)) / (power - 1);
  return sum;
}

/** W * rho at the centres, summed over the interactions with their weights. */
export function interactionField(
  grid: Grid,
  energy: Pick<GridEnergy, 'interactions'>,
  mass: Float64Array,
): Float64Array {
  const field = new Float64Array(mass.length);
  for (const { weight, interaction } of energy.interactions) {
    const values = convolve(grid, interaction, mass);
    for (let i = 0; i < field.length; i++) field[i]! += weight * values[i]!;
  }
  return field;
}

// Rounding of a constraint that a solve has met.
const SLACK = 1e-9;

/** The value of these terms at mu, in nats: potential and interactions by the midpoint rule. */
export function energyValue(energy: GridEnergy, mu: GridMeasure): number {
  const grid = gridOf(mu);
  const mass = massesOf(mu);
  const field = energy.interactions.length > 0 ? interactionField(grid, energy, mass) : undefined;
  let sum = energy.constant;
  for (let i = 0; i < mass.length; i++) {
    const rho = mass[i]! / grid.volume;
    if (rho > energy.maximum * (1 + SLACK)) return Infinity;
    sum += grid.volume * localEnergy(energy, rho);
    if (mass[i] !== 0) sum += mass[i]! * (energy.potential[i]! + (field ? field[i]! / 2 : 0));
  }
  return sum;
}

/** The value without interactions. */
export const localValue = (energy: GridEnergy, mu: GridMeasure): number =>
  energyValue({ ...energy, interactions: [] }, mu);

/** The first variation of these terms at mu, at the centres, up to a constant. */
export function firstVariation(energy: GridEnergy, mu: GridMeasure): Float64Array {
  const grid = gridOf(mu);
  const mass = massesOf(mu);
  const field = interactionField(grid, energy, mass);
  return field.map((w, i) => w + energy.potential[i]! + localSlope(energy, mass[i]! / grid.volume));
}
