import { defineDistribution, ensure, type Distribution } from '@wasserflow/core';
import { z } from 'zod';
import { covarianceRows, factorCovariance, type Covariance, type CovarianceOption } from './covariance.js';
import { drawGaussians } from './draw-gaussian.js';
import { quadraticPotential } from './quadratic-potential.js';

export interface GaussianOptions {
  /** `[d]`; zero by default. */
  readonly mean?: readonly number[] | undefined;
  /** A matrix `[d, d]`, its diagonal `[d]`, or a number s for s I; I by default. */
  readonly covariance?: CovarianceOption | undefined;
  /** s, for the covariance s I. */
  readonly variance?: number | undefined;
  /** d, where neither mean nor covariance tells it. */
  readonly dimension?: number | undefined;
}

const sizeOfMatrix = (covariance: GaussianOptions['covariance']): number | undefined =>
  typeof covariance === 'object' ? covariance.length : undefined;

/** The one dimension that the options agree on. */
function dimensionOf({ mean, covariance, dimension }: GaussianOptions): number {
  const told = Object.entries({ mean: mean?.length, covariance: sizeOfMatrix(covariance), dimension }).filter(
    (entry): entry is [string, number] => entry[1] !== undefined,
  );
  const [first] = told;
  ensure(
    first !== undefined,
    'E_ARGUMENT',
    'a Gaussian needs `dimension`, or a `mean`, or a matrix as `covariance`, e.g. { id: gaussian, dimension: 2 }',
  );
  const other = told.find(([, d]) => d !== first[1]);
  ensure(
    other === undefined,
    'E_ARGUMENT',
    () => `\`${first[0]}\` is of dimension ${first[1]}, but \`${other![0]}\` of dimension ${other![1]}`,
  );
  ensure(
    first[1] >= 1 && Number.isInteger(first[1]),
    'E_ARGUMENT',
    `\`dimension\` is ${first[1]}; it must be 1 or more`,
  );
  return first[1];
}

function covarianceOf({ covariance, variance }: GaussianOptions, dimension: number): Covariance {
  ensure(
    covariance === undefined || variance === undefined,
    'E_ARGUMENT',
    'a Gaussian takes `covariance` or `variance`, not both',
  );
  const given = covariance ?? variance ?? 1;
  const name = variance === undefined ? '`covariance`' : '`variance`';
  ensure(typeof given === 'object' || given > 0, 'E_ARGUMENT', `${name} is ${String(given)}; it must be above 0`);
  return factorCovariance(covarianceRows(given, dimension), name);
}

/** N(mean, covariance) with everything that is known of it. */
export function gaussianLaw(mean: readonly number[], covariance: Covariance): Distribution {
  const d = mean.length;
  const { matrix, lower, precision, logDeterminant, eigenvalues } = covariance;
  const [smallest, largest] = eigenvalues;
  return {
    id: 'gaussian',
    dimension: d,
    potential: quadraticPotential({ precision, center: mean, constant: 0 }, [1 / largest, 1 / smallest]),
    logNormalizer: (d * Math.log(2 * Math.PI) + logDeterminant) / 2,
    negativeEntropy: -(d * (1 + Math.log(2 * Math.PI)) + logDeterminant) / 2,
    gaussian: { mean, covariance: matrix },
    sample: (n, rng) => drawGaussians(n, d, () => ({ mean, lower }), rng),
  };
}

/**
 * N(m, C): V(x) = (x - m)^T C^-1 (x - m) / 2, log Z = (d log 2 pi + log det C) / 2, and
 * int q log q = -(d (1 + log 2 pi) + log det C) / 2. V is 1/c_max-convex and 1/c_min-smooth, c the
 * eigenvalues of C.
 *
 * @throws WasserflowError E_ARGUMENT when dimensions differ, or C is not symmetric, singular, or not positive
 *   definite.
 * @example
 * gaussian({ mean: [0, 0.5], covariance: [[1, -0.3], [-0.3, 0.5]] });
 * gaussian({ dimension: 2 }); // N(0, I)
 */
export function gaussian(options: GaussianOptions): Distribution {
  const dimension = dimensionOf(options);
  const mean = options.mean ?? Array.from({ length: dimension }, () => 0);
  ensure(mean.every(Number.isFinite), 'E_ARGUMENT', `\`mean\` has a number that is not finite: ${mean.join(', ')}`);
  return gaussianLaw(mean, covarianceOf(options, dimension));
}

/** A number, a diagonal or a matrix, as an option. */
export const covarianceOption = z.union([z.number(), z.array(z.number()), z.array(z.array(z.number()))], {
  error: 'expected a number s, for the covariance s I, a list of variances, or a matrix as a list of rows',
});

export const gaussianDefinition = defineDistribution({
  id: 'gaussian',
  title: 'A Gaussian',
  options: z.object({
    mean: z.array(z.number(), { error: 'expected a list of numbers' }).optional(),
    covariance: covarianceOption.optional(),
    variance: z.number().optional(),
    dimension: z.int({ error: 'expected a whole number' }).optional(),
  }),
  example: { dimension: 2 },
  create: gaussian,
});
