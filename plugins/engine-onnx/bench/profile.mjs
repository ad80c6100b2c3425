/**
 * Where the time of the rose step goes: ONNX Runtime's own profile, added up by operation and shape.
 *
 * node bench/profile.mjs [threads=1] [runs=15] [batch=2000] [rows=25]
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tree } from '@wasserflow/tensor';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { build } from '../dist/engine.js';
import { inputName } from '../dist/onnx/encode.js';
import { roseInputs, roseStep } from './rose.mjs';

const shapeOf = (shapes) => Object.values(shapes?.[0] ?? {})[0] ?? [];
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** Milliseconds and calls by key; each node counts with its median over the runs. */
function aggregate(events, keyOf) {
  const byNode = Map.groupBy
    ? Map.groupBy(events, ({ args }) => args.node_index)
    : events.reduce((map, e) => map.set(e.args.node_index, [...(map.get(e.args.node_index) ?? []), e]), new Map());
  const table = new Map();
  for (const calls of byNode.values()) {
    const key = keyOf(calls[0].args);
    const row = table.get(key) ?? { calls: 0, ms: 0 };
    table.set(key, { calls: row.calls + 1, ms: row.ms + median(calls.map(({ dur }) => dur / 1e3)) });
  }
  return [...table].sort(([, a], [, b]) => b.ms - a.ms);
}

const print = (rows) =>
  rows.forEach(([key, { calls, ms }]) =>
    console.log(`${ms.toFixed(2).padStart(9)} ms ${String(calls).padStart(6)}  ${key}`),
  );

async function profiled(model, inputs, threads, runs) {
  const folder = mkdtempSync(join(tmpdir(), 'rose-'));
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: threads,
    graphOptimizationLevel: 'all',
    enableProfiling: true,
    profileFilePrefix: join(folder, 'profile'),
  });
  const feeds = tree
    .leaves(inputs)
    .map(({ data, shape }, i) => [inputName(i), new Tensor('float32', Float32Array.from(data), shape)]);
  const used = Object.fromEntries(feeds.filter(([name]) => session.inputNames.includes(name)));
  for (let i = 0; i < runs; i++) await session.run(used);
  session.endProfiling();
  const [file] = readdirSync(folder);
  const events = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  rmSync(folder, { recursive: true });
  return events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time'));
}

const [threads = 1, runs = 15, batch = 2000, rows = 25] = process.argv.slice(2).map(Number);
const inputs = roseInputs(batch);
const started = performance.now();
const { model } = build('rose', roseStep, inputs, threads);
console.log(`traced, optimised and written in ${(performance.now() - started).toFixed(0)} ms: ${model.length} bytes`);
const events = await profiled(model, inputs, threads, runs);
const byOperation = aggregate(events, ({ op_name }) => op_name);
const inner = (args) => (args.op_name === 'Gemm' ? ` of [${shapeOf(args.input_type_shape)}]` : '');
print(byOperation);
console.log(
  `${byOperation
    .reduce((sum, [, { ms }]) => sum + ms, 0)
    .toFixed(2)
    .padStart(9)} ms in all`,
);
print(aggregate(events, (args) => `${args.op_name} [${shapeOf(args.output_type_shape)}]${inner(args)}`).slice(0, rows));
