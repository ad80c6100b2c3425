import { defineFunctional, part, type Distribution, type Functional, type GaussianFacet } from '@wasserflow/core';
import { ops } from '@wasserflow/tensor';
import { divergenceFunctional } from './divergence/divergence.js';
import type { RatioDivergence } from './divergence/ratio.js';
import { gaussianTarget, type GaussianLaw } from './laws/gaussian-law.js';
import { renyiGradient, renyiOfGaussians, scaleField } from './divergence/renyi-gaussian.js';

/** f(r) = r^2 - r. */
const ratio: RatioDivergence = {
  id: 'chi-square',
  integrand: (l) => Math.expm1(l),
  atZero: 0,
  variation: (l) => 2 * Math.exp(l) - 1,
  slope: (l) => 2 * Math.exp(l),
  ofBatch: (l) => ops.sub(ops.mean(ops.exp(l)), 1),
};

/** chi^2 = e^(D_2) - 1. */
const onGaussians = (q: GaussianLaw): GaussianFacet => ({
  value: (mu) => Math.expm1(renyiOfGaussians(2, mu, q)),
  gradient: (mu) => scaleField(renyiGradient(2, mu, q), Math.exp(renyiOfGaussians(2, mu, q))),
});

/**
 * The chi-square divergence int (rho / q - 1)^2 dq to q = e^-V / Z. Its Wasserstein gradient is 2 grad(rho / q).
 *
 * +infinity where rho has heavier tails than q allows: between Gaussians unless 2 S* - S is positive definite.
 *
 * On flows a loss by the density ratio, unbiased, of a variance that is infinite where int rho^3 / q^2 is; far from q it
 * is beyond float32, which is a status and not clipped.
 *
 * @param target - q; Gaussian, or on R^1 or R^2 with V known at single points, or with V by tensors and log Z
 * @throws WasserflowError E_UNSUPPORTED when no space knows it
 * @see chewi2020svgd
 */
export function chiSquare(target: Distribution): Functional {
  const q = gaussianTarget(target);
  return divergenceFunctional(ratio, target, q ? { gaussian: onGaussians(q) } : {});
}

export const chiSquareDefinition = defineFunctional({
  id: 'chi-square',
  title: 'Chi-square divergence to a target',
  parts: { target: part('distribution') },
  example: { target: { id: 'gaussian', dimension: 1 } },
  cite: ['chewi2020svgd'],
  create: ({ target }) => chiSquare(target),
});
