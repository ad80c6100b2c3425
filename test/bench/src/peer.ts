/** A peer in Python: a process that does one unit of work for each line that it is given, and answers by one. */
import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Debian's packages belong to the system's Python, which need not be the first on the path. */
const pythons = ['python3', '/usr/bin/python3'];

/** A script of `peers/` that runs here. */
export interface Peer {
  readonly python: string;
  readonly script: string;
  /** That of the library behind it. */
  readonly version: string;
}

/** The script with the first Python that has its library; undefined where none has. */
export async function findPeer(name: string): Promise<Peer | undefined> {
  const script = fileURLToPath(new URL(`../peers/${name}`, import.meta.url));
  for (const python of pythons) {
    const found = await promisify(execFile)(python, [script, 'version']).catch(() => undefined);
    if (found) return { python, script, version: found.stdout.trim() };
  }
  return undefined;
}

export interface RunningPeer {
  /** One unit of work; what the peer answers. */
  run(): Promise<string>;
  dispose(): void;
}

/** Starts a peer and waits until it is warm. */
export async function startPeer({ python, script }: Peer, args: readonly string[]): Promise<RunningPeer> {
  const child = spawn(python, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ready = await lines.next();
  if (ready.value !== 'ready') throw new Error(`${script} could not start on ${args.join(' ')}`);
  return {
    async run() {
      child.stdin.write('\n');
      return String((await lines.next()).value);
    },
    dispose: () => void child.kill(),
  };
}
