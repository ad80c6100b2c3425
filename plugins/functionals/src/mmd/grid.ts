import type { Distribution, GridFacet, GridMeasure, RadialFunction } from '@wasserflow/core';
import { cellConvolution } from '@wasserflow/geometry';
import { toRows, type NdArray } from '@wasserflow/tensor';
import { cellCentres, cellWidths, perGrid } from '../laws/cells.js';
import { targetMasses } from '../laws/target-masses.js';

type Convolution = (mass: ArrayLike<number>) => Float64Array;

/** What the kernel says of the target on the cells of one grid. */
interface TargetOnCells {
  /** int k(x, .) dq at the centres. */
  readonly mean: Float64Array;
  /** int int k dq dq. */
  readonly own: number;
}

type OnCells = (mu: GridMeasure, convolution: Convolution) => TargetOnCells;

const inner = (a: ArrayLike<number>, b: Float64Array): number => b.reduce((sum, v, i) => sum + a[i]! * v, 0);

/** A target with a density, by its masses on the cells. */
export const densityOnCells =
  (target: Distribution, draws: () => NdArray): OnCells =>
  (mu, convolution) => {
    const mass = targetMasses(target, mu, draws);
    const mean = convolution(mass);
    return { mean, own: inner(mass, mean) };
  };

/** A target known by draws, wherever they are. */
export const drawsOnCells =
  ({ at }: RadialFunction, draws: () => NdArray, own: () => number): OnCells =>
  (mu) => {
    const points = toRows(draws());
    const square = (x: readonly number[], y: readonly number[]): number =>
      x.reduce((sum, v, k) => sum + (v - y[k]!) ** 2, 0);
    const meanAt = (x: readonly number[]): number =>
      points.reduce((sum, y) => sum + at(square(x, y)).value, 0) / points.length;
    return { mean: Float64Array.from(cellCentres(mu), meanAt), own: own() };
  };

const kernelConvolution = (mu: GridMeasure, { at }: RadialFunction): Convolution =>
  cellConvolution(
    { shape: mu.mass.shape, spacing: cellWidths(mu) },
    (offset) => at(offset.reduce((sum, z) => sum + z * z, 0)).value,
  );

/**
 * MMD^2 / 2 of masses at the centres of their cells. It is that of a smooth law to rounding with a smooth kernel, to
 * O(h^(d + r)) with a kernel like -|x - y|^r near zero, and that of a density constant on cells to O(h^2). Its first
 * variation is int k(x, .) d(rho - q), the exact derivative of this value.
 */
export function mmdOnGrid(kernel: RadialFunction, target: OnCells): GridFacet {
  const on = perGrid((mu) => {
    const convolution = kernelConvolution(mu, kernel);
    return { convolution, ...target(mu, convolution) };
  });
  return {
    value(mu) {
      const { convolution, mean, own } = on(mu);
      const within = convolution(mu.mass.data);
      return inner(mu.mass.data, within) / 2 - inner(mu.mass.data, mean) + own / 2;
    },
    firstVariation(mu) {
      const { convolution, mean } = on(mu);
      return convolution(mu.mass.data).map((v, i) => v - mean[i]!);
    },
  };
}
