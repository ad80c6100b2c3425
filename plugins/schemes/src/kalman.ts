import { defineScheme, type Moments, type Scheme } from '@wasserflow/core';
import { inverseSquareRoot, matrixOf, squareRoot, type Rows } from '@wasserflow/geometry';
import { EigenvalueDecomposition } from 'ml-matrix';
import { z } from 'zod';
import { affineInvariantBounds } from './bounds.js';
import { explicitStep } from './explicit-step.js';
import { sharedLimit } from './limits.js';
import { requireDiffusion } from './split.js';

const largestEigenvalue = (S: Rows): number =>
  Math.max(...new EigenvalueDecomposition(matrixOf(S), { assumeSymmetric: true }).realEigenvalues);

/**
 * Gradient descent in the Kalman-Wasserstein metric: forward Euler preconditioned by the covariance C_n of p_n itself,
 *
 * p_{n+1} = (id - gamma C_n grad_W G(p_n))_# p_n.
 *
 * Affine invariant: on KL to a Gaussian the mean contracts by 1 - gamma and the covariance by 1 - 2 gamma, whatever the
 * target's condition; stable for gamma < 1. Unbiased.
 * @see garbuno2020interacting
 */
const deterministic = (): Scheme => ({
  id: 'kalman',
  requires: () => [
    { operation: 'gradient' },
    { operation: 'moments' },
    { operation: 'multiply' },
    { operation: 'push' },
  ],
  bounds: affineInvariantBounds,
  async limitAt({ functional, space }, measure) {
    const limit = space.stepLimit?.(functional, measure);
    return limit && sharedLimit(limit, largestEigenvalue((await space.moments(measure)).covariance));
  },
  init: (measure) => ({ measure }),
  async step({ measure }, problem, { gamma }) {
    const { functional, space } = problem;
    const { covariance }: Moments = await space.moments(measure);
    const v: unknown = await space.multiply(covariance, await space.gradient(functional, measure));
    return explicitStep(await space.push(measure, v, -gamma), problem, gamma);
  },
});

/**
 * The same as a Langevin scheme (ensemble Kalman sampler), for G = int V + a H and clouds of points without a density:
 *
 * X' = X - gamma C_n grad V(X) + sqrt(2 gamma a C_n) Z,  Z ~ N(0, I).
 *
 * Affine invariant; biased in gamma, and in the number of points.
 */
const noisy = (): Scheme => ({
  id: 'kalman',
  requires: (G) => [
    { operation: 'gradient', functional: requireDiffusion(G).smooth },
    { operation: 'moments' },
    { operation: 'multiply' },
    { operation: 'push' },
    { operation: 'image' },
    { operation: 'diffuse' },
  ],
  bounds: affineInvariantBounds,
  init: (measure) => ({ measure }),
  async step({ measure }, problem, { gamma, rng }) {
    const { functional, space } = problem;
    const { smooth, entropy } = requireDiffusion(functional);
    const { covariance }: Moments = await space.moments(measure);
    const C = matrixOf(covariance);
    const v: unknown = await space.multiply(covariance, await space.gradient(smooth, measure));
    // Noise of covariance C is white noise in the coordinates C^(-1/2) x.
    const white: unknown = await space.image(await space.push(measure, v, -gamma), inverseSquareRoot(C).to2DArray());
    const warm: unknown = await space.diffuse(white, 2 * gamma * entropy, rng);
    return explicitStep(await space.image(warm, squareRoot(C).to2DArray()), problem, gamma);
  },
});

/** Kalman-Wasserstein descent, with the gradient of the entropy or with noise in its place. */
export const kalman = ({ noise = false }: { noise?: boolean } = {}): Scheme => (noise ? noisy() : deterministic());

export const kalmanDefinition = defineScheme({
  id: 'kalman',
  title: 'Kalman-Wasserstein: preconditioned by its own covariance, affine invariant',
  options: z.strictObject({ noise: z.boolean().default(false) }),
  cite: ['garbuno2020interacting'],
  create: kalman,
});
