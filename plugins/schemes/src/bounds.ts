/** Step sizes that follow from what G declares of itself: lambda its convexity, L the smoothness of its potential. */
import type { Functional, StepBounds } from '@wasserflow/core';

// L may be a bound that is nowhere attained.
const UNSTABLE = 'it can be unstable';

/** Multiples of 1 / L, where L is known and positive. */
function overL({ smoothness: L }: Functional, limit: number, advised: number, beyond: string): StepBounds {
  if (L === undefined || L <= 0) return {};
  return { limit: { size: limit / L, name: `${limit} / L`, beyond }, advised: advised / L };
}

/**
 * Of an explicit step in all of G. Near the minimiser of int V + a H the entropy is as curved as V, so that
 * covariances see 2 L: stable for gamma L < 1, and for gamma L < 2 without entropy.
 */
export function explicitBounds(G: Functional): StepBounds {
  return hasEntropy(G) ? overL(G, 1, 1 / 2, UNSTABLE) : overL(G, 2, 1, UNSTABLE);
}

/** Of a step whose second gradient is taken after the first: half of an explicit one. */
export function extragradientBounds(G: Functional): StepBounds {
  return hasEntropy(G) ? overL(G, 1 / 2, 1 / 4, UNSTABLE) : overL(G, 1, 1 / 2, UNSTABLE);
}

/** Of a step that is explicit in the potential alone. */
export const driftBounds = (G: Functional): StepBounds => overL(G, 2, 1, UNSTABLE);

/** Of forward-backward, and of schemes whose law is another one beyond 1 / L. */
export const biasBounds = (G: Functional, beyond: string): StepBounds => overL(G, 1, 1, beyond);

/** Of half an explicit step in all of G. */
export const halfExplicitBounds = (G: Functional): StepBounds =>
  overL(G, 2, 1, 'its explicit half can fold the measure over itself');

const hasEntropy = ({ terms }: Functional): boolean => (terms?.entropy ?? 0) > 0;

/**
 * Of a scheme with proximal steps of size `share * gamma`: any size where G is convex, and 1 / lambda, which
 * halves W2 to the minimiser, as advice; below 1 / (share |lambda|) where lambda < 0.
 */
export function proximalBounds({ convexity: lambda }: Functional, share = 1): StepBounds {
  if (lambda === undefined || lambda === 0) return {};
  if (lambda > 0) return { advised: 1 / lambda };
  const size = 1 / (share * -lambda);
  const name = `${Number((1 / share).toPrecision(3))} / |lambda|`;
  return { limit: { size, name, beyond: 'a minimiser of its proximal step need not exist' } };
}

/**
 * Of schemes that take the scale of space from the measure itself, on a H + int V: rates 1 - gamma a and
 * 1 - 2 gamma a near the minimiser, whatever V.
 */
export function affineInvariantBounds({ terms }: Functional): StepBounds {
  const a = terms?.entropy ?? 0;
  if (!(a > 0)) return {};
  return { limit: { size: 1 / a, name: '1 / (weight of the entropy)', beyond: UNSTABLE }, advised: 1 / (2 * a) };
}
