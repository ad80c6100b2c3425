/** What a functional gives on particles, and why it does not where it does not. */
import {
  summandsOf,
  type EnergyTerms,
  type Functional,
  type PairSum,
  type ParticleMeasure,
  type ScoreEstimator,
} from '@wasserflow/core';
import { weightsOf } from '@wasserflow/geometry';

/** What points are asked for; `smooth` is the gradient of all but the entropy, `elsewhere` that at other points. */
export type Question = 'value' | 'gradient' | 'smooth' | 'elsewhere';

const ADVICE = 'measure with `w2-to-target` or `mmd` instead, or use scheme `langevin`, or space `flow` or `gaussian`';
const NAME_ONE = 'name an estimator of the score, e.g. space: { id: particles, score: kde }';

/** Why the facet does not answer, as the end of a sentence; undefined where it does, null where there is none. */
function facetRefusal(question: Question, { facets }: Functional): string | undefined | null {
  const facet = facets?.particles;
  if (!facet) return null;
  if (facet.pairs) return undefined;
  const tensors = question === 'value' ? facet.value : (facet.gradient ?? facet.value);
  if (!facet.evaluate && !tensors) return null;
  return question === 'elsewhere' ? 'its gradient is known at its own points only' : undefined;
}

function entropyRefusal(question: Question, score: ScoreEstimator | undefined): string | undefined {
  if (question === 'smooth' || (question === 'gradient' && score) || (question === 'value' && score?.negativeEntropy))
    return undefined;
  if (question === 'gradient') return `the entropy of finitely many points is infinite; ${NAME_ONE}, or ${ADVICE}`;
  if (question === 'elsewhere') return 'the score of points is estimated at the points only';
  const known = score ? `score \`${score.id}\` knows no density` : NAME_ONE;
  return `the entropy of finitely many points is infinite; ${known}, or ${ADVICE}`;
}

function termsRefusal(question: Question, terms: EnergyTerms, score: ScoreEstimator | undefined): string | undefined {
  if (terms.internal?.some(({ weight }) => weight !== 0))
    return 'finitely many points have no density, so that its internal energy is infinite; use space `quantile` or `grid`';
  const entropy = terms.entropy === 0 ? undefined : entropyRefusal(question, score);
  if (entropy !== undefined) return entropy;
  if (question === 'value' && terms.potential && !terms.potential.value)
    return 'its potential is known by its gradient only, which has no value; measure with `w2-to-target` or `mmd` instead';
  return undefined;
}

/** Why points do not answer for this summand, as the end of a sentence; undefined where they do. */
function summandRefusal(question: Question, G: Functional, score: ScoreEstimator | undefined): string | undefined {
  const facet = facetRefusal(question, G);
  if (facet !== null) return facet;
  if (!G.terms) return 'it knows nothing of particles (it has neither terms nor a facet `particles`)';
  return termsRefusal(question, G.terms, score);
}

/** Why points do not answer for G, as the end of a sentence; undefined where they do. */
export const refusal = (question: Question, G: Functional, score: ScoreEstimator | undefined): string | undefined =>
  summandsOf(G)
    .map(({ of }) => summandRefusal(question, of, score))
    .find((reason) => reason !== undefined);

/** The terms that answer for a summand; undefined where its facet does. */
export const servingTerms = (question: Question, G: Functional): EnergyTerms | undefined =>
  facetRefusal(question, G) === null ? G.terms : undefined;

/** The weight of the entropy that points do not see. */
export const entropyOf = (G: Functional): number =>
  summandsOf(G).reduce((sum, { weight, of }) => sum + weight * (servingTerms('smooth', of)?.entropy ?? 0), 0);

/**
 * weight / 2 * int int W as sums over pairs. A point is left out of its own sum where W(0) is infinite; that is no
 * estimator of a U-statistic, so that the division by 1 - sum a_i^2 is taken back.
 */
export function interactionSums({ interactions = [] }: EnergyTerms, mu: ParticleMeasure): PairSum[] {
  const others = 1 - weightsOf(mu).reduce((sum, w) => sum + w * w, 0);
  return interactions.map(({ weight, interaction }) =>
    interaction.singular
      ? { weight: (weight / 2) * others, f: interaction, withoutDiagonal: true }
      : { weight: weight / 2, f: interaction },
  );
}
