import { ensure, type Anchor, type Functional, type ProxResult, type QuantileMeasure } from '@wasserflow/core';
import { ensureServes, nodeFunction, refuses, valueOf } from './calculus.js';
import { distance2 } from './distance.js';
import { derivative, sumOf, tether } from './energy/node-function.js';
import { ensureAlike, isMonotone, measureOf, metricOf, nodesOf, type Nodes } from './measure.js';
import { gammaOf, type Anchored } from './solve/anchored.js';
import { byNode, purePotential } from './solve/by-node.js';
import { dualNorm } from './solve/interior-point.js';
import type { Minimum, Watch } from './solve/minimise.js';
import { onCone } from './solve/on-cone.js';

function anchored(anchors: readonly Anchor<QuantileMeasure>[]): Anchored {
  const [first] = anchors;
  ensure(first, 'E_ARGUMENT', 'a proximal step needs at least one anchor');
  for (const { measure } of anchors) ensureAlike(first.measure, measure);
  const weight = anchors.reduce((sum, anchor) => sum + anchor.weight, 0);
  ensure(weight > 0, 'E_ARGUMENT', `the weights of the anchors add up to ${weight}; their sum must be positive`);
  const center = nodesOf(first.measure).map((_, i) =>
    anchors.reduce((sum, a) => sum + (a.weight / weight) * a.measure.nodes.data[i]!, 0),
  );
  return { kind: first.measure.kind, center, weight };
}

/** A facet's own proximal map serves where the center is the quantile function of a law. */
function byFacet(G: Functional, at: Anchored): Minimum | undefined {
  const prox = G.facets?.quantile?.prox;
  if (!prox || !isMonotone(at.center)) return undefined;
  const x = nodesOf(prox(measureOf(at.kind, at.center), gammaOf(at)));
  const metric = metricOf(at.kind, x.length);
  const finite = x.every(Number.isFinite);
  if (!finite)
    return {
      x,
      status: 'non-finite',
      message: 'its facet gave numbers that are not finite',
      residual: NaN,
      iterations: 1,
    };
  return { x, status: 'ok', residual: residualOf(G, at, x, metric), iterations: 1 };
}

/** |grad G + (Q - center) / gamma| where G knows its gradient. */
function residualOf(G: Functional, at: Anchored, x: Nodes, metric: ReturnType<typeof metricOf>): number {
  if (refuses('gradient', G) !== undefined) return NaN;
  const f = sumOf([nodeFunction(G, at.kind, x.length), tether(metric, at.center, 2 * at.weight)]);
  return dualNorm(metric, derivative(f, x));
}

function solve(G: Functional, at: Anchored, watch: Watch): Minimum {
  watch.signal?.throwIfAborted();
  const own = byFacet(G, at);
  if (own) return own;
  const V = G.terms && !G.facets?.quantile?.gradient ? purePotential(G.terms) : undefined;
  if (V && isMonotone(at.center)) return byNode(V, at, G.terms?.potential?.convexity, watch);
  return onCone(G, at, watch);
}

/**
 * argmin over rho of G(rho) + sum_i w_i W2^2(mu_i, rho), on the line sum_i w_i |Q_i - Q|^2, which is one quadratic
 * around the weighted mean of the Q_i, also where that is not monotone.
 *
 * A facet's own `prox` goes first, then its `gradient`, then the terms. Potentials alone are solved node by node;
 * all else by damped Newton on the cone, tridiagonal where nodes only meet their neighbours, to its own tolerance
 * (about 1e-12 of the law's size in W2). Where G is so far from convex that there are several minimisers, the
 * result is a local one.
 *
 * @param watch - `signal` ends the solve between two of its steps; `progress` hears of each
 * @returns `iterations`, `residual` and `objective`; status `not-converged` when the residual stays, or where no
 *   minimiser is known to exist, and `non-finite` when numbers overflow
 * @throws WasserflowError E_UNSUPPORTED where G cannot be served, E_ARGUMENT when the weights do not add up to a
 *   positive number or the anchors have other nodes
 * @see jordan1998variational, blanchet2008convergence
 */
export function anchoredProx(
  G: Functional,
  anchors: readonly Anchor<QuantileMeasure>[],
  watch: Watch = {},
): ProxResult<QuantileMeasure> {
  const at = anchored(anchors);
  ensureServes(G.facets?.quantile?.prox && isMonotone(at.center) ? 'prox' : 'anchoredProx', G);
  const found = solve(G, at, watch);
  const { x, status, residual, iterations } = found;
  const measure = measureOf(at.kind, x);
  if (status === 'non-finite')
    return { measure: anchors[0]!.measure, status, message: sentence(at, found), iterations };
  const pull = anchors.reduce((sum, { weight, measure: from }) => sum + weight * distance2(from, measure), 0);
  return {
    measure,
    status,
    ...(found.message !== undefined && { message: sentence(at, found) }),
    iterations,
    ...(Number.isFinite(residual) && { residual }),
    objective: valueOf(G, measure) + pull,
    ...(anchors.length === 1 && { moved2: distance2(anchors[0]!.measure, measure) }),
  };
}

/** What went wrong, with the residual where there is one. */
const sentence = (at: Anchored, { message, residual }: Minimum): string =>
  `after a proximal step of size ${gammaOf(at)}: ${message}` +
  (residual > 0 ? ` (first-order residual ${residual.toPrecision(2)})` : '');

/** argmin over rho of G(rho) + W2^2(mu, rho) / (2 gamma). */
export const prox = (
  G: Functional,
  mu: QuantileMeasure,
  gamma: number,
  watch: Watch = {},
): ProxResult<QuantileMeasure> => anchoredProx(G, [{ weight: 1 / (2 * gamma), measure: mu }], watch);
