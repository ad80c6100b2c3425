/** Energies on Gaussians: a int rho log rho + internal energies + int V drho + interactions + constant. */
import { ensure, type AffineField, type EnergyTerms, type GaussianMeasure, type Quadratic } from '@wasserflow/core';
import { logDeterminant } from '@wasserflow/geometry';
import { Matrix } from 'ml-matrix';
import { meanCurvature, meanInteraction } from './expected-interaction.js';
import { meanPotential, meanSlope } from './expected-potential.js';
import { fieldOf } from './fields.js';
import { factorise } from './gaussian.js';
import { internalPressure, internalValue } from './internal-energy.js';
import { quadrature, type Quadrature } from './quadrature.js';

/** int rho log rho = -(d (1 + log 2 pi) + log|S|) / 2, in nats. */
export const negativeEntropy = (mu: GaussianMeasure): number =>
  -(mu.mean.length * (1 + Math.log(2 * Math.PI)) + logDeterminant(factorise(mu))) / 2;

/** G(mu), in nats: closed forms where V and W are quadratic, quadrature where they are not. */
export function energyValue(terms: EnergyTerms, mu: GaussianMeasure, rules: Quadrature = quadrature()): number {
  const { entropy, internal = [], potential, interactions = [], constant } = terms;
  const parts = [
    entropy === 0 ? 0 : entropy * negativeEntropy(mu),
    ...internal.map((term) => internalValue(term, mu)),
    potential ? meanPotential(potential, mu, rules) : 0,
    ...interactions.map(({ weight, interaction }) => weight * meanInteraction(interaction, mu, rules)),
  ];
  return parts.reduce((sum, part) => sum + part, constant);
}

/**
 * The Bures-Wasserstein gradient: the affine field that is nearest in L2(mu) to the Wasserstein gradient,
 *
 * x -> (E Hess V + sum_j w_j E Hess W_j - (a + sum_i b_i int rho^(p_i)) S^-1) (x - m) + E grad V.
 *
 * It is the Wasserstein gradient itself where V and W are quadratic and there is no internal energy; otherwise its
 * projection on the tangent space of the Gaussians: its flow is that of Gaussian variational inference.
 * @see lambert2022variational
 */
export function energyGradient(terms: EnergyTerms, mu: GaussianMeasure, rules: Quadrature = quadrature()): AffineField {
  const { entropy, internal = [], potential, interactions = [] } = terms;
  const d = mu.mean.length;
  const outer = potential
    ? meanSlope(potential, mu, rules)
    : { slope: mu.mean.map(() => 0), hessian: Matrix.zeros(d, d) };
  const linear = outer.hessian.clone();
  for (const { weight, interaction } of interactions)
    linear.add(Matrix.mul(meanCurvature(interaction, mu, rules), weight));
  const pressure = internal.reduce((sum, term) => sum + internalPressure(term, mu), entropy);
  if (pressure !== 0) linear.sub(factorise(mu).solve(Matrix.eye(d, d, pressure)));
  return fieldOf(linear, mu.mean, outer.slope);
}

/** a, V and k of terms that are a H + int V drho + k (E|x - Ex|^2) / 2 + constant with quadratic V. */
export interface QuadraticEnergy {
  readonly entropy: number;
  readonly quadratic: Quadratic;
  readonly attraction: number;
}

const flat = (d: number): Quadratic => ({
  precision: Matrix.zeros(d, d).to2DArray(),
  center: Array.from({ length: d }, () => 0),
  constant: 0,
});

/**
 * The terms in that form; undefined where they have another one.
 * @throws WasserflowError E_ARGUMENT when V lives on another space.
 */
export function quadraticEnergy(terms: EnergyTerms, d: number): QuadraticEnergy | undefined {
  const { entropy, internal = [], potential, interactions = [] } = terms;
  const pulls = interactions.map(({ weight, interaction }) => weight * (interaction.quadratic ?? NaN));
  const attraction = pulls.reduce((sum, k) => sum + k, 0);
  const quadratic = potential ? potential.quadratic : flat(d);
  if (internal.length > 0 || quadratic === undefined || Number.isNaN(attraction)) return undefined;
  const own = quadratic.center.length;
  ensure(own === d, 'E_ARGUMENT', `the potential lives on R^${own}, but the measure on R^${d}`);
  return { entropy, quadratic, attraction };
}
