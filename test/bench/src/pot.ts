/** POT as a contender: a process that computes one divergence for each line that it is given. */
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Contender } from './harness.js';

const script = fileURLToPath(new URL('../peers/pot_peer.py', import.meta.url));
/** Debian's packages belong to the system's Python, which need not be the first on the path. */
const pythons = ['python3', '/usr/bin/python3'];

/** The first Python that has POT; undefined where none has. */
export async function findPot(): Promise<string | undefined> {
  for (const python of pythons)
    if (await promisify(execFile)(python, [script, 'version']).catch(() => undefined)) return python;
  return undefined;
}

export interface PotContender extends Contender {
  /** The last value that it computed. */
  value(): number;
  dispose(): void;
}

/** Starts POT on two clouds of n points in the plane, held by a file. */
export async function potContender(
  python: string,
  file: string,
  { n, epsilon, tolerance }: { n: number; epsilon: number; tolerance: number },
): Promise<PotContender> {
  const child = spawn(python, [script, file, String(n), '2', String(epsilon), String(tolerance)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ready = await lines.next();
  if (ready.value !== 'ready') throw new Error('POT could not start');
  let last = NaN;
  return {
    name: 'POT',
    async run() {
      child.stdin.write('\n');
      last = Number((await lines.next()).value);
    },
    value: () => last,
    dispose: () => void child.kill(),
  };
}
