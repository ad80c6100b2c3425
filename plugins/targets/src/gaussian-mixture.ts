import { defineDistribution, ensure, type Distribution } from '@wasserflow/core';
import type { Stream } from '@wasserflow/tensor';
import { z } from 'zod';
import { covarianceRows, factorCovariance, type Covariance, type CovarianceOption, type Rows } from './covariance.js';
import { drawGaussians } from './draw-gaussian.js';
import { covarianceOption, gaussianLaw } from './gaussian.js';
import { mixturePotential, type Component } from './mixture-potential.js';

export interface GaussianMixtureOptions {
  /** `[K, d]`. */
  readonly means: Rows;
  /** K positive numbers, in proportion; equal by default. */
  readonly weights?: readonly number[] | undefined;
  /** K covariances, each a matrix `[d, d]`, its diagonal `[d]`, or a number s for s I. */
  readonly covariances?: readonly CovarianceOption[] | undefined;
  /** s, where every component has covariance s^2 I; 1 by default. */
  readonly std?: number | undefined;
}

function refuseRagged(means: Rows): void {
  const dimension = means[0]?.length ?? 0;
  ensure(dimension > 0, 'E_ARGUMENT', 'a Gaussian mixture needs `means`, a list of points, e.g. [[-1, 0], [1, 0]]');
  for (const [k, mean] of means.entries()) {
    const problem = `\`means\`: the first is of dimension ${dimension}, but number ${k + 1} of dimension ${mean.length}`;
    ensure(mean.length === dimension, 'E_ARGUMENT', problem);
    ensure(mean.every(Number.isFinite), 'E_ARGUMENT', `\`means\`: number ${k + 1} is not finite: ${mean.join(', ')}`);
  }
}

function weightsOf({ means, weights }: GaussianMixtureOptions): number[] {
  if (weights === undefined) return means.map(() => 1 / means.length);
  const count = `there are ${means.length} means, but ${weights.length} weights; give one for each`;
  ensure(weights.length === means.length, 'E_ARGUMENT', count);
  const odd = weights.find((w) => !(w > 0 && Number.isFinite(w)));
  ensure(odd === undefined, 'E_ARGUMENT', `a weight is ${odd}; every weight must be above 0`);
  const total = weights.reduce((sum, w) => sum + w);
  return weights.map((w) => w / total);
}

function covariancesOf({ means, covariances, std }: GaussianMixtureOptions): Covariance[] {
  ensure(
    covariances === undefined || std === undefined,
    'E_ARGUMENT',
    'a Gaussian mixture takes `covariances` or `std`, not both',
  );
  ensure(std === undefined || std > 0, 'E_ARGUMENT', `\`std\` is ${std}; it must be above 0`);
  const given = covariances ?? means.map(() => (std ?? 1) ** 2);
  const count = `there are ${means.length} means, but ${given.length} covariances; give one for each`;
  ensure(given.length === means.length, 'E_ARGUMENT', count);
  return given.map((c, k) => componentCovariance(c, means[k]!.length, `\`covariances\`: number ${k + 1}`));
}

function componentCovariance(given: CovarianceOption, dimension: number, name: string): Covariance {
  ensure(typeof given === 'object' || given > 0, 'E_ARGUMENT', `${name} is ${String(given)}; it must be above 0`);
  const covariance = factorCovariance(covarianceRows(given, dimension), name);
  const size = covariance.matrix.length;
  ensure(size === dimension, 'E_ARGUMENT', `${name} is ${size}x${size}, but the means are of dimension ${dimension}`);
  return covariance;
}

/** The component of each of `n` draws. */
function chooseComponents(components: readonly Component[], n: number, rng: Stream): Int32Array {
  const u = rng.uniform([n]).data;
  let sum = 0;
  const cumulative = components.map(({ weight }) => (sum += weight));
  const last = components.length - 1;
  return Int32Array.from(u, (ui) => {
    const k = cumulative.findIndex((c) => ui < c);
    return k < 0 ? last : k;
  });
}

function mixtureLaw(components: readonly Component[]): Distribution {
  const dimension = components[0]!.mean.length;
  const factors = components.map(({ mean, covariance: { lower } }) => ({ mean, lower }));
  return {
    id: 'gaussian-mixture',
    dimension,
    potential: mixturePotential(components),
    logNormalizer: 0,
    sample(n, rng) {
      const chosen = chooseComponents(components, n, rng);
      return drawGaussians(n, dimension, (i) => factors[chosen[i]!]!, rng);
    },
  };
}

/**
 * sum_k w_k N(m_k, C_k), with V = -log q exactly: log Z = 0. Nothing is claimed of its convexity, unless it has
 * one component and so is a Gaussian.
 *
 * @throws WasserflowError E_ARGUMENT when numbers of components or dimensions differ, a weight is not
 *   positive, or a covariance is not one.
 * @example
 * gaussianMixture({ means: [[-2, 0], [2, 0]], std: 0.5 });
 */
export function gaussianMixture(options: GaussianMixtureOptions): Distribution {
  refuseRagged(options.means);
  const covariances = covariancesOf(options);
  const weights = weightsOf(options);
  const components = options.means.map((mean, k) => ({ mean, weight: weights[k]!, covariance: covariances[k]! }));
  const [only, ...others] = components;
  return others.length === 0
    ? { ...gaussianLaw(only!.mean, only!.covariance), id: 'gaussian-mixture' }
    : mixtureLaw(components);
}

const points = z.array(z.array(z.number()), { error: 'expected a list of points, e.g. [[-1, 0], [1, 0]]' });

export const gaussianMixtureDefinition = defineDistribution({
  id: 'gaussian-mixture',
  title: 'A mixture of Gaussians, with its exact density',
  options: z.object({
    means: points,
    weights: z.array(z.number(), { error: 'expected a list of numbers' }).optional(),
    covariances: z.array(covarianceOption, { error: 'expected a list of covariances, one per mean' }).optional(),
    std: z.number().optional(),
  }),
  example: {
    means: [
      [-1, 0],
      [1, 0],
    ],
  },
  create: gaussianMixture,
});
