import {
  ensure,
  type AffineField,
  type Anchor,
  type Distribution,
  type Functional,
  type GaussianMeasure,
  type ProxResult,
  type SolveContext,
  type Space,
  type SpaceOperation,
} from '@wasserflow/core';
import { apply, congruence, matrixOf, type Rows } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import { anchoredProx } from './anchored-prox.js';
import type { Objective } from './brenier-coordinates.js';
import { displacement, distance2 } from './distance.js';
import { extrapolate } from './extrapolate.js';
import { carry, combine, inner, multiply, pullBack, pushForward } from './fields.js';
import { gradientOf, isFiniteAt, valueOf } from './functional.js';
import { defectOf, draw, failed, gaussian, gaussianOf, logDensity } from './gaussian.js';
import { kernelGradient } from './kernel-gradient.js';
import { mirrorStep } from './mirror.js';
import { proxOfEnergy } from './prox.js';
import { quadrature, type Quadrature } from './quadrature.js';
import { regularizedGradient } from './regularized-gradient.js';
import { refuses } from './support.js';

function check(operation: SpaceOperation, G: Functional): void {
  const reason = refuses(operation, G);
  ensure(reason === undefined, 'E_UNSUPPORTED', `\`${operation}\` of \`${G.id}\` on space \`gaussian\`: ${reason}`);
}

const objectiveOf = (G: Functional, rules: Quadrature): Objective => ({
  value: (nu) => valueOf(G, nu, rules),
  finite: (nu) => isFiniteAt(G, nu),
  gradient: (nu) => gradientOf(G, nu, rules),
});

function fromFacet(G: Functional, mu: GaussianMeasure, gamma: number, rules: Quadrature): ProxResult<GaussianMeasure> {
  const measure = G.facets!.gaussian!.prox!(mu, gamma);
  const defect = defectOf(measure);
  if (defect !== undefined) return failed(mu, `after a proximal step of size ${gamma} ${defect}`);
  const moved2 = distance2(mu, measure);
  return { measure, status: 'ok', moved2, objective: valueOf(G, measure, rules) + moved2 / (2 * gamma) };
}

/** A facet's own step, else the closed form of the terms, else the solve on Gaussians. */
function proxOf(
  G: Functional,
  mu: GaussianMeasure,
  gamma: number,
  rules: Quadrature,
  context: SolveContext,
): ProxResult<GaussianMeasure> {
  if (G.facets?.gaussian?.prox) return fromFacet(G, mu, gamma, rules);
  check('prox', G);
  const known = G.terms && !G.facets?.gaussian?.gradient && proxOfEnergy(G.terms, mu, gamma);
  return known || anchoredProx(objectiveOf(G, rules), [{ weight: 1 / (2 * gamma), measure: mu }], context);
}

function anchoredProxOf(
  G: Functional,
  anchors: readonly Anchor<GaussianMeasure>[],
  rules: Quadrature,
  context: SolveContext,
): ProxResult<GaussianMeasure> {
  const total = anchors.reduce((sum, { weight }) => sum + weight, 0);
  ensure(
    total > 0,
    'E_ARGUMENT',
    `the weights of the anchors have to add up to a positive number, but their sum is ${total}`,
  );
  const [first, ...others] = anchors.filter(({ weight }) => weight !== 0);
  if (first && others.length === 0) return proxOf(G, first.measure, 1 / (2 * first.weight), rules, context);
  check('anchoredProx', G);
  return anchoredProx(objectiveOf(G, rules), anchors, context);
}

function imageUnder({ mean, covariance }: GaussianMeasure, A: Rows): GaussianMeasure {
  const d = mean.length;
  const fits = A.length === d && A.every((row) => row.length === d);
  ensure(fits, 'E_ARGUMENT', `a linear map of R^${d} needs a matrix of ${d} by ${d}`);
  return gaussian(apply(matrixOf(A), mean), congruence(matrixOf(A), matrixOf(covariance)));
}

export interface GaussianSpaceOptions {
  /** Points an axis for expectations that have no closed form; 20 by default. */
  readonly quadrature?: number | undefined;
}

/**
 * Gaussians N(m, S) on R^d with the Bures-Wasserstein calculus, in float64.
 *
 * Serves entropy, internal energies, potentials and interactions as terms, functionals with a facet `gaussian`, and
 * their sums. Exact on all of P2 for G = a int rho log rho + int V drho + quadratic interactions with quadratic V,
 * where gradients are affine and proximal points Gaussian, in closed form. For any other G it is the calculus on the
 * Gaussians: `gradient` is the projection of the Wasserstein gradient on affine fields (so forward-backward is that
 * of Gaussian variational inference), and `prox` minimises over Gaussians, by a solve that reports its residual: the
 * Bures-JKO step. So it is of internal energies, whose own steps leave the Gaussians (a Barenblatt profile is none;
 * space `quantile` and `grid` have those).
 * Nothing is random but `sample`: `diffuse` adds the noise's covariance, so that a Langevin scheme gives the law of
 * its iterates.
 *
 * @param initial - the law that a run starts from; has to be Gaussian
 * @throws WasserflowError E_UNSUPPORTED when `initial` is not Gaussian, E_ARGUMENT when its covariance is not
 * symmetric positive definite
 * @see takatsu2011wasserstein, lambert2022variational, diao2023forward
 */
export function gaussianSpace(
  initial: Distribution,
  options: GaussianSpaceOptions = {},
): Space<GaussianMeasure, AffineField> {
  const start = gaussianOf(initial);
  const rules = quadrature(options.quadrature);
  return {
    id: 'gaussian',
    dimension: start.mean.length,
    initial: async () => start,
    refuses,
    defect: defectOf,
    value: async (G, mu) => valueOf(G, mu, rules),
    gradient: async (G, mu) => gradientOf(G, mu, rules),
    push: async (mu, v, step) => pushForward(mu, v, step),
    prox: async (G, mu, gamma, context) => proxOf(G, mu, gamma, rules, context),
    diffuse: async ({ mean, covariance }, variance) =>
      gaussian(mean, matrixOf(covariance).add(Matrix.eye(mean.length, mean.length, variance))),
    transport: async (mu, nu) => displacement(mu, nu),
    distance2: async (mu, nu) => distance2(mu, nu),
    combine: async (terms) => combine(terms),
    multiply: async (A, v) => multiply(A, v),
    inner: async (mu, u, v) => inner(mu, u, v),
    carry: async (mu, v, step, u) => carry(mu, v, step, u),
    pullBack: async (mu, v, step, u) => pullBack(mu, v, step, u),
    gradientAt: async (G, mu, u) => pullBack(mu, u, 1, gradientOf(G, mu, rules)),
    moments: async ({ mean, covariance }) => ({ mean, covariance }),
    image: async (mu, A) => imageUnder(mu, A),
    anchoredProx: async (G, anchors, context) => anchoredProxOf(G, anchors, rules, context),
    extrapolate: async (mu0, mu1, t) => extrapolate(mu0, mu1, t),
    mirror: async (phi, mu, v) => {
      check('mirror', phi);
      return mirrorStep(phi.terms!, mu, v);
    },
    kernelGradient: async (G, kernel, mu) => kernelGradient(mu, kernel, gradientOf(G, mu, rules)),
    regularizedGradient: async (G, mu, T) => {
      check('regularizedGradient', G);
      return regularizedGradient(G.terms!, mu, T);
    },
    represent: async (law) => gaussianOf(law),
    sample: async (mu, n, rng) => draw(mu, n, rng),
    logDensity: async (mu, x) => logDensity(mu, x),
  };
}
