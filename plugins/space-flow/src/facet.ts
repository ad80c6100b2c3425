import { ops } from '@wasserflow/tensor';
import { potentialForDescent, type EnergyTerms, type FlowFacet, type Functional } from '@wasserflow/core';

/**
 * G(T_# p) = a int rho log rho + int V drho as a loss: mean[V(y) - a logDet], which differs from G by
 * a int p log p, a constant.
 * @see xu2023jkoiflow
 */
function facetOfTerms({ entropy, potential, constant }: EnergyTerms): FlowFacet {
  const V = potential && potentialForDescent(potential);
  return {
    needsLogDet: entropy !== 0,
    loss({ y, logDet }) {
      let loss = ops.scalar(constant);
      if (V) loss = ops.add(loss, ops.mean(V(y)));
      return entropy === 0 ? loss : ops.sub(loss, ops.mul(ops.mean(logDet!), entropy));
    },
  };
}

/** What G knows on flows: its own facet, or the one that follows from its terms. */
export const flowFacet = (G: Functional): FlowFacet | undefined => G.facets?.flow ?? (G.terms && facetOfTerms(G.terms));

/** Why the value of G cannot be had here, as the end of a sentence; undefined where it can. */
export function valueObstacle(G: Functional): string | undefined {
  if (flowFacet(G) === undefined) return 'it has no flow facet';
  if (G.terms?.potential && !G.terms.potential.value) return 'only the score of its target is known, so G has no value';
  return undefined;
}
