/**
 * Where the time of the rose step goes: ONNX Runtime's own profile, added up by operation and shape.
 *
 * node bench/profile.mjs [threads=1] [runs=5]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tree } from '@wasserflow/tensor';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { build } from '../dist/engine.js';
import { inputName } from '../dist/onnx/encode.js';
import { roseInputs, roseStep } from './rose.mjs';

const shapeOf = (shapes) => Object.values(shapes?.[0] ?? {})[0] ?? [];

/** Milliseconds and calls of each operation in one run: the median over runs, node by node. */
function aggregate(events) {
  const byNode = new Map();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
    const entry = byNode.get(args.node_index) ?? { args, times: [] };
    entry.times.push(dur / 1e3);
    byNode.set(args.node_index, entry);
  }
  const table = new Map();
  for (const { args, times } of byNode.values()) {
    const inner = args.op_name === 'Gemm' ? ` k=${shapeOf(args.input_type_shape)}` : '';
    const key = `${args.op_name} [${shapeOf(args.output_type_shape)}]${inner}`;
    const row = table.get(key) ?? { calls: 0, ms: 0 };
    const median = times.toSorted((a, b) => a - b)[times.length >> 1];
    table.set(key, { calls: row.calls + 1, ms: row.ms + median });
  }
  return [...table].sort(([, a], [, b]) => b.ms - a.ms);
}

const [threads = 1, runs = 5] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'rose-'));
const inputs = roseInputs(Number(process.env.BATCH ?? 2000));
const started = performance.now();
const { model, graph } = build('rose', roseStep, inputs, threads);
console.log(`traced and optimised in ${(performance.now() - started).toFixed(0)} ms, ${model.length} bytes`);
const session = await InferenceSession.create(model, {
  intraOpNumThreads: threads,
  graphOptimizationLevel: 'all',
  executionMode: 'sequential',
  enableMemPattern: !process.env.NOPAT,
  enableCpuMemArena: !process.env.NOARENA,
  enableProfiling: true,
  profileFilePrefix: join(folder, 'profile'),
  extra: { session: { set_denormal_as_zero: '1' } },
  optimizedModelFilePath: process.env.SAVE ?? '',
});
const leaves = tree.leaves(inputs);
const feeds = Object.fromEntries(
  leaves.map(({ data, shape }, i) => [inputName(i), new Tensor('float32', Float32Array.from(data), shape)]),
);
const used = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]]));
const times = [];
for (let i = 0; i < runs; i++) {
  const start = performance.now();
  await session.run(used);
  times.push(performance.now() - start);
}
session.endProfiling();
const [file] = (await import('node:fs')).readdirSync(folder);
const events = JSON.parse(readFileSync(join(folder, file), 'utf8'));
rmSync(folder, { recursive: true });
if (process.env.ORDER) {
  const seq = events
    .filter((e) => e.cat === 'Node' && e.name.endsWith('_kernel_time'))
    .map(
      (e) => `${e.args.op_name} ${Object.values(e.args.output_type_shape?.[0] ?? {})[0]} ${e.dur} ${e.args.node_index}`,
    );
  console.log(seq.slice(-(seq.length / runs)).join('\n'));
}
const rows = aggregate(events);
const byOp = new Map();
for (const [key, { calls, ms }] of rows) {
  const op = key.split(' ')[0];
  const sum = byOp.get(op) ?? { calls: 0, ms: 0 };
  byOp.set(op, { calls: sum.calls + calls, ms: sum.ms + ms });
}
const format = (entries) =>
  entries
    .map(([key, { calls, ms }]) => `${ms.toFixed(2).padStart(9)} ms ${String(Math.round(calls)).padStart(6)}  ${key}`)
    .join('\n');
const total = rows.reduce((sum, [, { ms }]) => sum + ms, 0);
console.log(format([...byOp].sort(([, a], [, b]) => b.ms - a.ms)));
console.log(`--- by shape\n${format(rows.slice(0, Number(process.env.ROWS ?? 25)))}`);
console.log(
  `sum of kernels ${total.toFixed(1)} ms, wall ${times.map((t) => t.toFixed(0)).join(' ')}, graph ${graph?.length ?? ''}`,
);
