import {
  defineFunctional,
  energy,
  ensure,
  listOf,
  scalePotential,
  summandsOf,
  type EnergyTerms,
  type Facets,
  type Functional,
  type Potential,
  type Weighted,
} from '@wasserflow/core';
import { z } from 'zod';
import { sumFacets } from './sum/facets.js';
import { sumPotentials } from './sum/potentials.js';
import { each, shared, weightedSum } from './sum/weighted.js';

function checkDimensions(potentials: readonly Potential[]): void {
  const dimensions = [...new Set(potentials.map((V) => V.dimension))];
  ensure(
    dimensions.length <= 1,
    'E_ARGUMENT',
    `the terms of a sum live on different spaces: R^${dimensions.join(', R^')}`,
  );
}

/** Internal energies or interactions, with the weights of their summands multiplied in. */
const scaled = <E extends { readonly weight: number }>(
  terms: readonly Weighted<EnergyTerms>[],
  get: (of: EnergyTerms) => readonly E[] | undefined,
): E[] => terms.flatMap(({ weight, of }) => (get(of) ?? []).map((e) => ({ ...e, weight: e.weight * weight })));

export function sumTerms(terms: readonly Weighted<EnergyTerms>[]): EnergyTerms {
  const [first, ...rest] = terms.flatMap(({ weight, of }) =>
    of.potential ? scalePotential(of.potential, weight) : [],
  );
  const internal = scaled(terms, (t) => t.internal);
  const interactions = scaled(terms, (t) => t.interactions);
  return {
    entropy: weightedSum(each(terms, (t) => t.entropy)),
    constant: weightedSum(each(terms, (t) => t.constant)),
    ...(internal.length > 0 && { internal }),
    ...(first && { potential: sumPotentials([first, ...rest]) }),
    ...(interactions.length > 0 && { interactions }),
  };
}

/** lambda and L of the sum from those of its summands, which say nothing where a weight is negative. */
function factsOf(summands: readonly Weighted<Functional>[]): Pick<Functional, 'convexity' | 'smoothness'> {
  if (summands.some(({ weight }) => weight < 0)) return {};
  const convexity = shared(each(summands, (G) => G.convexity));
  const smoothness = shared(each(summands, (G) => G.smoothness));
  return {
    ...(convexity && { convexity: weightedSum(convexity) }),
    ...(smoothness && { smoothness: weightedSum(smoothness) }),
  };
}

function checkSummands(functionals: readonly Functional[], weights: readonly number[]): void {
  const [n, m] = [functionals.length, weights.length];
  ensure(n > 0, 'E_ARGUMENT', '`sum` needs at least one functional in `terms`');
  ensure(n === m, 'E_ARGUMENT', `\`sum\` has ${n} terms but ${m} weights; give one weight for each term, or none`);
  const bad = weights.find((w) => !Number.isFinite(w));
  ensure(bad === undefined, 'E_ARGUMENT', `a weight of \`sum\` has to be a finite number, but got ${bad}`);
}

/** The spaces on which every summand without terms has a facet; of sums with terms alone the spaces know all. */
function refuseWithoutSpace(summands: readonly Weighted<Functional>[]): void {
  const own = summands.flatMap(({ of }) => (of.terms ? [] : [new Set(Object.keys(of.facets ?? {}))]));
  const common = own.reduce((a, b) => new Set([...a].filter((space) => b.has(space))));
  const names = summands.map(({ of }) => `\`${of.id}\``).join(', ');
  ensure(
    common.size > 0,
    'E_UNSUPPORTED',
    `there is no space on which all of ${names} are known, so they cannot be added`,
  );
}

/** The terms of the summands that are nothing else as one functional, beside the others. */
function gathered(summands: readonly Weighted<Functional>[]): readonly Weighted<Functional>[] {
  const terms = summands.flatMap(({ weight, of }) => (of.terms && !of.facets ? [{ weight, of: of.terms }] : []));
  const others = summands.filter(({ of }) => !of.terms || of.facets);
  return terms.length === 0 ? others : [{ weight: 1, of: energy('sum.terms', sumTerms(terms)) }, ...others];
}

function sumBySummands(summands: readonly Weighted<Functional>[]): Functional {
  refuseWithoutSpace(summands);
  const parts = gathered(summands);
  return { id: 'sum', ...factsOf(parts), summands: parts };
}

const facetsOf = (summands: readonly Weighted<Functional>[]): Pick<Functional, 'facets'> => {
  const facets: Partial<Facets> = sumFacets(each(summands, (G) => G.facets));
  return Object.keys(facets).length > 0 ? { facets } : {};
};

const recordOf = (functionals: readonly Functional[]): Pick<Functional, 'record'> => {
  const record = Object.assign({}, ...functionals.map((G) => G.record ?? {})) as NonNullable<Functional['record']>;
  return Object.keys(record).length > 0 ? { record } : {};
};

/**
 * w_1 G_1 + ... + w_k G_k, in nats.
 *
 * Entropies, internal energies, potentials, interactions and constants add (quadratic potentials exactly, in
 * float64), so that the sum serves wherever its terms do. Where a summand has facets instead of terms, the sum
 * serves on the spaces that know every summand; lambda and L then add where all of them declare theirs.
 *
 * @param functionals - G_1, ..., G_k
 * @param weights - w_1, ..., w_k; all 1 by default. With a negative weight no convexity is claimed unless the
 * potential shows it
 * @throws WasserflowError E_ARGUMENT when there are no summands, when counts or dimensions differ or a weight is not
 * finite; E_UNSUPPORTED when the summands have no space in common
 */
export function sum(functionals: readonly Functional[], weights?: readonly number[]): Functional {
  const w = weights ?? functionals.map(() => 1);
  checkSummands(functionals, w);
  const summands = functionals.flatMap((of, i) => summandsOf(of).map((s) => ({ of: s.of, weight: s.weight * w[i]! })));
  checkDimensions(summands.flatMap(({ of }) => of.terms?.potential ?? []));
  const terms = shared(each(summands, (G) => G.terms));
  const base = terms ? energy('sum', sumTerms(terms)) : sumBySummands(summands);
  return { ...base, ...facetsOf(summands), ...recordOf(functionals) };
}

export const sumDefinition = defineFunctional({
  id: 'sum',
  title: 'Weighted sum of functionals',
  options: z.strictObject({ weights: z.array(z.number()).optional() }),
  parts: { terms: listOf('functional') },
  example: { terms: [{ id: 'entropy' }] },
  create: ({ terms, weights }) => sum(terms, weights),
});
