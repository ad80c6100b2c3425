/** Long training keeps no tensors and no memory. Runs in a process of its own, so that nothing else counts. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('train.mjs', import.meta.url));

interface Report {
  /** Live tensors after each tenth of the steps. */
  readonly tensors: number[];
  /** Resident bytes after each tenth of the steps. */
  readonly resident: number[];
}

test.each([
  ['tfjs', 1000],
  ['onnx', 10_000],
])(
  '%s, %i steps: the number of live tensors is constant, resident memory grows by less than 5 %%',
  async (engine, steps) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, String(steps), engine]);
    const { tensors, resident } = JSON.parse(stdout) as Report;
    expect(new Set(tensors).size).toBe(1);
    // The first half warms up: compiled code, the allocator's pools. Pages given back are no leak.
    const [settled, ...later] = resident.slice(5) as [number, ...number[]];
    expect(Math.max(...later) / settled).toBeLessThan(1.05);
  },
);
