/** The part of G that a proximal solve takes by its first variation: interactions, and facets that know theirs. */
import { summandsOf, type Functional, type GridFacet, type GridMeasure, type Weighted } from '@wasserflow/core';
import { interactionField, type GridEnergy } from './energy.js';
import { gridOf, massesOf } from './grid.js';

/** F and its first variation at mu, at the centres; no first variation where F is not finite. */
export type SmoothPart = (mu: GridMeasure) => { readonly value: number; readonly variation?: Float64Array };

type Variational = Required<Pick<GridFacet, 'value' | 'firstVariation'>>;

/** Facets of summands without terms; bounds on the density are solved as they are. */
function facetsOf(G: Functional): Weighted<Variational>[] {
  return summandsOf(G).flatMap(({ weight, of: { terms, facets } }) => {
    const facet = facets?.grid;
    if (terms || weight === 0 || !facet?.firstVariation || facet.maximum !== undefined) return [];
    return [{ weight, of: { value: facet.value, firstVariation: facet.firstVariation } }];
  });
}

/** Interactions of the energy of G, and facets; undefined where there are none. */
export function smoothPart(energy: GridEnergy, G: Functional): SmoothPart | undefined {
  const facets = facetsOf(G);
  if (facets.length === 0 && energy.interactions.length === 0) return undefined;
  return (mu) => {
    const mass = massesOf(mu);
    const field = interactionField(gridOf(mu), energy, mass);
    let value = field.reduce((sum, w, i) => sum + (w * mass[i]!) / 2, 0);
    for (const { weight, of } of facets) value += weight * of.value(mu);
    if (!Number.isFinite(value)) return { value };
    for (const { weight, of } of facets) of.firstVariation(mu).forEach((v, i) => (field[i]! += weight * v));
    return { value, variation: field };
  };
}
