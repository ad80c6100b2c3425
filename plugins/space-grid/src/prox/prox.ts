/** Which solver a proximal step takes, and with what. */
import type { Functional, GridMeasure, ProxResult, SolveContext } from '@wasserflow/core';
import type { DualAscent } from './back-and-forth.js';
import type { CellSlope } from '../energy/cell-slope.js';
import { energyOn, type GridEnergy } from '../energy/energy.js';
import { entropicStep } from './entropic-step.js';
import { settleFactors } from './factors.js';
import type { GridSpaceOptions, ProxMethod } from '../grid-space.js';
import { gridOf, massesOf, type Grid } from '../cells/grid.js';
import { lineStep } from './line-step.js';
import { linearProx, type LinearStep, type LocalEnergy } from './linear-step.js';
import { linearisedProx } from './linearised.js';
import { planeStep } from './plane-step.js';
import { hasLocal, spreads } from '../refusals.js';
import { isLocalOnly, smoothPart } from '../energy/smooth-part.js';

type Options = Pick<GridSpaceOptions, 'method' | 'epsilon' | 'tolerance' | 'iterations'>;

/**
 * The method for G: the one that was asked for, or the one that is exact where it can be. Divergences that are flat at
 * large densities, or steep, lead Newton's method on the dual astray.
 */
const methodFor = (method: ProxMethod | undefined, grid: Grid, G: Functional): ProxMethod =>
  method ?? (grid.shape.length === 1 && spreads(G) && !hasLocal(G) ? 'back-and-forth' : 'entropic');

/** What a solve is given, where the options leave it open. */
function ascentFor(method: ProxMethod, { tolerance, iterations }: Options, grid: Grid): DualAscent {
  const plane = method === 'back-and-forth' && grid.shape.length === 2;
  return {
    tolerance: tolerance ?? (plane ? 1e-4 : 1e-9),
    iterations: iterations ?? (plane ? 200 : 500),
  };
}

// Nats, in units of 1 and of 1 / sigma: no mass that float64 holds climbs so high.
const WALL = 1e4;

/** The energy with walls of a finite height where V is infinite, since no solve computes with infinity. */
function withWalls(energy: GridEnergy, sigma: number): GridEnergy {
  const height = energy.potential.reduce((a, b) => Math.min(a, b), Infinity) + WALL * (1 + 1 / sigma);
  return { ...energy, potential: energy.potential.map((v) => (v === Infinity ? height : v)) };
}

/**
 * argmin over rho of G(rho) + W2^2(mu, rho) / (2 gamma): local terms and divergences, potentials and bounds are solved
 * as they are, interactions and other facets by their first variations.
 */
export function proxOf(
  options: Options,
  G: Functional,
  mu: GridMeasure,
  gamma: number,
  context: SolveContext,
): ProxResult<GridMeasure> {
  const grid = gridOf(mu);
  const method = methodFor(options.method, grid, G);
  const epsilon = options.epsilon ?? 2 * Math.max(...grid.spacing) ** 2;
  const energy = withWalls(energyOn(grid, G), (2 * gamma) / epsilon);
  const ascent = { ...context, ...ascentFor(method, options, grid) };
  const dual = grid.shape.length === 1 ? lineStep : planeStep;
  const stepOf = (local: LocalEnergy): LinearStep =>
    method === 'entropic'
      ? entropicStep(grid, local, massesOf(mu), gamma, epsilon)
      : dual(grid, local, massesOf(mu), gamma);
  context.signal?.throwIfAborted();
  const smooth = smoothPart(energy, G);
  if (!smooth) return linearProx(stepOf(energy), energy, mu, gamma, ascent);
  const withFactors = (cells: readonly CellSlope[]): ProxResult<GridMeasure> => {
    const local = { ...energy, cells };
    const step = stepOf(local);
    if (isLocalOnly(energy, G)) return linearProx(step, energy, mu, gamma, ascent, (nu) => smooth(nu).value);
    return linearisedProx({ step, energy, local, smooth, mu, gamma }, ascent);
  };
  return settleFactors(G, mu, ascent.tolerance, withFactors);
}
