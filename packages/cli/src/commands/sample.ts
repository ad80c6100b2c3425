import { extname } from 'node:path';
import { ensure, writeAtomic } from '@wasserflow/core';
import { stream, type NdArray } from '@wasserflow/tensor';
import { csvText, npyBytes } from '../arrays-to-files.js';
import { openModel, type Model } from '../model.js';

export interface SampleOptions {
  readonly count: number;
  readonly output: string;
  readonly seed: number;
}

const formats: Readonly<Record<string, (points: NdArray, columns?: readonly string[]) => string | Uint8Array>> = {
  '.csv': csvText,
  '.npy': npyBytes,
};

/** Generated data where the space has an inverse map; draws from the last measure otherwise. */
async function draw({ problem, measure }: Model, { count, seed }: SampleOptions): Promise<NdArray> {
  const { functional, space } = problem;
  const rng = stream(seed).fork('sample');
  if ('generate' in space && functional.target) return space.generate(measure, functional.target, count, rng);
  return space.sample(measure, count, rng);
}

/**
 * `wasserflow sample`: writes `count` points to a file, whole or not at all.
 * @throws WasserflowError for a folder that is no run, a space without samples, a file that cannot be written
 */
export async function sample(folder: string, options: SampleOptions): Promise<void> {
  const { output, count } = options;
  const format = formats[extname(output)];
  ensure(format, 'E_ARGUMENT', `cannot tell the format of ${output}; name a .csv or .npy file`);
  const model = await openModel(folder);
  try {
    const points = await draw(model, options);
    const { columns } = model.initial;
    await writeAtomic(output, format(points, columns?.length === points.shape[1] ? columns : undefined));
    console.error(`${count} points in ${points.shape[1]} dimensions are in ${output}`);
  } finally {
    await model.dispose();
  }
}
