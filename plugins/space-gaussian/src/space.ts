import {
  ensure,
  type AffineField,
  type Distribution,
  type EnergyTerms,
  type Functional,
  type GaussianMeasure,
  type ProxResult,
  type Space,
  type SpaceOperation,
} from '@wasserflow/core';
import { Matrix } from 'ml-matrix';
import { energyGradient, energyValue, squaredNorm } from './energy.js';
import { defectOf, draw, factorise, gaussian, gaussianOf, logDensity, pushForward } from './gaussian.js';
import { add, brenierMatrix, matrixOf } from '@wasserflow/geometry';
import { proxOfEnergy } from './prox.js';

type OnFunctional = 'value' | 'gradient' | 'prox';

const facetOf = <O extends OnFunctional>(G: Functional, operation: O) => G.facets?.gaussian?.[operation];

/** Why the terms of G do not give the operation, as the end of a sentence. */
function termsRefuse(operation: OnFunctional, G: Functional): string | undefined {
  if (G.terms === undefined)
    return G.facets?.gaussian
      ? `its facet on Gaussians has no \`${operation}\``
      : 'it has neither terms nor a facet on Gaussians; use space `particles` or `flow`';
  if (G.terms.potential && !G.terms.potential.quadratic)
    return 'its potential is not quadratic, so the flow leaves the Gaussians; use a Gaussian target, or space `particles` or `flow`';
  if (operation === 'prox' && G.terms.entropy < 0)
    return `the weight ${G.terms.entropy} of its entropy is negative, so a minimiser need not exist`;
  return undefined;
}

const isOnFunctional = (operation: SpaceOperation): operation is OnFunctional =>
  operation === 'value' || operation === 'gradient' || operation === 'prox';

function refuses(operation: SpaceOperation, G: Functional): string | undefined {
  if (!isOnFunctional(operation) || facetOf(G, operation)) return undefined;
  return termsRefuse(operation, G);
}

/** @throws WasserflowError E_UNSUPPORTED where the terms do not serve. */
function termsFor(operation: OnFunctional, G: Functional): EnergyTerms {
  const reason = termsRefuse(operation, G);
  ensure(reason === undefined, 'E_UNSUPPORTED', `\`${operation}\` of \`${G.id}\` on space \`gaussian\`: ${reason}`);
  return G.terms!;
}

const valueOf = (G: Functional, mu: GaussianMeasure): number =>
  facetOf(G, 'value')?.(mu) ?? energyValue(termsFor('value', G), mu);

const gradientOf = (G: Functional, mu: GaussianMeasure): AffineField =>
  facetOf(G, 'gradient')?.(mu) ?? energyGradient(termsFor('gradient', G), mu);

/** The Brenier map from mu to nu minus the identity: x -> (T - I)(x - m1) + m2 - m1. */
function displacement(mu: GaussianMeasure, nu: GaussianMeasure): AffineField {
  factorise(mu); // a law without a density need not have a Brenier map
  const T = brenierMatrix(matrixOf(mu.covariance), matrixOf(nu.covariance));
  return {
    linear: T.sub(Matrix.eye(mu.mean.length)).to2DArray(),
    center: mu.mean,
    constant: add(nu.mean, mu.mean, -1),
  };
}

/** W2^2 = tr((T - I) S1 (T - I)) + |m2 - m1|^2: never negative, exact where the measures are close. */
const distance2 = (mu: GaussianMeasure, nu: GaussianMeasure): number => squaredNorm(displacement(mu, nu), mu);

function proxOf(G: Functional, mu: GaussianMeasure, gamma: number): ProxResult<GaussianMeasure> {
  const facet = facetOf(G, 'prox');
  if (!facet) return proxOfEnergy(termsFor('prox', G), mu, gamma);
  const measure = facet(mu, gamma);
  const defect = defectOf(measure);
  if (defect !== undefined)
    return { measure: mu, status: 'non-finite', message: `after a proximal step of size ${gamma} ${defect}` };
  const moved2 = distance2(mu, measure);
  return { measure, status: 'ok', moved2, objective: valueOf(G, measure) + moved2 / (2 * gamma) };
}

/**
 * Gaussians N(m, S) on R^d with the Bures-Wasserstein calculus, in closed form and float64.
 *
 * Serves G = a int rho log rho + int V drho + constant with quadratic V, and functionals with a facet
 * `gaussian`, which goes first. Fields are affine maps. Nothing is random but `sample`: `diffuse` adds the
 * noise's covariance, so that a Langevin scheme gives the law of its iterates.
 *
 * @param initial - the law that a run starts from; has to be Gaussian
 * @throws WasserflowError E_UNSUPPORTED when `initial` is not Gaussian, E_ARGUMENT when its covariance is not
 * symmetric positive definite
 * @see takatsu2011wasserstein
 */
export function gaussianSpace(initial: Distribution): Space<GaussianMeasure, AffineField> {
  const start = gaussianOf(initial);
  return {
    id: 'gaussian',
    dimension: start.mean.length,
    initial: async () => start,
    refuses,
    defect: defectOf,
    value: async (G, mu) => valueOf(G, mu),
    gradient: async (G, mu) => gradientOf(G, mu),
    push: async (mu, v, step) => pushForward(mu, v, step),
    prox: async (G, mu, gamma) => proxOf(G, mu, gamma),
    diffuse: async ({ mean, covariance }, variance) =>
      gaussian(mean, matrixOf(covariance).add(Matrix.eye(mean.length, mean.length, variance))),
    transport: async (mu, nu) => displacement(mu, nu),
    distance2: async (mu, nu) => distance2(mu, nu),
    represent: async (law) => gaussianOf(law),
    sample: async (mu, n, rng) => draw(mu, n, rng),
    logDensity: async (mu, x) => logDensity(mu, x),
  };
}
