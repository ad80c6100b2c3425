import {
  defineFunctional,
  part,
  type AffineField,
  type Distribution,
  type Functional,
  type GaussianFacet,
  type GaussianMeasure,
} from '@wasserflow/core';
import { dot, logDeterminant } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import { divergenceFunctional } from './divergence/divergence.js';
import type { RatioDivergence } from './divergence/ratio.js';
import {
  affineGradient,
  factorise,
  gaussianTarget,
  lawOf,
  meanDifference,
  outer,
  type GaussianLaw,
} from './laws/gaussian-law.js';

/** f(r) = -log r. */
const ratio: RatioDivergence = {
  id: 'reverse-kl',
  integrand: (l) => (l === Infinity ? 0 : -l * Math.exp(-l)),
  atZero: Infinity,
  variation: (l) => -Math.exp(-l),
  slope: (l) => Math.exp(-l),
};

/** KL(N(m2, S2) || N(m, S)) = (tr(S^-1 (S2 + dm dm^T)) - d + log|S| - log|S2|) / 2. */
function valueOf(q: GaussianLaw, mu: GaussianMeasure): number {
  const law = lawOf(mu);
  const own = factorise(law.covariance);
  const dm = meanDifference(law, q);
  const pulled = own.solve(Matrix.columnVector(dm)).to1DArray();
  const volumes = logDeterminant(own) - logDeterminant(factorise(q.covariance));
  return (own.solve(q.covariance).trace() + dot(dm, pulled) - dm.length + volumes) / 2;
}

/** dF/dS = (S^-1 - S^-1 (S2 + dm dm^T) S^-1) / 2 and dF/dm = S^-1 dm. */
function gradientOf(q: GaussianLaw, mu: GaussianMeasure): AffineField {
  const law = lawOf(mu);
  const own = factorise(law.covariance);
  const dm = meanDifference(law, q);
  const inverse = own.solve(Matrix.eye(dm.length));
  const second = inverse.mmul(Matrix.add(q.covariance, outer(dm))).mmul(inverse);
  return affineGradient(law, inverse.mmul(Matrix.columnVector(dm)).to1DArray(), Matrix.sub(inverse, second).mul(1 / 2));
}

const onGaussians = (q: GaussianLaw): GaussianFacet => ({
  value: (mu) => valueOf(q, mu),
  gradient: (mu) => gradientOf(q, mu),
});

/**
 * The reverse Kullback-Leibler divergence KL(q || rho) = int log(q / rho) dq, in nats. Its Wasserstein gradient is
 * -grad(q / rho).
 *
 * +infinity where rho has no mass though q has, so that on the line, where densities live on intervals, there is
 * no facet.
 *
 * @param target - q; Gaussian, or on R^1 or R^2 with V known at single points
 * @throws WasserflowError E_UNSUPPORTED when no space knows it
 * @see ambrosio2008gradient
 */
export function reverseKl(target: Distribution): Functional {
  const q = gaussianTarget(target);
  return divergenceFunctional(ratio, target, q ? { gaussian: onGaussians(q) } : {});
}

export const reverseKlDefinition = defineFunctional({
  id: 'reverse-kl',
  title: 'Reverse Kullback-Leibler divergence KL(target || rho), in nats',
  parts: { target: part('distribution') },
  example: { target: { id: 'gaussian', dimension: 1 } },
  cite: ['ambrosio2008gradient'],
  create: ({ target }) => reverseKl(target),
});
