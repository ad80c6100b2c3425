import { sizeOf } from '@wasserflow/tensor';
import { fourier, twiddles } from './fourier.js';

/** Equal cells of a box. */
export interface Cells {
  /** Number of cells along each axis. */
  readonly shape: readonly number[];
  /** Sides of a cell, lengths. */
  readonly spacing: readonly number[];
}

/** A function of an offset `[d]`. */
type Offsets = (offset: readonly number[]) => number;

interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

const complex = (size: number): Complex => ({ re: new Float64Array(size), im: new Float64Array(size) });

const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(n));

/** Transforms every line along every axis, in place. */
function transform(shape: readonly number[], { re, im }: Complex): void {
  for (const [k, n] of shape.entries()) {
    const stride = sizeOf(shape.slice(k + 1));
    const table = twiddles(n);
    const line = complex(n);
    for (let start = 0; start < re.length; start++) {
      if (Math.floor(start / stride) % n !== 0) continue;
      for (let i = 0; i < n; i++) [line.re[i], line.im[i]] = [re[start + i * stride]!, im[start + i * stride]!];
      fourier(line.re, line.im, table);
      for (let i = 0; i < n; i++) [re[start + i * stride], im[start + i * stride]] = [line.re[i]!, line.im[i]!];
    }
  }
}

/** The coordinates of entry `at` of an array of this shape. */
function coordinatesOf(shape: readonly number[], at: number): number[] {
  return shape.map((n, k) => Math.floor(at / sizeOf(shape.slice(k + 1))) % n);
}

/** Where each cell lies in the larger box. */
function places(shape: readonly number[], wide: readonly number[]): Int32Array {
  return Int32Array.from({ length: sizeOf(shape) }, (_, cell) =>
    coordinatesOf(shape, cell).reduce((at, i, k) => at * wide[k]! + i, 0),
  );
}

/** The transform of the kernel at all differences of cells, wrapped around the larger box. */
function spectrum({ shape, spacing }: Cells, wide: readonly number[], kernel: Offsets): Complex {
  const values = complex(sizeOf(wide));
  for (let at = 0; at < values.re.length; at++) {
    const steps = coordinatesOf(wide, at).map((i, k) => (i < shape[k]! ? i : i - wide[k]!));
    if (steps.every((step, k) => step > -shape[k]!)) values.re[at] = kernel(steps.map((step, k) => step * spacing[k]!));
  }
  transform(wide, values);
  return values;
}

/**
 * m -> sum_j k(x_i - x_j) m_j at the centres x_i of the cells, by the fast Fourier transform: time O(N log N) for N
 * cells, in float64, error of rounding of the largest terms. The kernel is transformed once.
 *
 * @param kernel - k at an offset `[d]`, which need not be even
 */
export function cellConvolution(cells: Cells, kernel: Offsets): (mass: ArrayLike<number>) => Float64Array {
  const wide = cells.shape.map((n) => powerOfTwo(2 * n));
  const of = spectrum(cells, wide, kernel);
  const at = places(cells.shape, wide);
  return (mass) => {
    const { re, im } = complex(of.re.length);
    for (const [cell, place] of at.entries()) re[place] = mass[cell]!;
    transform(wide, { re, im });
    for (let i = 0; i < re.length; i++)
      [re[i], im[i]] = [re[i]! * of.re[i]! - im[i]! * of.im[i]!, re[i]! * of.im[i]! + im[i]! * of.re[i]!];
    transform(wide, { re: im, im: re });
    return Float64Array.from(at, (place) => re[place]! / re.length);
  };
}
