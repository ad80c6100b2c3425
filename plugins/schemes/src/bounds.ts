/**
 * Step sizes that follow from what G declares of itself: lambda its convexity, L the smoothness of its potential. Of an
 * internal energy no curvature is known, and nothing is said of explicit steps in it.
 */
import { smallestLimit, type Functional, type StepBounds } from '@wasserflow/core';
import { sharedLimit } from './limits.js';

// L may be a bound that is nowhere attained.
const UNSTABLE = 'it can be unstable';

/** Multiples of 1 / L, where L is known and positive. */
function overL({ smoothness: L }: Functional, limit: number, advised: number, beyond: string): StepBounds {
  if (L === undefined || L <= 0) return {};
  return { limit: { size: limit / L, name: `${limit} / L`, beyond }, advised: advised / L };
}

type Curvature = 'potential' | 'entropy' | 'unknown';

/** What curves G beside its potential and interactions. */
function curvatureOf({ terms }: Functional): Curvature {
  if (terms === undefined || terms.entropy < 0 || (terms.internal ?? []).length > 0) return 'unknown';
  return terms.entropy > 0 ? 'entropy' : 'potential';
}

const unknown = ({ id, terms }: Functional): StepBounds =>
  (terms?.internal ?? []).length > 0
    ? { lacks: `the curvature of the internal energy of \`${id}\` is not known, and L is that of its potential alone` }
    : {};

/** Of a step whose stable range is a share of that of an explicit one. */
function explicitShare(G: Functional, share: number): StepBounds {
  const curvature = curvatureOf(G);
  if (curvature === 'unknown') return unknown(G);
  const limit = share * (curvature === 'entropy' ? 1 : 2);
  return overL(G, limit, limit / 2, UNSTABLE);
}

/**
 * Of an explicit step in all of G. Near the minimiser of int V + a H the entropy is as curved as V, so that
 * covariances see 2 L: stable for gamma L < 1, and for gamma L < 2 without entropy.
 */
export const explicitBounds = (G: Functional): StepBounds => explicitShare(G, 1);

/** Of a step whose second gradient is taken after the first: half of an explicit one. */
export const extragradientBounds = (G: Functional): StepBounds => explicitShare(G, 1 / 2);

/** Of a step that is explicit in the potential alone. */
export const driftBounds = (G: Functional): StepBounds => overL(G, 2, 1, UNSTABLE);

/** Of forward-backward, and of schemes whose law is another one beyond 1 / L. */
export const biasBounds = (G: Functional, beyond: string): StepBounds => overL(G, 1, 1, beyond);

/** Of half an explicit step in all of G. */
export const halfExplicitBounds = (G: Functional): StepBounds =>
  curvatureOf(G) === 'unknown' ? unknown(G) : overL(G, 2, 1, 'its explicit half can fold the measure over itself');

/**
 * Of a scheme with proximal steps of size `share * gamma`: any size where G is convex, and 1 / lambda, which
 * halves W2 to the minimiser, as advice; below 1 / (share |lambda|) where lambda < 0.
 */
export function proximalBounds({ convexity: lambda }: Functional, share = 1): StepBounds {
  if (lambda === undefined) return {};
  if (lambda >= 0) return { anySize: true, ...(lambda > 0 && { advised: 1 / lambda }) };
  const size = 1 / (share * -lambda);
  const name = `${Number((1 / share).toPrecision(3))} / |lambda|`;
  return { limit: { size, name, beyond: 'a minimiser of its proximal step need not exist' } };
}

/**
 * Of schemes that take the scale of space from the measure itself, on a H + int V: rates 1 - gamma a and
 * 1 - 2 gamma a near the minimiser, whatever V.
 */
export function affineInvariantBounds(G: Functional): StepBounds {
  if (curvatureOf(G) !== 'entropy') return unknown(G);
  const { entropy: a, potential, interactions = [] } = G.terms!;
  if (!potential || interactions.length > 0) return {};
  return { limit: { size: 1 / a, name: '1 / (weight of the entropy)', beyond: UNSTABLE }, advised: 1 / (2 * a) };
}

/** A part of a step: what is known of it, and its share of gamma. */
export interface PartialBounds {
  readonly bounds: StepBounds | undefined;
  readonly share: number;
}

/** Of a step in parts: the smallest of theirs; advised where each of them advises, or does well at any size. */
export function boundsOfParts(parts: readonly PartialBounds[]): StepBounds {
  const limit = smallestLimit(parts.map(({ bounds, share }) => sharedLimit(bounds?.limit, share)));
  const free = parts.every(({ bounds }) => bounds?.anySize);
  const sizes = parts.map(({ bounds, share }) => (bounds?.advised ?? (bounds?.anySize ? Infinity : NaN)) / share);
  const advised = Math.min(...sizes);
  const lacks = parts.map(({ bounds }) => bounds?.lacks).find((reason) => reason !== undefined);
  return {
    ...(limit && { limit }),
    ...(free && { anySize: true as const }),
    ...(Number.isFinite(advised) && { advised }),
    ...(lacks !== undefined && { lacks }),
  };
}
