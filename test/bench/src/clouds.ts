/** What many particles cost: a step of SVGD and of an MMD flow, the Sinkhorn divergence beside POT, an assignment. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWasserflow } from '@wasserflow/core';
import { onnxEngine } from '@wasserflow/engine-onnx';
import { gibbsKernel, optimalAssignment, selfTransport, sinkhornDivergence } from '@wasserflow/geometry';
import { stream, type NdArray } from '@wasserflow/tensor';
import { firstPartyPlugins } from 'wasserflow';
import { medianOf, milliseconds, race, table } from './harness.js';
import { findPeer, startPeer } from './peer.js';

const target = { id: 'gaussian', dimension: 2 };
const kernel = { id: 'gaussian', bandwidth: 1 };

const flows = {
  'SVGD step': { scheme: { id: 'svgd', kernel }, functional: { id: 'kl', target } },
  'MMD step': { scheme: 'forward-euler', functional: { id: 'mmd', target, kernel, samples: 10_000 } },
};

const STEPS = 12;

/** Milliseconds of one step of 10,000 particles in the plane, the first ones left out; driver included. */
async function stepMs(name: keyof typeof flows): Promise<number> {
  const { scheme, functional } = flows[name];
  const wasserflow = createWasserflow({ plugins: await firstPartyPlugins() });
  const run = await wasserflow.open({
    name: 'clouds',
    space: { id: 'particles', count: 10_000 },
    problem: { initial: { id: 'gaussian', mean: [1, 0], covariance: 0.25 }, functional },
    scheme,
    steps: { count: STEPS, size: 0.1 },
    meters: [],
  });
  const steps = run[Symbol.asyncIterator]();
  const times: number[] = [];
  for (let i = 0; i <= STEPS; i++) times.push(await milliseconds(() => steps.next()));
  await run.dispose();
  return medianOf(times.slice(3));
}

const points = (name: string, n: number, scale: number, shift: number): NdArray => {
  const { shape, data } = stream(name).normal([n, 2]);
  return { shape, data: Float64Array.from(data, (v) => scale * v + shift) };
};

const SINKHORN = { n: 5000, epsilon: 0.5, tolerance: 1e-4 };

/** Both stop when their marginals are right to the tolerance: POT's in the Euclidean norm, ours in the sum. */
async function sinkhorn(): Promise<Record<string, unknown>> {
  const { n, ...options } = SINKHORN;
  const [x, y] = [points('x', n, 1, 0), points('y', n, 0.7, 1)];
  const engine = onnxEngine();
  const gibbs = gibbsKernel(engine);
  let value = NaN;
  const ours = {
    name: 'here',
    run: async () => {
      const solved = await sinkhornDivergence(gibbs, selfTransport(gibbs), { points: x }, { points: y }, options);
      ({ value } = solved);
    },
  };
  const folder = await mkdtemp(join(tmpdir(), 'clouds-'));
  await writeFile(join(folder, 'clouds'), Buffer.concat([x, y].map(({ data }) => new Uint8Array(data.buffer))));
  const pot = await findPeer('pot_peer.py');
  const peer =
    pot && (await startPeer(pot, [join(folder, 'clouds'), ...[n, 2, options.epsilon, options.tolerance].map(String)]));
  let potValue: number | undefined;
  const theirs = peer && { name: 'POT', run: async () => void (potValue = Number(await peer.run())) };
  const timings = await race(theirs ? [ours, theirs] : [ours], { rounds: 1, warmup: 0 });
  peer?.dispose();
  await gibbs.dispose();
  engine.dispose();
  await rm(folder, { recursive: true });
  const [here, there] = timings;
  return { here: here!.median, value, pot: there?.median, potValue };
}

async function assignmentMs(): Promise<number> {
  const [x, y] = [points('a', 2000, 1, 0), points('b', 2000, 0.7, 1)];
  const times: number[] = [];
  for (let i = 0; i < 5; i++) times.push(await milliseconds(async () => optimalAssignment(x, y)));
  return medianOf(times);
}

const cell = (value: unknown): number | string => (typeof value === 'number' ? value : '-');

/** Prints the tables; returns their numbers. */
export async function clouds(): Promise<unknown> {
  const results: Record<string, unknown> = {};
  for (const name of Object.keys(flows) as (keyof typeof flows)[]) results[name] = await stepMs(name);
  results['peak of the process after both, MiB'] = process.resourceUsage().maxRSS / 1024;
  results['exact assignment, n = 2,000'] = await assignmentMs();
  console.log(
    table(
      ['10,000 particles in the plane', 'ms'],
      Object.entries(results).map(([k, v]) => [k, cell(v)]),
    ),
  );
  const divergence = await sinkhorn();
  const { here, value, pot, potValue } = divergence;
  const rows = [
    ['here', cell(here), cell(value)],
    ['POT', cell(pot), cell(potValue)],
  ];
  console.log(`\n${table(['Sinkhorn divergence, 5,000 against 5,000', 'ms', 'value'], rows)}`);
  return { ...results, divergence };
}
