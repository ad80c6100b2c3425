import { defineFunctional, part, type Distribution, type Functional } from '@wasserflow/core';
import { divergenceFunctional } from './divergence.js';
import { pointwiseTarget, type RatioDivergence } from './ratio-divergence.js';
import { divergenceOnGaussians } from './divergence-gaussian.js';

/** log(1 + e^l). */
const softplus = (l: number): number => Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l)));

/** softplus(l) / e^l: 1 far below zero, 0 far above. */
const perRatio = (l: number): number => (Math.abs(l) > 700 ? Number(l < 0) : Math.exp(-l) * softplus(l));

/** f(r) = (r log r - (1 + r) log(1 + r)) / 2 + r log 2. */
const ratio: RatioDivergence = {
  id: 'jensen-shannon',
  integrand: (l) => (-softplus(-l) - perRatio(l)) / 2 + Math.LN2,
  atZero: 0,
  variation: (l) => -softplus(-l) / 2 + Math.LN2,
  slope: (l) => 1 / (2 * (1 + Math.exp(l))),
};

/**
 * The Jensen-Shannon divergence KL(rho || m) / 2 + KL(q || m) / 2, m = (rho + q) / 2, in nats, at most log 2.
 *
 * Between Gaussians there is no closed form: there it is a quadrature, in one and two dimensions.
 *
 * @param target - q, on R^1 or R^2 with V known at single points
 * @throws WasserflowError E_UNSUPPORTED when no space knows it
 * @see lin1991divergence
 */
export function jensenShannon(target: Distribution): Functional {
  const known = pointwiseTarget(target, 'jensen-shannon');
  const gaussian = known && divergenceOnGaussians(ratio, known);
  return divergenceFunctional(ratio, target, gaussian ? { gaussian } : {});
}

export const jensenShannonDefinition = defineFunctional({
  id: 'jensen-shannon',
  title: 'Jensen-Shannon divergence to a target, in nats',
  parts: { target: part('distribution') },
  example: { target: { id: 'gaussian', dimension: 1 } },
  cite: ['lin1991divergence'],
  create: ({ target }) => jensenShannon(target),
});
