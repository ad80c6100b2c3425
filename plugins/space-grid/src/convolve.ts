import type { Interaction } from '@wasserflow/core';
import { linesOf } from './axes.js';
import { fourier, twiddles } from './fourier.js';
import type { Grid } from './grid.js';

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

const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(n));

/** Transforms every line along both axes. */
function transform(shape: readonly number[], re: Float64Array, im: Float64Array): void {
  for (const [k, n] of shape.entries()) {
    const table = twiddles(n);
    const [a, b] = [new Float64Array(n), new Float64Array(n)];
    const { starts, stride } = linesOf(shape, k);
    for (const start of starts) {
      for (let i = 0; i < n; i++) [a[i], b[i]] = [re[start + i * stride]!, im[start + i * stride]!];
      fourier(a, b, table);
      for (let i = 0; i < n; i++) [re[start + i * stride], im[start + i * stride]] = [a[i]!, b[i]!];
    }
  }
}

/** The values of W at all differences of cells, wrapped around a box of twice the size. */
function wrapped(grid: Grid, interaction: Interaction, shape: readonly number[]): Float64Array {
  const [, my = 1] = shape;
  const values = new Float64Array(shape.reduce((a, b) => a * b, 1));
  const [hx, hy = 0] = grid.spacing;
  const own = interaction.singular ? meanInCell(grid, interaction) : interaction.at(0).value;
  for (let at = 0; at < values.length; at++) {
    const [i, j] = [Math.floor(at / my), at % my];
    const dx = Math.min(i, shape[0]! - i) * hx!;
    const dy = Math.min(j, my - j) * hy;
    values[at] = at === 0 ? own : interaction.at(dx * dx + dy * dy).value;
  }
  return values;
}

/** Where the masses lie in the larger box. */
function eachCell({ shape: [nx = 1, ny = 1] }: Grid, my: number, visit: (cell: number, at: number) => void): void {
  for (let i = 0; i < nx; i++) for (let j = 0; j < ny; j++) visit(i * ny + j, i * my + j);
}

/**
 * (W * rho)(x_i) = sum_j W(x_i - x_j) m_j at the centres, by the fast Fourier transform. Where W(0) is infinite, a
 * cell acts on itself by the mean of W over it.
 */
export function convolve(grid: Grid, interaction: Interaction, mass: Float64Array): Float64Array {
  const shape = grid.shape.map((n) => powerOfTwo(2 * n));
  const my = shape[1] ?? 1;
  const re = new Float64Array(shape.reduce((a, b) => a * b, 1));
  const W = wrapped(grid, interaction, shape);
  const [im, none] = [new Float64Array(re.length), new Float64Array(re.length)];
  eachCell(grid, my, (cell, at) => {
    re[at] = mass[cell]!;
  });
  transform(shape, re, im);
  transform(shape, W, none);
  for (let at = 0; at < re.length; at++) {
    re[at]! *= W[at]!;
    im[at]! *= W[at]!;
  }
  transform(shape, im, re);
  const result = new Float64Array(grid.size);
  eachCell(grid, my, (cell, at) => {
    result[cell] = re[at]! / re.length;
  });
  return result;
}
