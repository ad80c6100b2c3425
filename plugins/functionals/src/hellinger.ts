import { defineFunctional, part, type Distribution, type Functional, type GaussianFacet } from '@wasserflow/core';
import { ops } from '@wasserflow/tensor';
import { divergenceFunctional } from './divergence/divergence.js';
import { pointwiseTarget, type RatioDivergence } from './divergence/ratio.js';
import { divergenceOnGaussians } from './divergence/gaussian.js';
import { gaussianTarget, type GaussianLaw } from './laws/gaussian-law.js';
import { renyiGradient, renyiOfGaussians, scaleField } from './divergence/renyi-gaussian.js';

/** f(r) = r - sqrt r. */
const ratio: RatioDivergence = {
  id: 'hellinger',
  integrand: (l) => -Math.expm1(-l / 2),
  atZero: 0,
  variation: (l) => 1 - Math.exp(-l / 2) / 2,
  slope: (l) => Math.exp(-l / 2) / 4,
  ofBatch: (l) => ops.sub(1, ops.mean(ops.exp(ops.mul(l, -1 / 2)))),
};

/** H^2 = 1 - e^(-D_1/2 / 2). */
const onGaussians = (q: GaussianLaw): GaussianFacet => ({
  value: (mu) => -Math.expm1(-renyiOfGaussians(1 / 2, mu, q) / 2),
  gradient: (mu) => scaleField(renyiGradient(1 / 2, mu, q), Math.exp(-renyiOfGaussians(1 / 2, mu, q) / 2) / 2),
});

/**
 * The squared Hellinger distance 1 - int sqrt(rho q) = 1/2 int (sqrt rho - sqrt q)^2, in [0, 1].
 *
 * On flows an unbiased loss by the density ratio. Far from q it is flat: there a flow learns nothing from it.
 *
 * @param target - q; Gaussian, or on R^1 or R^2 with V known at single points, or with V by tensors and log Z
 * @throws WasserflowError E_UNSUPPORTED when no space knows it
 * @see gil2013renyi
 */
export function hellinger(target: Distribution): Functional {
  const q = gaussianTarget(target);
  const known = pointwiseTarget(target, 'hellinger');
  const gaussian = q ? onGaussians(q) : known && divergenceOnGaussians(ratio, known);
  return divergenceFunctional(ratio, target, gaussian ? { gaussian } : {});
}

export const hellingerDefinition = defineFunctional({
  id: 'hellinger',
  title: 'Squared Hellinger distance to a target, in [0, 1]',
  parts: { target: part('distribution') },
  example: { target: { id: 'gaussian', dimension: 1 } },
  cite: ['gil2013renyi'],
  create: ({ target }) => hellinger(target),
});
