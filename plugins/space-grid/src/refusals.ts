/** What the grid cannot do, known before anything is computed. */
import { pointwiseOf, refusalBySummands, summandsOf, type Functional, type SpaceOperation } from '@wasserflow/core';
import type { ProxMethod } from './grid-space.js';

const knowsValue = ({ terms, facets }: Functional): string | undefined => {
  if (facets?.grid) return undefined;
  if (terms === undefined) return 'it has neither terms nor a facet `grid`; use space `particles` or `flow`';
  if (terms.potential && !pointwiseOf(terms.potential))
    return 'its potential has no `pointwise` values in float64; use space `particles` or `flow`';
  return undefined;
};

function gradientRefusal(G: Functional): string | undefined {
  const facet = G.facets?.grid;
  return facet && !facet.firstVariation ? 'its facet `grid` has no `firstVariation`; use scheme `jko`' : knowsValue(G);
}

/** A proximal solve knows terms, bounds on the density, and first variations. */
function partRefusal({ id, terms, facets }: Functional): string | undefined {
  if (terms !== undefined || facets?.grid === undefined) return undefined;
  if (facets.grid.noProx !== undefined) return facets.grid.noProx;
  return facets.grid.maximum === undefined && !facets.grid.firstVariation
    ? `\`${id}\` has neither terms nor a \`firstVariation\` in its facet \`grid\`, and a proximal solve on a grid knows no others`
    : undefined;
}

function negative(G: Functional): boolean {
  const parts = summandsOf(G).map(({ weight, of: { terms } }) => ({ weight, terms }));
  const entropy = parts.reduce((sum, { weight, terms }) => sum + weight * (terms?.entropy ?? 0), 0);
  return entropy < 0 || parts.some(({ weight, terms }) => terms?.internal?.some((e) => e.weight * weight < 0));
}

const hasEntropy = (G: Functional): boolean => summandsOf(G).some(({ of: { terms } }) => (terms?.entropy ?? 0) !== 0);

export const hasLocal = (G: Functional): boolean =>
  summandsOf(G).some(({ weight, of: { facets } }) => weight > 0 && facets?.grid?.local !== undefined);

/** Whether something local keeps the density bounded and positive: what the dual methods solve for. */
export const spreads = (G: Functional): boolean =>
  hasLocal(G) ||
  summandsOf(G).some(
    ({ of: { terms, facets } }) =>
      (terms?.entropy ?? 0) !== 0 || (terms?.internal?.length ?? 0) > 0 || facets?.grid?.maximum !== undefined,
  );

function proxRefusal(method: ProxMethod | undefined, dimension: number, G: Functional): string | undefined {
  const part = refusalBySummands(G, (of) => partRefusal(of) ?? knowsValue(of));
  if (part !== undefined) return part;
  if (negative(G))
    return 'the weight of its entropy or of an internal energy is negative, so a minimiser need not exist';
  if (method === 'back-and-forth' && dimension === 2 && (hasEntropy(G) || hasLocal(G)))
    return 'in a plane method `back-and-forth` climbs too slowly where there is entropy or a divergence; set `method: entropic`';
  if (method === 'back-and-forth' && !spreads(G))
    return 'method `back-and-forth` needs entropy, an internal energy, a divergence or a bound on the density; set `method: entropic`';
  return undefined;
}

const gradients: ReadonlySet<SpaceOperation> = new Set(['gradient', 'gradientAt', 'kernelGradient']);

/** Why an operation cannot serve G, as the end of a sentence; undefined where it can. */
export function refusal(
  { method, dimension }: { method: ProxMethod | undefined; dimension: number },
  operation: SpaceOperation,
  G: Functional,
): string | undefined {
  if (operation === 'value') return refusalBySummands(G, knowsValue);
  if (gradients.has(operation)) return refusalBySummands(G, gradientRefusal);
  if (operation === 'prox' || operation === 'anchoredProx') return proxRefusal(method, dimension, G);
  return undefined;
}
