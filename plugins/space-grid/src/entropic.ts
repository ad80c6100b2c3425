import type { GridMeasure, ProxResult } from '@wasserflow/core';
import { entropicStep, type EntropicOptions } from './entropic-step.js';
import type { GridEnergy } from './energy.js';
import { gridOf, massesOf } from './grid.js';
import { linearProx } from './linear-step.js';

/**
 * The JKO step with entropic regularisation, by scaling in the log domain with a separable Gaussian kernel:
 *
 * min over plans of KL(plan | e^(-|x - y|^2 / epsilon)) + (2 gamma / epsilon) G(first marginal),
 *
 * second marginal mu; a = prox(K b) / (K b), b = mu / (K^T a). Biased: at fixed epsilon a step also blurs, by
 * about epsilon / 2 of variance along each axis, which is small where epsilon is small next to gamma; `info.blur`
 * says it. `residual` is the share of the mass that the plan has not where its proximal map wants it. `moved2` is the cost of the plan, above W2^2 by the same.
 *
 * @param gamma - step size, length^2 per nat
 * @see peyre2015entropic
 */
export function entropicProx(
  energy: GridEnergy,
  mu: GridMeasure,
  gamma: number,
  options: EntropicOptions,
): ProxResult<GridMeasure> {
  return linearProx(entropicStep(gridOf(mu), energy, massesOf(mu), gamma, options), energy, mu, gamma, options);
}
