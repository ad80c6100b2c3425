/** Sums of functionals of which some are terms and others facets: a space serves each, and adds. */
import type { Functional, Weighted } from './functional.js';

/**
 * What a space adds up: the summands of G that are no sums themselves, with their weights; G alone where it is
 * no sum. An operation that is linear in G (value, gradient) serves each, and refuses where one is refused.
 */
export const summandsOf = (G: Functional): readonly Weighted<Functional>[] =>
  G.summands === undefined
    ? [{ weight: 1, of: G }]
    : G.summands.flatMap(({ weight, of }) => summandsOf(of).map((s) => ({ ...s, weight: s.weight * weight })));

/** sum_i w_i f(G_i) over the summands of G. */
export async function valueBySummands(G: Functional, f: (G: Functional) => number | Promise<number>): Promise<number> {
  let total = 0;
  for (const { weight, of } of summandsOf(G)) total += weight === 0 ? 0 : weight * (await f(of));
  return total;
}

/** The fields f(G_i) with their weights, for a space's `combine`. */
export async function fieldsBySummands<V>(
  G: Functional,
  f: (G: Functional) => V | Promise<V>,
): Promise<readonly Weighted<V>[]> {
  const fields: Weighted<V>[] = [];
  for (const { weight, of } of summandsOf(G)) fields.push({ weight, of: await f(of) });
  return fields;
}

/** The first reason against a summand of G; undefined where there is none. */
export const refusalBySummands = (G: Functional, reason: (G: Functional) => string | undefined): string | undefined =>
  summandsOf(G)
    .map(({ of }) => reason(of))
    .find((text) => text !== undefined);
