import { ensure, type Functional, type Kernel, type ParticleMeasure } from '@wasserflow/core';
import { awayFrom, meanOf, momentColumns, placed, weightsOf } from '@wasserflow/geometry';
import type { NdArray } from '@wasserflow/tensor';
import { entropyOf } from './energies.js';
import type { Evaluation } from './evaluation.js';

/** w_i g_i, `[n, d]`. */
const weighted = ({ shape, data }: NdArray, weights: Float64Array): NdArray => ({
  shape,
  data: Float64Array.from(data, (v, i) => v * weights[Math.floor(i / shape[1]!)]!),
});

/** sum_j w_j [(x_i . x_j + 1) g_j - a x_i]. */
function linearField({ points }: ParticleMeasure, g: NdArray, weights: Float64Array, entropy: number): Float64Array {
  const [n = 0, d = 1] = points.shape;
  const M = new Float64Array(d * d);
  for (let j = 0; j < n; j++)
    for (let k = 0; k < d; k++)
      for (let l = 0; l < d; l++) M[k * d + l]! += weights[j]! * g.data[j * d + k]! * points.data[j * d + l]!;
  const mean = meanOf(g, weights);
  return Float64Array.from(points.data, (x, at) => {
    const [i, k] = [Math.floor(at / d), at % d];
    let sum = mean[k]! - entropy * x;
    for (let l = 0; l < d; l++) sum += M[k * d + l]! * points.data[i * d + l]!;
    return sum;
  });
}

/** sum_j w_j [f(s_ij) g_j + 2 a f'(s_ij) (x_i - x_j)], both in one pass over the tiles. */
async function radialField(
  { products }: Evaluation,
  kernel: Kernel,
  mu: ParticleMeasure,
  g: NdArray,
  entropy: number,
): Promise<Float64Array> {
  const weights = weightsOf(mu);
  const f = kernel.radial!(mu.points);
  const centred = placed(mu.points, meanOf(mu.points, weights));
  const pairs = { f, x: centred, y: centred, values: weighted(g, weights) };
  const { values, slopes } = await products.run({
    ...pairs,
    ...(entropy !== 0 && { slopes: momentColumns(centred, weights) }),
  });
  if (entropy === 0) return values.data as Float64Array;
  const repulsion = awayFrom(centred, slopes.data, 2 * entropy);
  return repulsion.map((v, i) => v + values.data[i]!);
}

/**
 * The gradient of G = F + a int rho log rho smoothed by a kernel: int k(x, y) grad_W F(y) - a grad_y k(x, y) dmu(y) at
 * the points, `[n, d]`. Minus it is the direction of SVGD; for a > 0 the score of mu enters by parts, so that none
 * is estimated.
 *
 * @throws WasserflowError E_UNSUPPORTED when the kernel is neither radial nor linear
 * @see liu2016stein
 */
export async function kernelGradientOf(
  on: Evaluation,
  G: Functional,
  kernel: Kernel,
  mu: ParticleMeasure,
): Promise<NdArray> {
  ensure(
    kernel.linear || kernel.radial,
    'E_UNSUPPORTED',
    `kernel \`${kernel.id}\` is neither radial nor linear; use { id: gaussian }`,
  );
  const [g, entropy] = [await on.smoothGradient(G, mu), entropyOf(G)];
  const data = kernel.linear
    ? linearField(mu, g, weightsOf(mu), entropy)
    : await radialField(on, kernel, mu, g, entropy);
  return { shape: mu.points.shape, data };
}
