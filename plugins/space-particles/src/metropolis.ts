import { ensure, potentialGradient, type Functional, type ParticleMeasure } from '@wasserflow/core';
import { weightsOf } from '@wasserflow/geometry';
import type { NdArray, Stream } from '@wasserflow/tensor';
import { diffusionOf, type Diffusion } from './diffusion.js';
import type { Evaluation } from './evaluation.js';
import { withPoints } from './points.js';

interface Place {
  readonly x: NdArray['data'];
  /** V, one per point. */
  readonly V: NdArray['data'];
  /** grad V. */
  readonly g: NdArray['data'];
}

async function placeAt(on: Evaluation, { potential }: Diffusion, points: NdArray): Promise<Place> {
  const V = await on.apply(potential, 'value', potential.value!, points);
  const g = await on.apply(potential, 'gradient', potentialGradient(potential), points);
  return { x: points.data, V: V.data, g: g.data };
}

/** |to - from + gamma grad V(from)|^2 for point i of dimension d. */
function deviation2(from: Place, to: Place, i: number, d: number, gamma: number): number {
  let sum = 0;
  for (let k = i * d; k < (i + 1) * d; k++) sum += (to.x[k]! - from.x[k]! + gamma * from.g[k]!) ** 2;
  return sum;
}

/**
 * One step of the Metropolis-adjusted Langevin algorithm for each point, G = int V + a H: propose
 * x' = x - gamma grad V(x) + sqrt(2 gamma a) z and accept it with probability min(1, r),
 *
 * log r = -(V(x') - V(x)) / a - (|x - x' + gamma grad V(x')|^2 - |x' - x + gamma grad V(x)|^2) / (4 gamma a).
 *
 * e^(-V/a) is exactly stationary, whatever gamma. The stream alone decides what is drawn.
 *
 * @returns the cloud, and the share of its weight that accepted
 * @throws WasserflowError E_UNSUPPORTED when G is anything else, or V is known by its gradient only
 * @see roberts1996exponential
 */
export async function metropolisStep(
  on: Evaluation,
  G: Functional,
  mu: ParticleMeasure,
  gamma: number,
  rng: Stream,
): Promise<{ measure: ParticleMeasure; acceptance: number }> {
  const diffusion = diffusionOf('metropolis', G);
  ensure(diffusion.potential.value, 'E_UNSUPPORTED', `\`metropolis\` of \`${G.id}\`: its potential has no value`);
  const [n = 0, d = 1] = mu.points.shape;
  const from = await placeAt(on, diffusion, mu.points);
  const noise = rng.fork('proposal').normal([n, d]).data;
  const spread = Math.sqrt(2 * gamma * diffusion.entropy);
  const proposed = Float64Array.from(from.x, (x, i) => x - gamma * from.g[i]! + spread * noise[i]!);
  const to = await placeAt(on, diffusion, { shape: [n, d], data: proposed });
  const chance = rng.fork('acceptance').uniform([n]).data;
  const points = Float64Array.from(from.x);
  const weights = weightsOf(mu);
  let acceptance = 0;
  for (let i = 0; i < n; i++) {
    const turn = deviation2(to, from, i, d, gamma) - deviation2(from, to, i, d, gamma);
    const logRatio = (from.V[i]! - to.V[i]! - turn / (4 * gamma)) / diffusion.entropy;
    // A proposal where V is not finite has no density; 1 - u lies in (0, 1].
    if (!(Math.log(1 - chance[i]!) <= logRatio)) continue;
    points.set(proposed.subarray(i * d, (i + 1) * d), i * d);
    acceptance += weights[i]!;
  }
  return { measure: withPoints(mu, points), acceptance };
}
