import { defineFunctional, part, type Distribution, type Functional } from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';
import { divergenceFunctional } from './divergence/divergence.js';
import { pointwiseTarget, type RatioDivergence } from './divergence/ratio.js';
import { divergenceOnGaussians } from './divergence/gaussian.js';

/** log(1 + e^l). */
const softplus = (l: number): number => Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l)));

/** softplus(l) / e^l: 1 far below zero, 0 far above. */
const perRatio = (l: number): number => (Math.abs(l) > 700 ? Number(l < 0) : Math.exp(-l) * softplus(l));

/** Below this, log(1 + r) / r is a power series in r to float32, and above it a quotient. */
const SMALL = -3;
/** Above this it is nothing to float32. */
const LARGE = 100;

/** log(1 + r) / r at r = e^l, with derivatives that stay numbers however far l is from zero. */
function perRatioTensor(l: Tensor): Tensor {
  const r = ops.exp(ops.minimum(l, SMALL));
  const series = [-1 / 6, 1 / 5, -1 / 4, 1 / 3, -1 / 2, 1].reduce<Tensor>(
    (sum, c) => ops.add(ops.mul(sum, r), c),
    ops.zerosLike(r),
  );
  const large = ops.minimum(ops.maximum(l, SMALL), LARGE);
  const quotient = ops.mul(ops.exp(ops.neg(large)), ops.softplus(large));
  return ops.where(ops.less(l, SMALL), series, quotient);
}

/** f(r) = (r log r - (1 + r) log(1 + r)) / 2 + r log 2. */
const ratio: RatioDivergence = {
  id: 'jensen-shannon',
  integrand: (l) => (-softplus(-l) - perRatio(l)) / 2 + Math.LN2,
  atZero: 0,
  variation: (l) => -softplus(-l) / 2 + Math.LN2,
  slope: (l) => 1 / (2 * (1 + Math.exp(l))),
  ofBatch: (l) => ops.sub(Math.LN2, ops.mul(ops.mean(ops.add(ops.softplus(ops.neg(l)), perRatioTensor(l))), 1 / 2)),
};

/**
 * The Jensen-Shannon divergence KL(rho || m) / 2 + KL(q || m) / 2, m = (rho + q) / 2, in nats, at most log 2.
 *
 * Between Gaussians there is no closed form: there it is a quadrature, in one and two dimensions.
 *
 * On flows an unbiased loss by the density ratio. Far from q it is flat: there a flow learns nothing from it.
 *
 * @param target - q, on R^1 or R^2 with V known at single points, or with V by tensors and log Z
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
