/** The part of G that a proximal solve takes by its first variation: interactions, and facets that know theirs. */
import {
  summandsOf,
  type CellVariation,
  type Functional,
  type GridFacet,
  type GridMeasure,
  type Weighted,
} from '@wasserflow/core';
import { interactionField, type GridEnergy } from './energy.js';
import { gridOf, massesOf } from '../cells/grid.js';

/**
 * The value of all facets and interactions at mu, and the first variation of those that are not local, at the centres;
 * none where these are not finite.
 */
export type SmoothPart = (mu: GridMeasure) => { readonly value: number; readonly variation?: Float64Array };

/** Facets of summands without terms; bounds on the density are solved as they are. */
const facetsOf = (G: Functional): Weighted<GridFacet>[] =>
  summandsOf(G).flatMap(({ weight, of: { terms, facets } }) => {
    const facet = facets?.grid;
    return terms || weight === 0 || !facet || facet.maximum !== undefined ? [] : [{ weight, of: facet }];
  });

/** A negative weight makes of an increasing slope a falling one, which no solver inverts. */
const isLocal = ({ weight, of }: Weighted<GridFacet>): boolean => weight > 0 && of.local !== undefined;

/** Local facets, with what their factors are at mu. */
export const cellVariations = (G: Functional, mu: GridMeasure): Weighted<CellVariation>[] =>
  facetsOf(G)
    .filter(isLocal)
    .map(({ weight, of }) => ({ weight, of: of.local!(mu) }));

/** Whether a solve cell by cell knows all of G: there are no interactions, and no facets that are not local. */
export const isLocalOnly = (energy: GridEnergy, G: Functional): boolean =>
  energy.interactions.length === 0 && facetsOf(G).every(isLocal);

/** Interactions of the energy of G, and facets; undefined where there are none. */
export function smoothPart(energy: GridEnergy, G: Functional): SmoothPart | undefined {
  const facets = facetsOf(G);
  if (facets.length === 0 && energy.interactions.length === 0) return undefined;
  const local = facets.filter(isLocal);
  const others = facets.filter((facet) => !isLocal(facet));
  const valueOf = (of: typeof facets, mu: GridMeasure): number =>
    of.reduce((sum, { weight, of: { value } }) => sum + weight * value(mu), 0);
  return (mu) => {
    const mass = massesOf(mu);
    const field = interactionField(gridOf(mu), energy, mass);
    const smooth = field.reduce((sum, w, i) => sum + (w * mass[i]!) / 2, valueOf(others, mu));
    const value = smooth + valueOf(local, mu);
    if (!Number.isFinite(smooth)) return { value };
    for (const { weight, of } of others) of.firstVariation!(mu).forEach((v, i) => (field[i]! += weight * v));
    return { value, variation: field };
  };
}
