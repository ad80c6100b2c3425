import {
  defineFunctional,
  energy,
  ensure,
  listOf,
  scalePotential,
  type EnergyTerms,
  type Functional,
  type Potential,
} from '@wasserflow/core';
import { z } from 'zod';
import { sumFacets } from './sum-facets.js';
import { sumPotentials } from './sum-potentials.js';
import { each, shared, weightedSum, type Weighted } from './weighted.js';

function checkDimensions(potentials: readonly Potential[]): void {
  const dimensions = [...new Set(potentials.map((V) => V.dimension))];
  ensure(
    dimensions.length <= 1,
    'E_CONFIG',
    `the terms of a sum live on different spaces: R^${dimensions.join(', R^')}`,
  );
}

function sumTerms(terms: readonly Weighted<EnergyTerms>[]): EnergyTerms {
  const [first, ...rest] = terms.flatMap(({ weight, of }) =>
    of.potential ? scalePotential(of.potential, weight) : [],
  );
  return {
    entropy: weightedSum(each(terms, (t) => t.entropy)),
    constant: weightedSum(each(terms, (t) => t.constant)),
    ...(first && { potential: sumPotentials([first, ...rest]) }),
  };
}

/** lambda of the sum from those of its summands, which says nothing where a weight is negative. */
function convexityOf(summands: readonly Weighted<Functional>[]): { convexity?: number } {
  const known = shared(each(summands, (G) => G.convexity));
  return known?.every(({ weight }) => weight >= 0) ? { convexity: weightedSum(known) } : {};
}

function checkSummands(functionals: readonly Functional[], weights: readonly number[]): void {
  const [n, m] = [functionals.length, weights.length];
  ensure(n > 0, 'E_CONFIG', '`sum` needs at least one functional in `terms`');
  ensure(n === m, 'E_CONFIG', `\`sum\` has ${n} terms but ${m} weights; give one weight for each term, or none`);
  const bad = weights.find((w) => !Number.isFinite(w));
  ensure(bad === undefined, 'E_CONFIG', `a weight of \`sum\` has to be a finite number, but got ${bad}`);
  checkDimensions(functionals.flatMap((G) => G.terms?.potential ?? []));
}

/**
 * w_1 G_1 + ... + w_k G_k, in nats.
 *
 * Entropy weights, potentials and constants add (quadratic potentials exactly, in float64), so that the sum serves
 * wherever its terms do; where a summand has no terms, the sum has the facets that all summands have.
 *
 * @param functionals - G_1, ..., G_k
 * @param weights - w_1, ..., w_k; all 1 by default. With a negative weight no convexity is claimed unless the
 * potential shows it
 * @throws WasserflowError E_CONFIG when counts or dimensions differ, E_UNSUPPORTED when the summands have no
 * space in common
 */
export function sum(functionals: readonly Functional[], weights?: readonly number[]): Functional {
  const w = weights ?? functionals.map(() => 1);
  checkSummands(functionals, w);
  const summands = functionals.map((of, i) => ({ weight: w[i]!, of }));
  const terms = shared(each(summands, (G) => G.terms));
  const facets = sumFacets(each(summands, (G) => G.facets));
  ensure(
    terms || Object.keys(facets).length > 0,
    'E_UNSUPPORTED',
    `there is no space on which all of ${functionals.map((G) => `\`${G.id}\``).join(', ')} are known, so they cannot be added`,
  );
  const base = terms ? energy('sum', sumTerms(terms)) : { id: 'sum', ...convexityOf(summands) };
  return Object.keys(facets).length > 0 ? { ...base, facets } : base;
}

export const sumDefinition = defineFunctional({
  id: 'sum',
  title: 'Weighted sum of functionals',
  options: z.strictObject({ weights: z.array(z.number()).optional() }),
  parts: { terms: listOf('functional') },
  create: ({ terms, weights }) => sum(terms, weights),
});
