import {
  ENGINE,
  RANDOM,
  defineFunctional,
  ensure,
  part,
  type Distribution,
  type Functional,
  type GridMeasure,
} from '@wasserflow/core';
import { gibbsKernel } from '@wasserflow/geometry';
import type { Engine, NdArray, Stream } from '@wasserflow/tensor';
import { z } from 'zod';
import { gaussianTarget } from './laws/gaussian-law.js';
import { sinkhornOnFlows } from './sinkhorn/flow.js';
import { sinkhornOfGaussians } from './sinkhorn/gaussian.js';
import { sinkhornOnGrid } from './sinkhorn/grid.js';
import { sinkhornOnClouds } from './sinkhorn/particles.js';
import { placesOfDraws, placesOfNormal, sinkhornOnLine, type Places } from './sinkhorn/quantile.js';
import { lazily, samplerOf, samplesOption } from './laws/target-draws.js';
import { knowsMasses, targetMasses } from './laws/target-masses.js';

export interface SinkhornFunctionalOptions {
  /** Weight of KL(pi | rho x q) beside the cost |x - y|^2, a squared length. */
  readonly epsilon: number;
  /** Draws that stand for the target where it has no density or closed form that serves. */
  readonly samples?: number;
  /** Largest error of a marginal of the plans, in total variation. */
  readonly tolerance?: number;
  /** Sweeps of each plan of a training loss on flows, whose number is fixed. */
  readonly sweeps?: number;
}

/** A Gaussian as it is, else the draws. */
function placesFor({ gaussian }: Distribution, draws: () => NdArray, epsilon: number): Places {
  if (!gaussian) return placesOfDraws(draws().data);
  return placesOfNormal(gaussian.mean[0]!, Math.sqrt(gaussian.covariance[0]![0]!), epsilon);
}

/**
 * The debiased Sinkhorn divergence S_eps(rho, q) / 2 with cost |x - y|^2: W2^2 / 2 as eps -> 0 and half the squared
 * distance of the means as eps -> infinity, never negative. Its Wasserstein gradient is T_rho,rho - T_rho,q, the
 * difference of two barycentric maps. No convexity is claimed.
 *
 * Closed on Gaussians; on clouds by Sinkhorn's algorithm on the engine, against draws made once. On the line by
 * points of the quantile function and on a grid by the masses at the centres of cells, both on the host in float64:
 * there against the Gaussian, the density on the cells, or else those draws. Points and cells have to be nearer to
 * each other than (eps / 2)^(1/2).
 *
 * On flows a loss of the batch against as many fresh draws, up to a constant, with a fixed number of sweeps; it is
 * biased: on average above the divergence of the laws, the more so the smaller the batch.
 *
 * @param rng - stream of the draws
 * @throws WasserflowError E_ARGUMENT when epsilon is not positive or a grid does not hold q, E_UNSUPPORTED when q is neither Gaussian nor can
 * be sampled; E_NUMERICS from a value or gradient whose sweeps ran out
 * @see feydy2019interpolating, janati2020entropic, genevay2018learning
 */
export function sinkhorn(
  target: Distribution,
  engine: Engine,
  rng: Stream,
  { epsilon, samples = 1000, tolerance = 1e-4, sweeps = 30 }: SinkhornFunctionalOptions,
): Functional & { dispose(): Promise<void> } {
  ensure(epsilon > 0 && epsilon < Infinity, 'E_ARGUMENT', `\`epsilon\` is ${epsilon}; it has to be above 0, e.g. 0.1`);
  const q = gaussianTarget(target);
  if (!q) samplerOf(target, 'sinkhorn');
  const stream = rng.fork('sinkhorn');
  const draws = lazily(() => samplerOf(target, 'sinkhorn')(samples, stream));
  const kernel = gibbsKernel(engine);
  const options = { epsilon, tolerance };
  const masses = (mu: GridMeasure): Float64Array => targetMasses(target, mu, draws);
  return {
    id: 'sinkhorn',
    target,
    record: {
      'sinkhorn.epsilon': epsilon,
      'sinkhorn.samples': samples,
      'sinkhorn.sweeps': sweeps,
      'sinkhorn.stream': stream.key,
    },
    facets: {
      ...(target.sample && { flow: sinkhornOnFlows(target.sample, { epsilon, sweeps }) }),
      ...(q && { gaussian: sinkhornOfGaussians(q, epsilon) }),
      ...(target.sample && { particles: sinkhornOnClouds(kernel, draws, options) }),
      ...(target.dimension === 1 && { quantile: sinkhornOnLine(() => placesFor(target, draws, epsilon), options) }),
      ...(knowsMasses(target) && { grid: sinkhornOnGrid(masses, () => options) }),
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
    sweeps: z
      .int({ error: 'expected a whole number of at least 1, e.g. 30' })
      .min(1, { error: 'expected a whole number of at least 1, e.g. 30' })
      .default(30),
  }),
  parts: { target: part('distribution') },
  inject: [ENGINE, RANDOM],
  cite: ['feydy2019interpolating', 'janati2020entropic', 'genevay2018learning'],
  example: { target: { id: 'gaussian', dimension: 2 }, epsilon: 0.5, samples: 100 },
  create: ({ target, ...options }, engine, rng) => sinkhorn(target, engine, rng, options),
});
