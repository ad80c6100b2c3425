import { WasserflowError, defineDistribution, ensure, type Distribution } from '@wasserflow/core';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { fingerprintOf, type FileBytes } from './bundled.js';
import { csvTable, type CsvFormat } from './csv-table.js';
import { HELD_OUT, rowsDistribution, splitRows } from './rows-distribution.js';
import { standardise } from './standardise.js';

export interface CsvOptions extends CsvFormat {
  /** Path of the file, relative to the working directory. */
  readonly file: string;
  /** Share of the rows held out, evenly spread; 0.2 by default. */
  readonly testFraction?: number | undefined;
  /** Subtract the training rows' mean and divide by their standard deviation; false by default. */
  readonly standardise?: boolean | undefined;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'reading it is not permitted',
};

async function readUserFile(file: string): Promise<FileBytes> {
  try {
    const bytes = await readFile(file);
    return { bytes, fingerprint: fingerprintOf(bytes) };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new WasserflowError(
      'E_DATA',
      `cannot read \`${file}\`: ${reasons[code] ?? code}; a path is relative to the working directory, ${process.cwd()}`,
      { cause },
    );
  }
}

/**
 * The rows of a CSV file: points `[n, d]`, one column per coordinate.
 *
 * @throws WasserflowError E_DATA when the file cannot be read, is ragged or empty, or has a cell that is no
 *   finite number; E_CONFIG when a chosen column does not exist.
 */
export async function csv(options: CsvOptions): Promise<Distribution> {
  const { file, testFraction = HELD_OUT, standardise: unitScale = false } = options;
  const { bytes, fingerprint } = await readUserFile(file);
  const { columns, rows: all } = csvTable(bytes.toString('utf8'), file, options);
  const rows = splitRows(all, testFraction);
  ensure(rows.training.shape[0]! > 0, 'E_DATA', `${file}: all rows are held out; lower \`testFraction\``);
  return rowsDistribution({
    id: 'csv',
    rows: unitScale ? standardise(rows, columns, file) : rows,
    columns,
    fingerprint,
  });
}

export const csvDefinition = defineDistribution({
  id: 'csv',
  title: 'The rows of a CSV file',
  options: z.object({
    file: z.string({ error: 'expected the path of a CSV file, e.g. `file: data.csv`' }).min(1, 'the path is empty'),
    header: z.union([z.literal('auto'), z.boolean()], { error: 'expected auto, true or false' }).default('auto'),
    columns: z
      .array(z.union([z.string(), z.int().min(1)], { error: 'expected a column name, or its number from 1' }))
      .min(1, 'choose at least one column')
      .optional(),
    testFraction: z
      .number()
      .min(0, 'expected a share from 0 up to, but not including, 1')
      .lt(1, 'expected a share from 0 up to, but not including, 1')
      .default(HELD_OUT),
    standardise: z.boolean().default(false),
  }),
  create: csv,
});
