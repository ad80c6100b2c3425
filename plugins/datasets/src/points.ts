import { defineDistribution, ensure, type Distribution, type ParticleMeasure } from '@wasserflow/core';
import { resampled } from '@wasserflow/geometry';
import { fromRows, type NdArray } from '@wasserflow/tensor';
import { resolve } from 'node:path';
import { z } from 'zod';
import { columnName, csvFile, csvFormat } from './csv-options.js';
import { csvTable } from './csv-table.js';
import { readUserFile } from './user-file.js';

export interface PointsOptions {
  /** `[n, d]`. */
  readonly at: NdArray;
  /** n numbers above 0, in proportion; equal where there are none. */
  readonly weights?: readonly number[] | undefined;
  readonly columns?: readonly string[];
  readonly fingerprint?: string;
}

/** Weights that add up to one. */
function normalised(weights: readonly number[], n: number): NdArray {
  ensure(
    weights.length === n,
    'E_ARGUMENT',
    `${n} points need ${n} weights, but \`weights\` has ${weights.length}; give one for each`,
  );
  const light = weights.findIndex((w) => !(w > 0 && Number.isFinite(w)));
  ensure(
    light < 0,
    'E_ARGUMENT',
    () =>
      `weight ${light + 1} is ${weights[light]}; a weight is a finite number above 0: leave out points without mass`,
  );
  const total = weights.reduce((sum, w) => sum + w, 0);
  return { shape: [n], data: Float64Array.from(weights, (w) => w / total) };
}

/**
 * The law sum_i w_i delta_{x_i} of finitely many points, w_i in proportion to `weights`. Space `particles` with
 * `count: all` holds it as it is; draws are points drawn by their weights, with replacement.
 *
 * @throws WasserflowError E_ARGUMENT when the number of weights is another, or one is not above 0
 */
export function points({ at, weights, columns, fingerprint }: PointsOptions): Distribution {
  const [n = 0, dimension = 0] = at.shape;
  ensure(n > 0 && dimension > 0, 'E_ARGUMENT', 'a law of points needs at least one, e.g. [[0, 0], [1, 2]]');
  const atoms: ParticleMeasure = { points: at, ...(weights && { weights: normalised(weights, n) }) };
  return {
    id: 'points',
    dimension,
    atoms,
    sample: (count, rng) => resampled(atoms, count, rng),
    ...(columns && { columns }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
}

const options = z.object({
  /** The points, each a list of d numbers. */
  at: z
    .array(z.array(z.number()).min(1), { error: 'expected a list of points, e.g. [[0, 0], [1, 2]]' })
    .min(1, 'expected at least one point')
    .optional(),
  /** Instead of `at`: a CSV file, a point a row; relative to the working directory. */
  file: csvFile.optional(),
  ...csvFormat,
  /** A list of numbers above 0, or the column of the file that has them; equal where there are none. */
  weights: z.union([z.array(z.number()), columnName], { error: 'expected a list of numbers, or a column' }).optional(),
});

type Options = z.infer<typeof options>;

async function fromFile(file: string, { header, columns, weights }: Options): Promise<Distribution> {
  const message = '`weights` of points in a file are a column of it, by name or by number from 1';
  ensure(!Array.isArray(weights), 'E_CONFIG', message);
  const { bytes, fingerprint } = await readUserFile(file);
  const table = csvTable(bytes.toString('utf8'), resolve(file), { header, columns, aside: weights });
  return points({ at: table.rows, weights: table.aside, columns: table.columns, fingerprint });
}

function fromConfig(at: readonly (readonly number[])[], { columns, weights }: Options): Distribution {
  ensure(columns === undefined, 'E_CONFIG', '`columns` are chosen from a file; `at` has the points as they are');
  const message = '`weights` of points in the config are a list of numbers, one for each';
  ensure(weights === undefined || Array.isArray(weights), 'E_CONFIG', message);
  const odd = at.findIndex((point) => point.length !== at[0]!.length);
  ensure(odd < 0, 'E_CONFIG', () => `point ${odd + 1} has ${at[odd]!.length} numbers, the first ${at[0]!.length}`);
  return points({ at: fromRows(at), weights });
}

async function pointsOf(given: Options): Promise<Distribution> {
  const { at, file } = given;
  const message = 'points are given by `at: [[...], ...]` or by the `file` that they are in; name one of the two';
  ensure((at === undefined) !== (file === undefined), 'E_CONFIG', message);
  return file === undefined ? fromConfig(at!, given) : fromFile(file, given);
}

export const pointsDefinition = defineDistribution({
  id: 'points',
  title: 'Finitely many points with weights, in the config or in a CSV file',
  options,
  example: { at: [[-1], [2]], weights: [1, 3] },
  create: pointsOf,
});
