import {
  defineFunctional,
  ensure,
  part,
  type Distribution,
  type Functional,
  type GaussianFacet,
} from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';
import { z } from 'zod';
import { divergenceFunctional } from './divergence/divergence.js';
import type { RatioDivergence } from './divergence/ratio.js';
import { gaussianTarget, type GaussianLaw } from './laws/gaussian-law.js';
import { renyiGradient, renyiOfGaussians } from './divergence/renyi-gaussian.js';

/** log of the mean of e^x, `[n]`: without overflow, and infinite where x is. */
function logMeanExp(x: Tensor): Tensor {
  const top = ops.minimum(ops.stopGradient(ops.max(x)), 1e38);
  return ops.add(ops.log(ops.mean(ops.exp(ops.sub(x, top)))), top);
}

/** f(r) = r^a under log(.) / (a - 1). */
const ratio = (a: number): RatioDivergence => ({
  id: 'renyi',
  integrand: (l) => Math.exp((a - 1) * l),
  atZero: 0,
  variation: (l) => a * Math.exp((a - 1) * l),
  slope: (l) => a * (a - 1) * Math.exp((a - 1) * l),
  ofBatch: (l) => ops.mul(logMeanExp(ops.mul(l, a - 1)), 1 / (a - 1)),
  outer: { value: (s) => Math.log(s) / (a - 1), slope: (s) => 1 / (s * (a - 1)) },
});

const onGaussians = (order: number, q: GaussianLaw): GaussianFacet => ({
  value: (mu) => renyiOfGaussians(order, mu, q),
  gradient: (mu) => renyiGradient(order, mu, q),
});

/**
 * The Renyi divergence D_a(rho || q) = log int rho^a q^(1 - a) / (a - 1), in nats, which tends to KL for a -> 1.
 *
 * +infinity where rho has heavier tails than q allows: between Gaussians unless a S* + (1 - a) S is positive
 * definite, which may fail for a > 1 only.
 *
 * On flows the loss of a batch is the logarithm of its mean of (rho / q)^(a - 1), over a - 1: biased by the batch, to
 * less for a > 1 and to more for a < 1, by about the variance of that mean over 2 |a - 1| its square.
 *
 * @param target - q; Gaussian, or on R^1 or R^2 with V known at single points, or with V by tensors and log Z
 * @param order - a > 0, not 1
 * @throws WasserflowError E_ARGUMENT for another order, E_UNSUPPORTED when no space knows it
 * @see gil2013renyi, vempala2019rapid
 */
export function renyi(target: Distribution, order: number): Functional {
  const text = `the order of \`renyi\` is ${order}; it has to be above 0 and other than 1 (which is \`kl\`), e.g. 2`;
  ensure(order > 0 && order < Infinity && order !== 1, 'E_ARGUMENT', text);
  const q = gaussianTarget(target);
  return divergenceFunctional(ratio(order), target, q ? { gaussian: onGaussians(order, q) } : {});
}

export const renyiDefinition = defineFunctional({
  id: 'renyi',
  title: 'Renyi divergence of some order to a target, in nats',
  options: z.strictObject({ order: z.number().default(2) }),
  parts: { target: part('distribution') },
  example: { target: { id: 'gaussian', dimension: 1 } },
  cite: ['gil2013renyi', 'vempala2019rapid'],
  create: ({ target, order }) => renyi(target, order),
});
