import type { Interaction } from '@wasserflow/core';
import { cellConvolution } from '@wasserflow/geometry';
import type { Grid } from '../cells/grid.js';

// Points per axis, in half a cell, of the mean of a singular W over two points of one cell.
const POINTS = 24;

/** E W(u - v) for u, v uniform in one cell: differences have triangular densities, and W is even. */
function meanInCell({ spacing }: Grid, { at }: Interaction): number {
  const line = (h: number) =>
    Array.from({ length: POINTS }, (_, i) => {
      const t = (i + 0.5) / POINTS;
      return { square: (t * h) ** 2, weight: (2 * (1 - t)) / POINTS };
    });
  const [x, y = [{ square: 0, weight: 1 }]] = spacing.map(line);
  return x!.reduce((sum, a) => sum + y.reduce((s, b) => s + a.weight * b.weight * at(a.square + b.square).value, 0), 0);
}

type Convolution = (mass: ArrayLike<number>) => Float64Array;

function convolutionOn(grid: Grid, interaction: Interaction): Convolution {
  const own = interaction.singular ? meanInCell(grid, interaction) : interaction.at(0).value;
  return cellConvolution(grid, (offset) => {
    const square = offset.reduce((sum, z) => sum + z * z, 0);
    return square === 0 ? own : interaction.at(square).value;
  });
}

/** The last grid of each interaction: a run stays on one. */
const known = new WeakMap<Interaction, { readonly cells: string; readonly convolution: Convolution }>();

/**
 * (W * rho)(x_i) = sum_j W(x_i - x_j) m_j at the centres, by the fast Fourier transform. Where W(0) is infinite, a
 * cell acts on itself by the mean of W over it.
 */
export function convolve(grid: Grid, interaction: Interaction, mass: Float64Array): Float64Array {
  const cells = `${grid.shape} ${grid.spacing}`;
  const found = known.get(interaction);
  const convolution = found?.cells === cells ? found.convolution : convolutionOn(grid, interaction);
  known.set(interaction, { cells, convolution });
  return convolution(mass);
}
