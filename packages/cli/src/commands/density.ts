import { ensure, writeAtomic } from '@wasserflow/core';
import { csvTable, type Table } from '@wasserflow/datasets';
import { readText } from '../config.js';
import { openModel, type Model } from '../model.js';
import { number } from '../table.js';

export interface DensityOptions {
  readonly output?: string;
}

/** log density of the model in the data's own units, where the space has one; of its last measure otherwise. */
async function logDensity({ problem, measure }: Model, { rows }: Table): Promise<Float64Array> {
  const { functional, space } = problem;
  if ('modelLogDensity' in space && functional.target) return space.modelLogDensity(measure, functional.target, rows);
  return space.logDensity(measure, rows);
}

function checkWidth({ problem }: Model, { rows }: Table, data: string): void {
  const { dimension } = problem.space;
  const width = rows.shape[1];
  ensure(width === dimension, 'E_DATA', `${data} has ${width} columns, but the model lives on R^${dimension}`);
}

/**
 * `wasserflow density`: the log density of each row of `data`, in nats, and their mean.
 * @throws WasserflowError for a folder that is no run, a space without densities, a cell that is no number
 */
export async function density(folder: string, data: string, { output }: DensityOptions): Promise<void> {
  const points = csvTable(await readText(data), data);
  const model = await openModel(folder);
  try {
    checkWidth(model, points, data);
    const values = await logDensity(model, points);
    const text = [...values].map((value) => `${value}\n`).join('');
    if (output === undefined) process.stdout.write(text);
    else await writeAtomic(output, text);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    console.error(`mean log density of ${values.length} points: ${number(mean)} nats`);
  } finally {
    await model.dispose();
  }
}
