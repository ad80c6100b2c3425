import { WasserflowError, defineDistribution, ensure, type Distribution } from '@wasserflow/core';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Rows } from './covariance.js';
import { bundledLabelledRows, labelledRows, type LabelledRows } from './labelled-rows.js';
import { logisticPotential } from './logistic-potential.js';

export interface LogisticPosteriorOptions {
  /** A bundled data set; the default. */
  readonly data?: 'breast-cancer' | undefined;
  /** Instead, a CSV file whose last column is a label 0 or 1; relative to the working directory. */
  readonly file?: string | undefined;
  /** s in the prior N(0, s I) of the weights; 1 by default. */
  readonly priorVariance?: number | undefined;
}

const bundled = { 'breast-cancer': '../data/breast_cancer.csv' } as const;

interface Source extends LabelledRows {
  readonly name: string;
  readonly fingerprint: string;
}

const fingerprintOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function readBundled(name: keyof typeof bundled): Promise<Source> {
  const bytes = await readFile(new URL(bundled[name], import.meta.url));
  return { ...bundledLabelledRows(bytes.toString('utf8'), name), name, fingerprint: fingerprintOf(bytes) };
}

async function readUserFile(file: string): Promise<Source> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'ENOENT' ? 'there is no such file' : (cause.code ?? cause.message);
    const where = `a path is relative to the working directory, ${process.cwd()}`;
    throw new WasserflowError('E_DATA', `cannot read \`${file}\`: ${reason}; ${where}`, { cause });
  });
  return { ...labelledRows(bytes.toString('utf8'), file), name: file, fingerprint: fingerprintOf(bytes) };
}

/** Rows 4, 9, 14, ... (from 0) are held out, as in the data sets. */
const isTraining = (_: unknown, index: number): boolean => index % 5 !== 4;

/** Rows minus their mean, over their population standard deviation, with a constant 1 appended. */
function designMatrix(features: Rows, { name, names }: Source): Rows {
  const n = features.length;
  const mean = names.map((_, j) => features.reduce((sum, row) => sum + row[j]!, 0) / n);
  const deviation = names.map((_, j) => Math.sqrt(features.reduce((s, row) => s + (row[j]! - mean[j]!) ** 2, 0) / n));
  for (const [j, column] of names.entries())
    ensure(
      features.some((row) => row[j] !== features[0]![j]),
      'E_DATA',
      `${name}: column "${column}" has the same value in every training row; leave it out (a constant is added anyway)`,
    );
  return features.map((row) => [...row.map((x, j) => (x - mean[j]!) / deviation[j]!), 1]);
}

/**
 * The posterior of Bayesian logistic regression: p(t = 1 | x, w) = sigmoid(<x, w>), w ~ N(0, s I). Features are
 * standardised by mean and population standard deviation of the training rows, to which a constant 1 is
 * appended, so that `dimension` is the number of features plus one; every fifth row is held out. Known by its
 * potential: no normaliser, no exact draws.
 *
 * @throws WasserflowError E_DATA when the file cannot be read or has a cell that is no number or no label.
 * @see wolberg1995breast
 */
export async function logisticPosterior(options: LogisticPosteriorOptions = {}): Promise<Distribution> {
  const { data, file, priorVariance = 1 } = options;
  ensure(
    data === undefined || file === undefined,
    'E_ARGUMENT',
    'a logistic posterior takes `data` or `file`, not both',
  );
  ensure(priorVariance > 0, 'E_ARGUMENT', `\`priorVariance\` is ${priorVariance}; it must be above 0`);
  const source = file === undefined ? await readBundled(data ?? 'breast-cancer') : await readUserFile(file);
  const rows = designMatrix(source.features.filter(isTraining), source);
  return {
    id: 'logistic-posterior',
    dimension: rows[0]!.length,
    columns: [...source.names, 'constant'],
    potential: logisticPotential(rows, source.labels.filter(isTraining), priorVariance),
    fingerprint: source.fingerprint,
  };
}

export const logisticPosteriorDefinition = defineDistribution({
  id: 'logistic-posterior',
  title: 'Posterior of a Bayesian logistic regression',
  cite: ['wolberg1995breast'],
  options: z.object({
    data: z.literal('breast-cancer', { error: 'expected breast-cancer; for your own data, set `file`' }).optional(),
    file: z.string().min(1, 'the path is empty').optional(),
    priorVariance: z.number().default(1),
  }),
  create: logisticPosterior,
});
