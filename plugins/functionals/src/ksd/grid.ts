import type { GridFacet, GridMeasure, PointwisePotential, RadialFunction } from '@wasserflow/core';
import { cellConvolution, type Cells } from '@wasserflow/geometry';
import { cellCentres, cellWidths, perGrid } from '../laws/cells.js';

type Convolution = (mass: ArrayLike<number>) => Float64Array;

interface SteinOnCells {
  /** grad V at the centres, by axis. */
  readonly v: readonly Float64Array[];
  /** f. */
  readonly kernel: Convolution;
  /** 2 f' z_k, odd, by axis. */
  readonly slopes: readonly Convolution[];
  /** 2 d f' + 4 s f''. */
  readonly spread: Convolution;
}

function onCells({ at }: RadialFunction, potential: PointwisePotential, mu: GridMeasure): SteinOnCells {
  const d = mu.mass.shape.length;
  const cells: Cells = { shape: mu.mass.shape, spacing: cellWidths(mu) };
  const fields = cellCentres(mu).map((x) => potential.gradient(x));
  const square = (z: readonly number[]): number => z.reduce((sum, a) => sum + a * a, 0);
  const spread = (s: number): number => 2 * d * at(s).first + 4 * s * at(s).second;
  return {
    v: mu.mass.shape.map((_, k) => Float64Array.from(fields, (v) => v[k]!)),
    kernel: cellConvolution(cells, (z) => at(square(z)).value),
    slopes: mu.mass.shape.map((_, k) => cellConvolution(cells, (z) => 2 * at(square(z)).first * z[k]!)),
    spread: cellConvolution(cells, (z) => spread(square(z))),
  };
}

/** int u(x, .) drho at the centres: u is a sum of products of functions of x, of y and of x - y. */
function meanKernel({ v, kernel, slopes, spread }: SteinOnCells, mass: ArrayLike<number>): Float64Array {
  const result = spread(mass).map((a) => -a);
  for (const [k, component] of v.entries()) {
    const flux = component.map((a, j) => (mass[j] === 0 ? 0 : a * mass[j]!));
    const [pull, slope, meeting] = [kernel(flux), slopes[k]!(mass), slopes[k]!(flux)];
    for (const [i, a] of component.entries()) result[i]! += a * (pull[i]! + slope[i]!) - meeting[i]!;
  }
  return result;
}

/**
 * int int u drho drho / 2 of masses at the centres of their cells, with its first variation int u(x, .) drho: that of
 * a smooth law to rounding, that of a density constant on cells to O(h^2). Time O(N log N) for N cells.
 */
export function ksdOnGrid(kernel: RadialFunction, potential: PointwisePotential): GridFacet {
  const on = perGrid((mu) => onCells(kernel, potential, mu));
  const variation = (mu: GridMeasure): Float64Array => meanKernel(on(mu), mu.mass.data);
  return {
    value: (mu) => variation(mu).reduce((sum, u, i) => sum + u * mu.mass.data[i]!, 0) / 2,
    firstVariation: variation,
  };
}
