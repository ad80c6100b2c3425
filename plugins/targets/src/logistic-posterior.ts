import { defineDistribution, ensure, part, type Distribution } from '@wasserflow/core';
import { toRows } from '@wasserflow/tensor';
import { z } from 'zod';
import type { Rows } from './covariance.js';
import { logisticPotential } from './logistic-potential.js';

export interface LogisticPosteriorOptions {
  /** Labelled data: features by its training rows, with labels 0 or 1. */
  readonly data: Distribution;
  /** s in the prior N(0, s I) of the weights; 1 by default. */
  readonly priorVariance?: number | undefined;
}

interface Labelled {
  readonly name: string;
  /** `[n, d]`. */
  readonly features: Rows;
  /** n numbers, 0 or 1. */
  readonly labels: readonly number[];
  readonly columns: readonly string[];
}

function labelledRows({ id, dimension, atoms, labels, columns }: Distribution): Labelled {
  const remedy = 'use `breast-cancer`, or { id: csv, file: ..., label: <the column that has them> }';
  ensure(atoms && labels, 'E_DATA', `a logistic posterior needs rows with labels, and \`${id}\` has none; ${remedy}`);
  const odd = labels.findIndex((label) => label !== 0 && label !== 1);
  ensure(odd < 0, 'E_DATA', () => `\`${id}\`: training row ${odd + 1} has the label ${labels[odd]}; it must be 0 or 1`);
  const numbered = Array.from({ length: dimension }, (_, j) => `column ${j + 1}`);
  return { name: id, features: toRows(atoms.points), labels, columns: columns ?? numbered };
}

/** Rows minus their mean, over their population standard deviation, with a constant 1 appended. */
function designMatrix({ name, features, columns }: Labelled): Rows {
  const n = features.length;
  const mean = columns.map((_, j) => features.reduce((sum, row) => sum + row[j]!, 0) / n);
  const deviation = columns.map((_, j) => Math.sqrt(features.reduce((s, row) => s + (row[j]! - mean[j]!) ** 2, 0) / n));
  for (const [j, column] of columns.entries())
    ensure(
      features.some((row) => row[j] !== features[0]![j]),
      'E_DATA',
      `\`${name}\`: column "${column}" has the same value in every training row; leave it out (a constant is added anyway)`,
    );
  return features.map((row) => [...row.map((x, j) => (x - mean[j]!) / deviation[j]!), 1]);
}

/**
 * The posterior of Bayesian logistic regression: p(t = 1 | x, w) = sigmoid(<x, w>), w ~ N(0, s I). Features are
 * standardised by mean and population standard deviation of the training rows, to which a constant 1 is
 * appended, so that `dimension` is the number of features plus one; rows that the data hold out are left out. Known
 * by its potential: no normaliser, no exact draws.
 *
 * @throws WasserflowError E_DATA when the data have no labels, or one that is not 0 or 1.
 */
export function logisticPosterior({ data, priorVariance = 1 }: LogisticPosteriorOptions): Distribution {
  ensure(priorVariance > 0, 'E_ARGUMENT', `\`priorVariance\` is ${priorVariance}; it must be above 0`);
  const labelled = labelledRows(data);
  const rows = designMatrix(labelled);
  return {
    id: 'logistic-posterior',
    dimension: rows[0]!.length,
    columns: [...labelled.columns, 'constant'],
    potential: logisticPotential(rows, labelled.labels, priorVariance),
    ...(data.fingerprint !== undefined && { fingerprint: data.fingerprint }),
  };
}

export const logisticPosteriorDefinition = defineDistribution({
  id: 'logistic-posterior',
  title: 'Posterior of a Bayesian logistic regression',
  options: z.object({ priorVariance: z.number().default(1) }),
  parts: { data: part('distribution', 'breast-cancer') },
  create: logisticPosterior,
});
