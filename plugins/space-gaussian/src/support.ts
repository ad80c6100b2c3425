/** What the space can do with which functional, and why not with others. */
import { summandsOf, type EnergyTerms, type Functional, type SpaceOperation } from '@wasserflow/core';

const facetOf = (G: Functional) => G.facets?.gaussian;

const ELSEWHERE = 'use space `particles` or `flow`';
const NOTHING = `it has neither terms nor a facet on Gaussians; ${ELSEWHERE}`;

/** Why the terms have no expectations under Gaussians. */
function termsRefuse({ potential }: EnergyTerms): string | undefined {
  if (!potential || potential.quadratic || potential.pointwise) return undefined;
  return 'its potential is not quadratic and is not known at single points (`pointwise`) in float64; use a Gaussian target, or space `particles` or `flow`';
}

function valueRefused(G: Functional): string | undefined {
  if (facetOf(G)) return undefined;
  return G.terms ? termsRefuse(G.terms) : NOTHING;
}

function gradientRefused(G: Functional): string | undefined {
  if (facetOf(G)?.gradient) return undefined;
  if (G.terms) return termsRefuse(G.terms);
  return facetOf(G) ? 'its facet on Gaussians has no `gradient`' : NOTHING;
}

/** The weights of the entropy (as power 1) and of the internal energies of all summands, by their powers. */
function pressures(G: Functional): Map<number, number> {
  const totals = new Map<number, number>();
  for (const { weight, of } of summandsOf(G)) {
    for (const term of [{ power: 1, weight: of.terms?.entropy ?? 0 }, ...(of.terms?.internal ?? [])])
      totals.set(term.power, (totals.get(term.power) ?? 0) + weight * term.weight);
  }
  return totals;
}

/** A minimisation over Gaussians needs a gradient to solve for, or a closed form. */
function minimisationRefused(G: Functional): string | undefined {
  for (const [power, weight] of pressures(G))
    if (weight < 0)
      return `the weight ${weight} of its ${power === 1 ? 'entropy' : 'internal energy'} is negative, so a minimiser need not exist`;
  return firstReason(G, (of) => valueRefused(of) ?? gradientRefused(of));
}

function proxRefused(G: Functional): string | undefined {
  const facet = facetOf(G);
  if (facet?.prox) return undefined;
  if (facet && !facet.gradient && !G.terms) return 'its facet on Gaussians has neither `prox` nor `gradient`';
  return minimisationRefused(G);
}

/** Terms alone, with a potential that is quadratic or absent. */
function quadraticTermsRefused({ terms, summands }: Functional): string | undefined {
  if (!terms || summands) return 'it is not given by terms (entropy and potential) alone';
  if ((terms.internal ?? []).length > 0) return 'it has an internal energy, which leaves the Gaussians';
  if ((terms.interactions ?? []).length > 0) return 'it has an interaction energy';
  if (terms.potential && !terms.potential.quadratic)
    return 'its potential is not quadratic, so that the step leaves the Gaussians; use a Gaussian target, or space `particles`';
  return undefined;
}

function regularizedRefused(G: Functional): string | undefined {
  const reason = quadraticTermsRefused(G);
  if (reason !== undefined) return reason;
  return G.terms!.entropy > 0 ? undefined : 'the regularised proximal point needs an entropy of positive weight';
}

function mirrorRefused(phi: Functional): string | undefined {
  const reason = quadraticTermsRefused(phi);
  if (reason !== undefined) return reason;
  const { entropy, potential } = phi.terms!;
  if (entropy > 0 && !potential) return undefined;
  if (entropy === 0 && potential && (potential.convexity ?? 1) > 0) return undefined;
  return 'as a mirror map a positive multiple of the entropy, or a strictly convex quadratic potential energy will do, but not another';
}

const firstReason = (G: Functional, reason: (of: Functional) => string | undefined): string | undefined =>
  summandsOf(G)
    .map(({ of }) => reason(of))
    .find((text) => text !== undefined);

const reasons: Partial<Record<SpaceOperation, (G: Functional) => string | undefined>> = {
  value: (G) => firstReason(G, valueRefused),
  gradient: (G) => firstReason(G, gradientRefused),
  gradientAt: (G) => firstReason(G, gradientRefused),
  kernelGradient: (G) => firstReason(G, gradientRefused),
  prox: proxRefused,
  anchoredProx: minimisationRefused,
  mirror: mirrorRefused,
  regularizedGradient: regularizedRefused,
};

/** Why this operation cannot serve this functional, as the end of a sentence; undefined where it can. */
export const refuses = (operation: SpaceOperation, G: Functional): string | undefined => reasons[operation]?.(G);
