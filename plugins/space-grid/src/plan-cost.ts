/** The Gaussian kernel on cells, and the cost of the plans that it is scaled to. */
import { applyLogKernel, lineKernel, type LineKernel } from '@wasserflow/geometry';
import { total, type Grid } from './grid.js';

/** e^(-|x - y|^2 / epsilon), along each axis. */
export const gaussianKernels = ({ shape, spacing }: Grid, epsilon: number): LineKernel[] =>
  shape.map((n, k) => lineKernel(n, (distance) => -((distance * spacing[k]!) ** 2) / epsilon));

/** <|x - y|^2, plan> for the plan a_x K_xy b_y: one axis at a time. */
export function planCost(grid: Grid, epsilon: number, logA: Float64Array, logB: Float64Array): number {
  const plain = gaussianKernels(grid, epsilon);
  const out = new Float64Array(grid.size);
  return grid.shape.reduce((sum, n, k) => {
    const square = (distance: number): number => (distance * grid.spacing[k]!) ** 2;
    const weighted = lineKernel(n, (distance) => Math.log(square(distance)) - square(distance) / epsilon);
    applyLogKernel(
      grid,
      plain.map((kernel, axis) => (axis === k ? weighted : kernel)),
      logB,
      out,
    );
    return sum + total(out.map((v, i) => Math.exp(v + logA[i]!)));
  }, 0);
}
