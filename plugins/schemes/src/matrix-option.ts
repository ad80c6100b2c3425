import { z } from 'zod';

/** A square matrix as a list of rows. */
export const matrixOption = z
  .array(z.array(z.number()), { error: 'expected a matrix as a list of rows of numbers' })
  .refine((rows) => rows.length > 0 && rows.every((row) => row.length === rows.length), {
    error: 'expected a square matrix: as many rows as columns',
  });
