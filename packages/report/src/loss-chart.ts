import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WasserflowError } from '@wasserflow/core';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** The loss of one inner iteration of a step. */
export interface LossPoint {
  readonly step: number;
  readonly iteration: number;
  readonly iterations: number;
  readonly loss: number;
}

/**
 * The inner losses of a run, from its `events.jsonl`. Iterations that an interrupted run did twice are
 * there once.
 * @throws WasserflowError E_RUN_FOLDER when the run has no readable events.
 */
export async function readLosses(folder: string): Promise<LossPoint[]> {
  const path = join(folder, 'events.jsonl');
  try {
    const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.includes('"inner:iteration"'));
    const points = lines.map((line) => JSON.parse(line) as LossPoint);
    return [...new Map(points.map((p) => [`${p.step}/${p.iteration}`, p])).values()];
  } catch (error) {
    throw new WasserflowError('E_RUN_FOLDER', `cannot read the events of ${folder}: ${String(error)}`, {
      cause: error,
    });
  }
}

/** Means over at most `count` bins per step: single batches are too noisy to look at. */
function binned(points: readonly LossPoint[], count: number): { block: string; at: number; loss: number }[] {
  const bins = new Map<string, { step: number; at: number; losses: number[] }>();
  for (const { step, iteration, iterations, loss } of points) {
    const width = Math.max(1, Math.ceil(iterations / count));
    const bin = Math.floor((iteration - 1) / width);
    const key = `${step}/${bin}`;
    const found = bins.get(key) ?? { step, at: (step - 1) * iterations + bin * width + width / 2, losses: [] };
    found.losses.push(loss);
    bins.set(key, found);
  }
  return [...bins.values()].map(({ step, at, losses }) => ({
    block: String(step),
    at,
    loss: losses.reduce((a, b) => a + b, 0) / losses.length,
  }));
}

/** The loss against the training iteration, one colour a block, as an SVG document. */
export async function lossChart(points: readonly LossPoint[], title = 'Block loss'): Promise<string> {
  const spec: TopLevelSpec = {
    title,
    width: 520,
    height: 260,
    background: 'white',
    data: { values: binned(points, 60) },
    mark: { type: 'line', strokeWidth: 1.5 },
    encoding: {
      x: { field: 'at', type: 'quantitative', title: 'training iteration' },
      y: { field: 'loss', type: 'quantitative', title: 'loss of the block (nats)', scale: { zero: false } },
      color: { field: 'block', type: 'ordinal', title: 'block', sort: null, scale: { scheme: 'viridis' } },
    },
  };
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}
