import {
  ENGINE,
  RANDOM,
  WasserflowError,
  defineFunctional,
  ensure,
  part,
  type Distribution,
  type Functional,
  type ParticleFacet,
} from '@wasserflow/core';
import { gibbsKernel, selfTransport, sinkhornDivergence, type GibbsKernel } from '@wasserflow/geometry';
import type { Engine, NdArray, Stream } from '@wasserflow/tensor';
import { z } from 'zod';
import { gaussianTarget } from './gaussian-law.js';
import { sinkhornOfGaussians } from './sinkhorn-gaussian.js';
import { lazily, samplerOf, samplesOption } from './target-draws.js';

export interface SinkhornFunctionalOptions {
  /** Weight of KL(pi | rho x q) beside the cost |x - y|^2, a squared length. */
  readonly epsilon: number;
  /** Draws that stand for the target of a cloud. */
  readonly samples?: number;
  /** Largest error of a marginal of the plans, in total variation. */
  readonly tolerance?: number;
}

function onClouds(kernel: GibbsKernel, draws: () => NdArray, epsilon: number, tolerance: number): ParticleFacet {
  const self = selfTransport(kernel);
  const target = lazily(() => ({ points: draws() }));
  return {
    async evaluate(mu) {
      const { value, displacement, status, message } = await sinkhornDivergence(kernel, self, mu, target(), {
        epsilon,
        tolerance,
      });
      if (status !== 'ok')
        throw new WasserflowError('E_NUMERICS', message ?? 'the Sinkhorn divergence did not come out');
      return { value: value / 2, gradient: { shape: displacement.shape, data: displacement.data.map((v) => 0 - v) } };
    },
  };
}

/**
 * The debiased Sinkhorn divergence S_eps(rho, q) / 2 with cost |x - y|^2: W2^2 / 2 as eps -> 0 and half the squared
 * distance of the means as eps -> infinity, never negative. Its Wasserstein gradient is T_rho,rho - T_rho,q, the
 * difference of two barycentric maps. No convexity is claimed.
 *
 * Closed on Gaussians; on clouds by Sinkhorn's algorithm on the engine, against draws made once.
 *
 * @param rng - stream of the draws
 * @throws WasserflowError E_ARGUMENT when epsilon is not positive, E_UNSUPPORTED when q is neither Gaussian nor can
 * be sampled; E_NUMERICS from a value or gradient whose sweeps ran out
 * @see feydy2019interpolating, janati2020entropic
 */
export function sinkhorn(
  target: Distribution,
  engine: Engine,
  rng: Stream,
  { epsilon, samples = 1000, tolerance = 1e-4 }: SinkhornFunctionalOptions,
): Functional & { dispose(): Promise<void> } {
  ensure(epsilon > 0 && epsilon < Infinity, 'E_ARGUMENT', `\`epsilon\` is ${epsilon}; it has to be above 0, e.g. 0.1`);
  const q = gaussianTarget(target);
  if (!q) samplerOf(target, 'sinkhorn');
  const stream = rng.fork('sinkhorn');
  const draws = lazily(() => samplerOf(target, 'sinkhorn')(samples, stream));
  const kernel = gibbsKernel(engine);
  return {
    id: 'sinkhorn',
    target,
    record: { 'sinkhorn.epsilon': epsilon, 'sinkhorn.samples': samples, 'sinkhorn.stream': stream.key },
    facets: {
      ...(q && { gaussian: sinkhornOfGaussians(q, epsilon) }),
      ...(target.sample && { particles: onClouds(kernel, draws, epsilon, tolerance) }),
    },
    dispose: () => kernel.dispose(),
  };
}

export const sinkhornDefinition = defineFunctional({
  id: 'sinkhorn',
  title: 'Half the debiased Sinkhorn divergence to a target',
  options: z.strictObject({
    epsilon: z.number().default(0.1),
    samples: samplesOption,
    tolerance: z.number().default(1e-4),
  }),
  parts: { target: part('distribution') },
  inject: [ENGINE, RANDOM],
  cite: ['feydy2019interpolating', 'janati2020entropic'],
  example: { target: { id: 'gaussian', dimension: 2 }, epsilon: 0.5, samples: 100 },
  create: ({ target, ...options }, engine, rng) => sinkhorn(target, engine, rng, options),
});
