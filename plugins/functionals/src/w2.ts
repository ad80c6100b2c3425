import {
  RANDOM,
  defineFunctional,
  ensure,
  part,
  type Distribution,
  type Functional,
  type ParticleFacet,
} from '@wasserflow/core';
import { brenierField } from '@wasserflow/geometry';
import type { NdArray, Stream } from '@wasserflow/tensor';
import { z } from 'zod';
import { gaussianTarget } from './gaussian-law.js';
import { lazily, lineLaw, samplerOf, samplesOption } from './target-draws.js';
import { w2OnGaussians } from './w2-gaussian.js';
import { w2OnCells } from './w2-grid.js';
import { w2OnLine } from './w2-quantile.js';

/** As many draws of the target as the cloud has points, the same ones each time. */
function onClouds(draws: (n: number) => NdArray): ParticleFacet {
  const known = new Map<number, NdArray>();
  const drawn = (n: number): NdArray => {
    const found = known.get(n) ?? draws(n);
    known.set(n, found);
    return found;
  };
  return {
    async evaluate({ points, weights }) {
      const equal = !weights || weights.data.every((w) => Math.abs(w * points.shape[0]! - 1) < 1e-6);
      ensure(
        equal,
        'E_UNSUPPORTED',
        '`w2` assigns point to point and needs equal weights; use `sliced-w2` or `sinkhorn`',
      );
      const target = drawn(points.shape[0]!);
      const { shape, data } = brenierField(points, target);
      const squares = Float64Array.from(data).reduce((sum, v) => sum + v * v, 0);
      return { value: squares / (2 * points.shape[0]!), gradient: { shape, data: data.map((v) => 0 - v) } };
    },
  };
}

export interface W2Options {
  /** Draws that stand for a target on the line that is not Gaussian. */
  readonly samples?: number;
}

/**
 * W2^2(rho, q) / 2, a squared length. Its Wasserstein gradient is x - T(x), T the Brenier map to q, and its JKO
 * step goes to the point gamma / (1 + gamma) of the geodesic to q.
 *
 * Closed on Gaussians; exact on the line, for quantile functions and for masses on cells; on particles against as many draws of q as there are points. 1-convex
 * along generalized geodesics based at q only, which is less than a modulus of convexity: none is claimed.
 *
 * @param rng - stream of the draws
 * @throws WasserflowError E_UNSUPPORTED when q is neither Gaussian nor can be sampled
 * @see ambrosio2008gradient
 */
export function w2(target: Distribution, rng: Stream, { samples = 1000 }: W2Options = {}): Functional {
  const q = gaussianTarget(target);
  const { sample, dimension } = target;
  if (!q) samplerOf(target, 'w2');
  const draws = rng.fork('w2');
  const line = lineLaw(
    target,
    lazily(() => samplerOf(target, 'w2')(samples, draws.fork('line'))),
  );
  return {
    id: 'w2',
    target,
    record: { 'w2.stream': draws.key, ...(!q && dimension === 1 && { 'w2.samples': samples }) },
    facets: {
      ...(q && { gaussian: w2OnGaussians(q) }),
      ...(dimension === 1 && { quantile: w2OnLine(line), grid: w2OnCells(line) }),
      ...(sample && { particles: onClouds((n) => sample(n, draws.fork(n))) }),
    },
  };
}

export const w2Definition = defineFunctional({
  id: 'w2',
  title: 'Half the squared Wasserstein distance to a target',
  options: z.strictObject({ samples: samplesOption }),
  parts: { target: part('distribution') },
  inject: [RANDOM],
  cite: ['ambrosio2008gradient'],
  example: { target: { id: 'gaussian', dimension: 1 } },
  create: ({ target, samples }, rng) => w2(target, rng, { samples }),
});
