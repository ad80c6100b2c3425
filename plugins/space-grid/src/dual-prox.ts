import type { GridMeasure, ProxResult } from '@wasserflow/core';
import type { DualAscent } from './back-and-forth.js';
import type { GridEnergy } from './energy.js';
import { gridOf, massesOf } from './grid.js';
import { lineStep } from './line-step.js';
import { linearProx } from './linear-step.js';
import { planeStep } from './plane-step.js';

/**
 * The JKO step by its dual, max over phi of int phi^c dmu - U*(phi): rho = (dU)^-1 (phi), and the Brenier map from
 * rho back to mu is id + gamma grad phi.
 *
 * On a line the mass between two images of faces is cut out of mu exactly, the dual has a tridiagonal Hessian and
 * is solved by Newton's method to `tolerance`: the status is `ok` only where that is met. In a plane the
 * back-and-forth method climbs it; maps and images on cells leave a residual of second order in the size of a cell,
 * mostly at fronts, that no iteration lowers. There `ok` means that `tolerance` is met or that the residual has
 * ceased to fall at no more than 2 % of the mass. A bound on the density is smeared there over the pressures of some
 * cells; where much is full already and the step is long, the front can leave some 5 %, and the status says so.
 * Entropy is for method `entropic`, which meets bounds too, up to its blur.
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
  const stepOf = grid.shape.length === 1 ? lineStep : planeStep;
  return linearProx(stepOf(grid, energy, massesOf(mu), gamma), energy, mu, gamma, ascent);
}
