import { ensure, type GridMeasure } from '@wasserflow/core';
import { alongAxis } from '../cells/axes.js';
import { gridOf, massesOf, measureOn, normalise } from '../cells/grid.js';

/**
 * e^-t I_k(t) for k = 0..count, by recurrence from above, where it is stable, and the sum
 * I_0 + 2 (I_1 + I_2 + ...) = e^t. All positive, each to full relative accuracy.
 */
function besselWeights(t: number, count: number): Float64Array {
  const last = count + 20 + Math.ceil(10 * Math.sqrt(t + count));
  const weights = new Float64Array(last + 2);
  weights[last] = 1e-280;
  let sum = 2 * weights[last]!;
  for (let k = last; k > 0; k--) {
    weights[k - 1] = weights[k + 1]! + ((2 * k) / t) * weights[k]!;
    sum += (k === 1 ? 1 : 2) * weights[k - 1]!;
    if (weights[k - 1]! < 1e200) continue;
    for (let i = k - 1; i <= last; i++) weights[i]! *= 1e-250;
    sum *= 1e-250;
  }
  return weights.map((w) => w / sum);
}

/** c with P_ij = c_|i - j| + c_(i + j + 1): the weights, mirrored at both walls of n cells. */
function mirrored(weights: Float64Array, n: number): Float64Array {
  const c = new Float64Array(2 * n);
  for (let k = -weights.length + 1; k < weights.length; k++)
    c[((k % (2 * n)) + 2 * n) % (2 * n)]! += weights[Math.abs(k)]!;
  return c;
}

/**
 * mu * N(0, variance I), mirrored at the walls: the heat semigroup of second differences, exp(variance / 2 Laplacian),
 * axis by axis. It adds exactly `variance` to the second moment along each axis (away from the walls), keeps masses
 * positive and their sum, and composes exactly; its kernel differs from the Gaussian in the fourth moment, by
 * h^2 variance.
 *
 * @param variance - length^2
 */
export function diffused(mu: GridMeasure, variance: number): GridMeasure {
  ensure(variance >= 0, 'E_ARGUMENT', `a variance is a number of at least 0, not ${variance}`);
  const grid = gridOf(mu);
  const mass = Float64Array.from(massesOf(mu));
  if (variance === 0) return measureOn(grid, mass);
  for (const [k, n] of grid.shape.entries()) {
    const c = mirrored(besselWeights(variance / grid.spacing[k]! ** 2, n), n);
    alongAxis(grid.shape, k, mass, mass, (line, out) => spread(c, line, out));
  }
  return measureOn(grid, normalise(mass));
}

function spread(c: Float64Array, line: Float64Array, out: Float64Array): void {
  const n = line.length;
  out.fill(0);
  for (let j = 0; j < n; j++) {
    const m = line[j]!;
    if (m === 0) continue;
    for (let i = 0; i < n; i++) out[i]! += m * (c[Math.abs(i - j)]! + c[i + j + 1]!);
  }
}
