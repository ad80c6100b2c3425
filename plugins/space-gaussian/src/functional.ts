/** Value and gradient of any functional on Gaussians: facets first, then terms, summand by summand. */
import {
  ensure,
  summandsOf,
  type AffineField,
  type EnergyTerms,
  type Functional,
  type GaussianMeasure,
} from '@wasserflow/core';
import { energyGradient, energyValue } from './energy.js';
import { combine } from './fields.js';
import type { Quadrature } from './quadrature.js';
import { refuses } from './support.js';

/** @throws WasserflowError E_UNSUPPORTED where the terms do not serve. */
function termsFor(operation: 'value' | 'gradient', G: Functional): EnergyTerms {
  const reason = refuses(operation, G);
  ensure(reason === undefined, 'E_UNSUPPORTED', `\`${operation}\` of \`${G.id}\` on space \`gaussian\`: ${reason}`);
  return G.terms!;
}

/** G(mu), in nats. */
export function valueOf(G: Functional, mu: GaussianMeasure, rules: Quadrature): number {
  const one = (of: Functional): number =>
    of.facets?.gaussian?.value(mu) ?? energyValue(termsFor('value', of), mu, rules);
  return summandsOf(G).reduce((sum, { weight, of }) => sum + (weight === 0 ? 0 : weight * one(of)), 0);
}

/** The Bures-Wasserstein gradient of G at mu. */
export function gradientOf(G: Functional, mu: GaussianMeasure, rules: Quadrature): AffineField {
  const one = (of: Functional): AffineField =>
    of.facets?.gaussian?.gradient?.(mu) ?? energyGradient(termsFor('gradient', of), mu, rules);
  const fields = summandsOf(G).map(({ weight, of }) => ({ weight, of: one(of) }));
  return fields.length === 1 && fields[0]!.weight === 1 ? fields[0]!.of : combine(fields);
}

/** Whether G has a value at mu: terms always have one, facets may be infinite. */
export const isFiniteAt = (G: Functional, mu: GaussianMeasure): boolean =>
  summandsOf(G).every(({ of: { facets } }) => !facets?.gaussian || Number.isFinite(facets.gaussian.value(mu)));
