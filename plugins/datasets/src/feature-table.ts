import { defineDistribution, type Definition, type Distribution } from '@wasserflow/core';
import { fromRows } from '@wasserflow/tensor';
import { labelsIn, linesOf, readBundled, rowsWithoutLabel } from './bundled.js';
import { ofTraining, rowsDistribution, splitRows } from './rows-distribution.js';

/** A bundled table: first line `rows,features,class names`, last column the label. */
export interface FeatureTable {
  readonly id: string;
  readonly title: string;
  readonly file: string;
  readonly columns: readonly string[];
  readonly cite: readonly string[];
}

/** The law of the table's training rows `[n, d]`, as published. */
export async function featureTable({ id, file, columns }: FeatureTable): Promise<Distribution> {
  const { bytes, fingerprint } = await readBundled(file);
  const [, ...lines] = linesOf(bytes.toString('utf8'));
  const rows = splitRows(fromRows(rowsWithoutLabel(lines)));
  return rowsDistribution({ id, rows, labels: ofTraining(labelsIn(lines)), columns, fingerprint });
}

export const defineFeatureTable = (table: FeatureTable): Definition<'distribution'> =>
  defineDistribution({
    id: table.id,
    title: table.title,
    cite: table.cite,
    create: () => featureTable(table),
  });
