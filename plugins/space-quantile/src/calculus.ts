/** G on laws on the line: what serves it, its value and its gradient. */
import {
  ensure,
  pointwiseOf,
  summandsOf,
  type EnergyTerms,
  type Functional,
  type QuantileMeasure,
  type SpaceOperation,
  type Weighted,
} from '@wasserflow/core';
import { solveTridiagonal } from '@wasserflow/geometry';
import { facetFunction } from './energy/facet.js';
import { derivative, scale, sumOf, type NodeFunction } from './energy/node-function.js';
import { termsFunction } from './energy/terms.js';
import { metricOf, nodesOf, type Kind, type Nodes } from './measure.js';
import { nearestMonotone } from './solve/project.js';

const NO_POTENTIAL =
  'its potential is not known in float64; give the potential `pointwise`, or use space `particles` or `flow`';

/** Why the terms of G do not serve the operation, as the end of a sentence. */
function termsRefuse(terms: EnergyTerms, weight: number, proximal: boolean): string | undefined {
  const { entropy, internal = [], potential } = terms;
  if (potential && potential.dimension !== 1)
    return `its potential lives on R^${potential.dimension}, but quantile functions are of laws on the line`;
  if (potential && !pointwiseOf(potential)) return NO_POTENTIAL;
  const negative = [entropy, ...internal.map((term) => term.weight)].map((w) => w * weight).find((w) => w < 0);
  if (proximal && negative !== undefined)
    return `the weight ${negative} of its entropy or internal energy is negative, so a minimiser need not exist`;
  return undefined;
}

type OnFunctional = 'value' | 'gradient' | 'prox' | 'anchoredProx';
const onFunctional: readonly string[] = ['value', 'gradient', 'prox', 'anchoredProx'];
const isOnFunctional = (operation: SpaceOperation): operation is OnFunctional => onFunctional.includes(operation);

/** Whether the facet itself has what the operation takes. */
function facetServes(operation: OnFunctional, { facets }: Functional): boolean {
  const facet = facets?.quantile;
  if (!facet || operation === 'value') return facet !== undefined;
  return facet.gradient !== undefined || (operation === 'prox' && facet.prox !== undefined);
}

/** Why a functional that is no sum cannot be served. */
function summandRefuses(operation: OnFunctional, { weight, of: G }: Weighted<Functional>): string | undefined {
  if (facetServes(operation, G)) return undefined;
  if (G.terms) return termsRefuse(G.terms, weight, operation === 'prox' || operation === 'anchoredProx');
  return G.facets?.quantile
    ? 'its facet on quantile functions has no `gradient`'
    : 'it has neither terms nor a facet on quantile functions; use space `particles` or `flow`';
}

/** G itself where its facet or its terms serve the operation, and its summands otherwise. */
function served(operation: OnFunctional, G: Functional): readonly Weighted<Functional>[] {
  return facetServes(operation, G) || G.terms ? [{ weight: 1, of: G }] : summandsOf(G);
}

/** Why the operation cannot serve G, as the end of a sentence; undefined where it can. */
export function refuses(operation: SpaceOperation, G: Functional): string | undefined {
  if (!isOnFunctional(operation)) return undefined;
  // A proximal map of a sum is none of its summands'.
  const summands = served(operation, G);
  const needed = operation === 'prox' && summands.length > 1 ? 'anchoredProx' : operation;
  return summands.map((summand) => summandRefuses(needed, summand)).find((reason) => reason !== undefined);
}

/** @throws WasserflowError E_UNSUPPORTED where the operation cannot serve G. */
export function ensureServes(operation: OnFunctional, G: Functional): void {
  const reason = refuses(operation, G);
  ensure(reason === undefined, 'E_UNSUPPORTED', `\`${operation}\` of \`${G.id}\` on space \`quantile\`: ${reason}`);
}

/** A functional that is no sum as a function of the nodes: its facet where that has a gradient, or its terms. */
function single({ facets, terms }: Functional, kind: Kind, nodes: number): NodeFunction {
  const facet = facets?.quantile;
  return facet?.gradient || !terms ? facetFunction(facet!, kind, nodes) : termsFunction(terms, kind, nodes);
}

/** G as a function of the nodes, summand by summand. */
export const nodeFunction = (G: Functional, kind: Kind, nodes: number): NodeFunction =>
  sumOf(served('gradient', G).map(({ weight, of }) => scale(weight, single(of, kind, nodes))));

/** G(mu), in nats. */
export function valueOf(G: Functional, mu: QuantileMeasure): number {
  ensureServes('value', G);
  const one = ({ facets, terms }: Functional): number =>
    facets?.quantile?.value(mu) ?? termsFunction(terms!, mu.kind, mu.nodes.data.length).value(nodesOf(mu));
  return served('value', G).reduce((sum, { weight, of }) => sum + weight * one(of), 0);
}

/** The ends of the runs of equal nodes. */
function ties(x: Nodes): readonly (readonly [from: number, to: number])[] {
  const starts = [...x.keys()].filter((i) => i === 0 || x[i] !== x[i - 1]);
  return starts.map((from, k) => [from, starts[k + 1] ?? x.length]);
}

/**
 * The velocity g where downhill, -g, does not tear nodes that coincide past each other: points that attract each
 * other and have met stay together, points that repel part.
 */
function admissible(x: Nodes, g: Nodes): Nodes {
  const out = Float64Array.from(g);
  for (const [from, to] of ties(x)) {
    if (to - from === 1) continue;
    const downhill = nearestMonotone(g.subarray(from, to).map((v) => -v));
    out.set(
      downhill.map((v) => -v),
      from,
    );
  }
  return out;
}

/**
 * The Wasserstein gradient of G among laws of this kind: the g with <g, v> = d/dt G(Q + t v) in L2(0, 1) for all v
 * of the kind, by nodes. For `atoms` it is the gradient of the first variation at the atoms; for `linear` its
 * L2 projection, with the forces of the ends of the support.
 */
export function gradientOf(G: Functional, mu: QuantileMeasure): Nodes {
  ensureServes('gradient', G);
  const facet = G.facets?.quantile?.gradient;
  if (facet) return facet(mu);
  const x = nodesOf(mu);
  const f = nodeFunction(G, mu.kind, x.length);
  const g = solveTridiagonal(metricOf(mu.kind, x.length), derivative(f, x))!;
  return f.repels ? g : admissible(x, g);
}
