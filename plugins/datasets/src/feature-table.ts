import { defineDistribution, type Definition, type Distribution } from '@wasserflow/core';
import { fromRows } from '@wasserflow/tensor';
import { z } from 'zod';
import { linesOf, readBundled, rowsWithoutLabel } from './bundled.js';
import { rowsDistribution, splitRows } from './rows-distribution.js';
import { standardise } from './standardise.js';

/** A bundled table: first line `rows,features,class names`, last column the label. */
export interface FeatureTable {
  readonly id: string;
  readonly title: string;
  readonly file: string;
  readonly columns: readonly string[];
  readonly cite: readonly string[];
}

export interface FeatureTableOptions {
  /** Subtract the training rows' mean and divide by their standard deviation; true by default. */
  readonly standardise?: boolean | undefined;
}

export async function featureTable(
  { id, file, columns }: FeatureTable,
  { standardise: unitScale = true }: FeatureTableOptions = {},
): Promise<Distribution> {
  const { bytes, fingerprint } = await readBundled(file);
  const rows = splitRows(fromRows(rowsWithoutLabel(linesOf(bytes.toString('utf8')).slice(1))));
  return rowsDistribution({ id, rows: unitScale ? standardise(rows, columns, id) : rows, columns, fingerprint });
}

export const defineFeatureTable = (table: FeatureTable): Definition<'distribution'> =>
  defineDistribution({
    id: table.id,
    title: table.title,
    cite: table.cite,
    options: z.object({ standardise: z.boolean().default(true) }),
    create: (options) => featureTable(table, options),
  });
