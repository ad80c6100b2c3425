/** PyTorch as a contender: a process that does one unit of work for each line that it is given. */
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Contender } from './harness.js';

const script = fileURLToPath(new URL('../peers/torch_peer.py', import.meta.url));
/** Debian's PyTorch belongs to the system's Python, which need not be the first on the path. */
const pythons = ['python3', '/usr/bin/python3'];

export interface Torch {
  readonly python: string;
  readonly version: string;
}

/** The first Python that has PyTorch; undefined where none has. */
export async function findTorch(): Promise<Torch | undefined> {
  for (const python of pythons) {
    const found = await promisify(execFile)(python, [script, 'version']).catch(() => undefined);
    if (found) return { python, version: found.stdout.trim() };
  }
  return undefined;
}

/** Starts PyTorch on a workload and waits until it is warm. */
export async function torchContender({ python }: Torch, workload: string, threads: number): Promise<Contender> {
  const child = spawn(python, [script, workload, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ready = await lines.next();
  if (ready.value !== 'ready') throw new Error(`PyTorch could not start on ${workload}`);
  return {
    name: `PyTorch, ${threads} thread${threads > 1 ? 's' : ''}`,
    async run() {
      child.stdin.write('\n');
      await lines.next();
    },
    dispose: () => void child.kill(),
  };
}
