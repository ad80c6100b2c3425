/**
 * `pnpm bench [name ...]`: runs the benchmarks named, or `overhead`, `speed` and `clouds`; prints tables, writes
 * runs/bench.json. `memory` takes a quarter of an hour.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { clouds } from './clouds.js';
import { memory } from './memory.js';
import { overhead } from './overhead.js';
import { speed } from './speed.js';
import { workloadNames } from './workloads.js';

const benchmarks: Readonly<Record<string, () => Promise<unknown>>> = {
  overhead,
  clouds,
  memory,
  speed: () => speed(),
  ...Object.fromEntries(workloadNames.map((name) => [name, () => speed([name])])),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
  console.error(`error: there is no benchmark \`${unknown[0]}\`; there are: ${Object.keys(benchmarks).join(', ')}`);
  process.exit(2);
}

const results: Record<string, unknown> = { machine: `${cpus().length} x ${cpus()[0]?.model}`, node: process.version };
for (const name of asked.length > 0 ? asked : ['overhead', 'speed', 'clouds']) {
  console.log(`\n${name}`);
  results[name] = await benchmarks[name]!();
}
await mkdir('runs', { recursive: true });
await writeFile('runs/bench.json', `${JSON.stringify(results, null, 2)}\n`);
console.log('\nwritten to runs/bench.json');
