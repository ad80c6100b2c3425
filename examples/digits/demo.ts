// Trains the flow of digits.yaml, prints its table, and writes pictures of what it learned.
// `pnpm demo [--out DIR] [key=value ...]` changes the config, e.g. `steps.count=2 space.iterations=20`.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  createWasserflow,
  overrideConfig,
  readRunFolder,
  WasserflowError,
  writeAtomic,
  type Run,
  type SchemeState,
  type StepSummary,
} from '@wasserflow/core';
import blocks from '@wasserflow/blocks';
import datasets from '@wasserflow/datasets';
import engineOnnx from '@wasserflow/engine-onnx';
import engineTfjs from '@wasserflow/engine-tfjs';
import functionals from '@wasserflow/functionals';
import meters from '@wasserflow/meters';
import observers from '@wasserflow/observers';
import { lossChart, pictureGrid, readLosses } from '@wasserflow/report';
import schemes from '@wasserflow/schemes';
import spaceFlow from '@wasserflow/space-flow';
import targets from '@wasserflow/targets';
import { stream, takeRows, toRows, type NdArray } from '@wasserflow/tensor';
import { parse } from 'yaml';

const SHOWN = 48;

const wasserflow = createWasserflow({
  plugins: [blocks, datasets, engineOnnx, engineTfjs, functionals, meters, observers, schemes, spaceFlow, targets],
});

async function readConfig(changes: readonly string[], folder: string): Promise<unknown> {
  const file: unknown = parse(await readFile(new URL('../digits.yaml', import.meta.url), 'utf8'));
  const observed = overrideConfig(file, 'observers', ['terminal', { id: 'events-file', folder }]);
  return changes.reduce<unknown>((config, change) => {
    const [path = '', value = ''] = change.split(/=(.*)/s);
    return overrideConfig(config, path, parse(value));
  }, observed);
}

const cell = (value: number | string | undefined): string =>
  (typeof value === 'number' ? value.toFixed(3) : (value ?? '')).padStart(14);

function printTable(steps: readonly StepSummary[]): void {
  const gaussian = steps[0]?.metrics['nll'];
  console.log(['step', 'gamma', 'objective', 'W2 moved', 'test NLL', 'Gaussian NLL'].map(cell).join(''));
  for (const { step, gamma, info, metrics } of steps.slice(1))
    console.log([String(step), gamma, info['objective'], info['moved'], metrics['nll'], gaussian].map(cell).join(''));
}

/** Real digits to the left, as their principal coordinates show them; generated ones to the right. */
async function drawDigits({ composed }: Run, measure: unknown): Promise<Uint8Array> {
  const { initial, problem } = composed;
  const { toPixels, width, height } = initial.picture!;
  const generated = await problem.space.generate(measure, problem.functional.target!, SHOWN, stream('pictures'));
  const heldOut = initial.heldOutRows!(stream('pictures'));
  const real = takeRows(heldOut, stream('pictures').permutation(heldOut.shape[0]!).subarray(0, SHOWN));
  const pictures = (points: NdArray) => ({ pictures: toRows(toPixels(points)) });
  return pictureGrid([pictures(real), pictures(generated)], { width, height, columns: 8, zoom: 5 });
}

/** Trains, or goes on where an interrupted training stopped; a finished one is only shown. */
async function main(changes: readonly string[], folder: string): Promise<void> {
  const run = await wasserflow.open(await readConfig(changes, folder), { folder });
  await run.finish();
  const { checkpoint } = await readRunFolder(folder);
  const { measure } = checkpoint!.state as SchemeState;
  console.log('\nDensity of 8x8 digits in their first principal coordinates; nats, lower is better.');
  printTable(checkpoint!.summaries);
  await writeAtomic(join(folder, 'digits.png'), await drawDigits(run, measure));
  await writeAtomic(join(folder, 'loss.svg'), await lossChart(await readLosses(folder)));
  await run.dispose();
  console.log(`\npictures: ${join(folder, 'digits.png')} (left real, right generated), ${join(folder, 'loss.svg')}`);
}

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { out: { type: 'string', default: 'runs/demo' } },
  });
  await main(positionals, values.out);
} catch (error) {
  if (!(error instanceof WasserflowError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}
