import { cpus, platform, totalmem } from 'node:os';
import { createRequire } from 'node:module';
import type { ComposedRun } from './compose.js';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** What it takes to know later how these numbers came about. */
export function manifestOf({ plan, random, engine, initial, problem }: ComposedRun, plugins: readonly string[]) {
  const [cpu] = cpus();
  return {
    format: 1,
    wasserflow: version,
    name: plan.name,
    startedAt: new Date().toISOString(),
    seed: plan.seed,
    streams: ['initial', 'step', 'meter'].map((name) => random.fork(name).key),
    plugins,
    engine: engine ?? null,
    data: { initial: initial.fingerprint ?? null, target: problem.functional.target?.fingerprint ?? null },
    functional: problem.functional.record ?? null,
    machine: {
      node: process.version,
      platform: `${platform()}-${process.arch}`,
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memory: totalmem(),
    },
  };
}
