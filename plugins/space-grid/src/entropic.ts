import type { GridMeasure, ProxResult } from '@wasserflow/core';
import type { Watch } from './back-and-forth.js';
import { entropicStep } from './entropic-step.js';
import type { GridEnergy } from './energy.js';
import { gridOf, massesOf } from './grid.js';
import { linearProx } from './linear-step.js';

export interface EntropicOptions extends Watch {
  /** Weight of the entropy of the plan, length^2. */
  readonly epsilon: number;
  /** Stop where so much mass is misplaced. */
  readonly tolerance: number;
  readonly iterations: number;
}

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
  return linearProx(entropicStep(gridOf(mu), energy, massesOf(mu), gamma, options.epsilon), energy, mu, gamma, options);
}
