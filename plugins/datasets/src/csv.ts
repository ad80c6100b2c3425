import { defineDistribution, ensure, type Distribution } from '@wasserflow/core';
import { resolve } from 'node:path';
import { z } from 'zod';
import { columnName, csvFile, csvFormat } from './csv-options.js';
import { csvTable, type CsvFormat } from './csv-table.js';
import { HELD_OUT, ofTraining, rowsDistribution, splitRows, type SplitRows } from './rows-distribution.js';
import { readUserFile } from './user-file.js';

export interface CsvOptions extends Omit<CsvFormat, 'aside'> {
  /** Path of the file, relative to the working directory. */
  readonly file: string;
  /** The column of class labels, numbers, which is no coordinate. */
  readonly label?: string | number | undefined;
  /** Share of the rows held out, evenly spread; 0.2 by default. */
  readonly testFraction?: number | undefined;
}

/** One row has no spread: there is no law to learn. */
const FEWEST = 2;

function refuseTooFew({ training, heldOut }: SplitRows, file: string): void {
  const [kept = 0] = training.shape;
  const [held = 0] = heldOut.shape;
  const found = `${kept} training ${kept === 1 ? 'row' : 'rows'}${held > 0 ? ` beside ${held} held out` : ''}`;
  const remedy = `add rows${held > 0 ? ', or lower `testFraction`' : ''}`;
  ensure(kept >= FEWEST, 'E_DATA', `${file} has ${found}, but at least ${FEWEST} are needed; ${remedy}`);
}

/**
 * The rows of a CSV file in their own units: points `[n, d]`, one column per coordinate.
 *
 * @throws WasserflowError E_DATA when the file cannot be read, is ragged or empty, has a cell that is no
 *   finite number, or leaves fewer than 2 rows for training; E_CONFIG when a chosen column does not exist.
 */
export async function csv({ file, label, testFraction = HELD_OUT, ...format }: CsvOptions): Promise<Distribution> {
  const { bytes, fingerprint } = await readUserFile(file);
  const path = resolve(file);
  const table = csvTable(bytes.toString('utf8'), path, { ...format, aside: label });
  const rows = splitRows(table.rows, testFraction);
  refuseTooFew(rows, path);
  const labels = table.aside && ofTraining(table.aside, testFraction);
  return rowsDistribution({ id: 'csv', rows, labels, columns: table.columns, fingerprint });
}

export const csvDefinition = defineDistribution({
  id: 'csv',
  title: 'The rows of a CSV file',
  options: z.object({
    file: csvFile,
    ...csvFormat,
    label: columnName.optional(),
    testFraction: z
      .number()
      .min(0, 'expected a share from 0 up to, but not including, 1')
      .lt(1, 'expected a share from 0 up to, but not including, 1')
      .default(HELD_OUT),
  }),
  example: { file: 'data.csv' },
  create: csv,
});
