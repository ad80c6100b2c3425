import { alongAxis } from '../cells/axes.js';
import type { Grid } from '../cells/grid.js';

/** Buffers of the lower envelope of n parabolas. */
interface Envelope {
  readonly owner: Int32Array;
  readonly from: Float64Array;
}

/**
 * min_j f_j + k (i - j)^2 for every i, by the lower envelope of the parabolas, in linear time. The minimum over
 * the cells is then one over points: that of the parabola through the three cells about the best one, so that
 * differences of the result are second order accurate.
 */
function transformLine(f: Float64Array, out: Float64Array, k: number, { owner, from }: Envelope): void {
  const n = f.length;
  let top = -1;
  for (let j = 0; j < n; j++) {
    let begins = -Infinity;
    while (top >= 0) {
      const q = owner[top]!;
      begins = ((f[j]! - f[q]!) / k + j * j - q * q) / (2 * (j - q));
      if (begins > from[top]!) break;
      top--;
    }
    owner[++top] = j;
    from[top] = top === 0 ? -Infinity : begins;
  }
  for (let i = 0, part = 0; i < n; i++) {
    while (part < top && from[part + 1]! < i) part++;
    out[i] = between(f, owner[part]!, i, k);
  }
}

/** The minimum of the parabola through cells j - 1, j, j + 1 within half a cell of j. */
function between(f: Float64Array, j: number, i: number, k: number): number {
  const here = f[j]! + k * (i - j) ** 2;
  if (j === 0 || j === f.length - 1) return here;
  const slope = (f[j + 1]! - f[j - 1]!) / 2 - 2 * k * (i - j);
  const curvature = f[j + 1]! - 2 * f[j]! + f[j - 1]! + 2 * k;
  if (!(curvature > 0)) return here;
  const t = Math.max(-0.5, Math.min(0.5, -slope / curvature));
  return here + t * (slope + (t * curvature) / 2);
}

/**
 * The c-transform f^c(x) = min_y f(y) + |x - y|^2 / (2 tau) on the cells, axis by axis, in time linear in their
 * number.
 *
 * @param f - values at the centres of the cells
 * @param tau - length^2 per unit of f
 * @see felzenszwalb2012distance, jacobs2020fast
 */
export function cTransform(grid: Grid, f: Float64Array, tau: number): Float64Array {
  const result = Float64Array.from(f);
  for (const [k, n] of grid.shape.entries()) {
    const envelope = { owner: new Int32Array(n), from: new Float64Array(n) };
    const weight = grid.spacing[k]! ** 2 / (2 * tau);
    alongAxis(grid.shape, k, result, result, (line, out) => transformLine(line, out, weight, envelope));
  }
  return result;
}

/** The transform of the other side, f(y) = max_x g(x) - |x - y|^2 / (2 tau). */
export function conjugateTransform(grid: Grid, g: Float64Array, tau: number): Float64Array {
  const result = cTransform(
    grid,
    g.map((v) => -v),
    tau,
  );
  for (let i = 0; i < result.length; i++) result[i] = -result[i]!;
  return result;
}
