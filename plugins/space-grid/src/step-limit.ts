import {
  diffusivityOf,
  smallestLimit,
  summandsOf,
  type Functional,
  type GridMeasure,
  type StepLimit,
} from '@wasserflow/core';
import { gridOf, massesOf } from './cells/grid.js';
import { cellVariations } from './energy/smooth-part.js';

/**
 * The largest diffusivity of G at mu: that of its terms, and of facets by the density of each cell what their first
 * variation grows by with log rho, since its gradient moves mass by that times grad rho. Undefined where none diffuses,
 * or where the first variation is infinite.
 */
function largestDiffusivity(G: Functional, mu: GridMeasure): number | undefined {
  const { volume } = gridOf(mu);
  const ofTerms = diffusivityOf(G) ?? (() => 0);
  const local = cellVariations(G, mu);
  const at = (rho: number, cell: number): number =>
    local.reduce((D, { weight, of }) => D + weight * of.factor * of.rate(cell, Math.log(rho)), ofTerms(rho));
  const D = massesOf(mu).reduce((most, m, c) => (m > 0 ? Math.max(most, at(m / volume, c)) : most), 0);
  return D > 0 && D < Infinity ? D : undefined;
}

/**
 * Beyond 1 / (2 D sum_k h_k^-2) an explicit step of diffusion is unstable, h the sides of a cell and D the largest
 * diffusivity of G at mu; h^2 / (2 D) on a line. Below it is stable where neighbouring masses are alike; tails
 * that fall e^2-fold and more from cell to cell stay finite, but rough: half of it leaves 10 to 100 times less of that.
 */
function ofDiffusion(G: Functional, mu: GridMeasure): StepLimit | undefined {
  const D = largestDiffusivity(G, mu);
  if (D === undefined) return undefined;
  const { spacing } = gridOf(mu);
  return {
    size: 1 / (2 * D * spacing.reduce((sum, h) => sum + h ** -2, 0)),
    name: `h^2 / (${2 * spacing.length} D)`,
    beyond: 'explicit diffusion on space `grid` is unstable (h: the sides of its cells, D: the largest diffusivity)',
  };
}

/** The limits that facets tell of themselves: of weight * G it is that of G over the weight. */
const ofFacets = (G: Functional, mu: GridMeasure): (StepLimit | undefined)[] =>
  summandsOf(G).map(({ weight, of }) => {
    const limit = of.facets?.grid?.stepLimit?.(mu);
    return limit && weight > 0 ? { ...limit, size: limit.size / weight } : undefined;
  });

/** The largest explicit step at mu that is stable for each part of G by itself; undefined where none sets a limit. */
export const stepLimit = (G: Functional, mu: GridMeasure): StepLimit | undefined =>
  smallestLimit([ofDiffusion(G, mu), ...ofFacets(G, mu)]);
