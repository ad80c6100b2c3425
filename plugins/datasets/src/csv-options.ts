/** Options of what reads a CSV file. */
import { z } from 'zod';

export const csvFile = z
  .string({ error: 'expected the path of a CSV file, e.g. `file: data.csv`' })
  .min(1, 'the path is empty');

export const columnName = z.union([z.string(), z.int().min(1)], {
  error: 'expected a column name, or its number from 1',
});

export const csvFormat = {
  header: z.union([z.literal('auto'), z.boolean()], { error: 'expected auto, true or false' }).default('auto'),
  columns: z.array(columnName).min(1, 'choose at least one column').optional(),
};
