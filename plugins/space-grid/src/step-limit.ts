import { diffusivityOf, type Functional, type GridMeasure, type StepLimit } from '@wasserflow/core';
import { gridOf, massesOf } from './grid.js';

/**
 * Beyond 1 / (2 D sum_k h_k^-2) an explicit step of diffusion is unstable, h the sides of a cell and D the largest
 * diffusivity of G at mu; h^2 / (2 D) on a line. Below it is stable where neighbouring masses are alike; tails
 * that fall e^2-fold and more from cell to cell stay finite, but rough: half of it leaves 10 to 100 times less of that.
 */
export function stepLimit(G: Functional, mu: GridMeasure): StepLimit | undefined {
  const diffusivity = diffusivityOf(G);
  if (diffusivity === undefined) return undefined;
  const { spacing, volume } = gridOf(mu);
  const D = massesOf(mu).reduce((most, m) => Math.max(most, m > 0 ? diffusivity(m / volume) : 0), 0);
  if (!(D > 0)) return undefined;
  return {
    size: 1 / (2 * D * spacing.reduce((sum, h) => sum + h ** -2, 0)),
    name: `h^2 / (${2 * spacing.length} D)`,
    beyond: 'explicit diffusion on space `grid` is unstable (h: the sides of its cells, D: the largest diffusivity)',
  };
}
