import {
  defineFunctional,
  ensure,
  part,
  type AffineField,
  type Distribution,
  type Facets,
  type Functional,
  type GaussianFacet,
  type GaussianMeasure,
} from '@wasserflow/core';
import { apply, congruence, dot } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import { livesElsewhere, withAdvice } from './divergence/lacks.js';
import { fisherOnGrid } from './fisher/grid.js';
import { fisherOnLine } from './fisher/quantile.js';
import {
  affineGradient,
  factorise,
  gaussianTarget,
  lawOf,
  meanDifference,
  type GaussianLaw,
} from './laws/gaussian-law.js';
import { pointwiseTarget } from './divergence/ratio.js';

const inverseOf = (S: Matrix): Matrix => factorise(S).solve(Matrix.eye(S.rows));

/** tr((P - S^-1) S (P - S^-1)) + |P dm|^2, P the precision of the target. */
function valueOf(P: Matrix, q: GaussianLaw, mu: GaussianMeasure): number {
  const law = lawOf(mu);
  const drift = apply(P, meanDifference(law, q));
  return congruence(Matrix.sub(P, inverseOf(law.covariance)), law.covariance).trace() + dot(drift, drift);
}

/** dF/dS = P^2 - S^-2 and dF/dm = 2 P^2 dm. */
function gradientOf(P: Matrix, q: GaussianLaw, mu: GaussianMeasure): AffineField {
  const law = lawOf(mu);
  const inverse = inverseOf(law.covariance);
  const drift = apply(P, apply(P, meanDifference(law, q)));
  return affineGradient(
    law,
    drift.map((a) => 2 * a),
    Matrix.sub(P.mmul(P), inverse.mmul(inverse)),
  );
}

function onGaussians(q: GaussianLaw): GaussianFacet {
  const P = inverseOf(q.covariance);
  return { value: (mu) => valueOf(P, q, mu), gradient: (mu) => gradientOf(P, q, mu) };
}

const reasons = ({ id, dimension }: Distribution): Record<keyof Facets, string> => ({
  gaussian: `its target \`${id}\` is not Gaussian`,
  particles: 'it compares the scores of densities, and points have none',
  quantile: livesElsewhere(dimension, 1) ?? `V of its target \`${id}\` has to be known at single points`,
  grid: livesElsewhere(dimension, 2) ?? `V of its target \`${id}\` has to be known at single points`,
  flow: 'it needs the score of the law, the derivative of log|det DT| by the points, which blocks do not give',
});

/**
 * The relative Fisher information int |grad log(rho / q)|^2 drho, in nats^2 per length^2: the squared norm of the
 * Wasserstein gradient of KL(. || q). No convexity is claimed.
 *
 * @param target - q; Gaussian, or on R^1 or R^2 with V known at single points
 * @throws WasserflowError E_UNSUPPORTED when no space knows it
 * @see otto2001geometry, matthes2017convergent
 */
export function fisher(target: Distribution): Functional {
  const q = gaussianTarget(target);
  const known = pointwiseTarget(target, 'fisher');
  const facets: Partial<Facets> = {
    ...(q && { gaussian: onGaussians(q) }),
    ...(known?.dimension === 1 && { quantile: fisherOnLine(known.potential) }),
    ...(known && known.dimension <= 2 && { grid: fisherOnGrid(known.potential) }),
  };
  ensure(
    Object.keys(facets).length > 0,
    'E_UNSUPPORTED',
    `\`fisher\` needs a Gaussian target, or one on R^1 or R^2 whose potential is known at single points; \`${target.id}\` is no such law`,
  );
  return { id: 'fisher', target, facets, lacks: withAdvice(reasons(target), facets) };
}

export const fisherDefinition = defineFunctional({
  id: 'fisher',
  title: 'Relative Fisher information to a target',
  parts: { target: part('distribution') },
  cite: ['otto2001geometry', 'matthes2017convergent'],
  example: { target: { id: 'gaussian', dimension: 1 } },
  create: ({ target }) => fisher(target),
});
