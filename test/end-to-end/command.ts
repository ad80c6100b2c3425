/** The command line as a user has it: a process in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { stringify } from 'yaml';

export const bin = new URL('../../packages/cli/dist/bin.js', import.meta.url).pathname;
const fixture = (name: string): string => new URL(`fixtures/${name}`, import.meta.url).pathname;

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly result: Promise<Result>;
  /** Resolves once standard error holds this text. */
  says(text: string): Promise<void>;
}

/** Any program in a folder. */
export function start(cwd: string, program: string, args: readonly string[]): Running {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  const waiting: { text: string; resolve: () => void; reject: (e: Error) => void }[] = [];
  child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => {
    stderr += piece.toString();
    for (const { text, resolve } of waiting) if (stderr.includes(text)) resolve();
  });
  const result = new Promise<Result>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const { text, reject } of waiting) reject(new Error(`it ended without saying "${text}": ${stderr}`));
      resolve({ code, signal, stdout, stderr });
    });
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => (stderr.includes(text) ? resolve() : waiting.push({ text, resolve, reject })));
  return { process: child, result, says };
}

export const startWasserflow = (cwd: string, ...args: string[]): Running =>
  start(cwd, process.execPath, [bin, ...args]);
export const wasserflow = (cwd: string, ...args: string[]): Promise<Result> => startWasserflow(cwd, ...args).result;

export interface Command {
  readonly cwd: string;
  readonly args: readonly string[];
}

/** Many commands in one process: most of the time of a short one goes into loading. */
export async function wasserflowMany(commands: readonly Command[]): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'wasserflow-'));
  try {
    const file = join(folder, 'commands.json');
    writeFileSync(file, JSON.stringify(commands));
    const { code, stderr } = await start(folder, process.execPath, [fixture('many.js'), file]).result;
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(readFileSync(file, 'utf8')) as Result[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The run that the documentation begins with. */
export const ou = {
  name: 'ou-2d',
  seed: 7,
  space: { id: 'gaussian' },
  problem: {
    initial: {
      id: 'gaussian',
      mean: [1, -1],
      covariance: [
        [2, 0.5],
        [0.5, 1],
      ],
    },
    functional: {
      id: 'kl',
      target: {
        id: 'gaussian',
        mean: [0, 0.5],
        covariance: [
          [1, -0.3],
          [-0.3, 0.5],
        ],
      },
    },
  },
  scheme: { id: 'jko' },
  steps: { count: 10, size: 0.4 },
  meters: ['value', 'w2-to-target'],
};

export const toy = {
  plugins: ['./toy.js'],
  space: 'line',
  problem: { initial: 'point', functional: 'square' },
  scheme: 'toy',
  steps: { count: 3, size: 1 },
};

/** A folder with these files and the plugin and configs above, removed after the tests of a file. */
export function folderWith(files: Readonly<Record<string, string | object>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'wasserflow-'));
  folders.push(path);
  copyFileSync(fixture('toy.js'), join(path, 'toy.js'));
  for (const [name, content] of Object.entries({ 'ou.yaml': ou, 'toy.yaml': toy, ...files }))
    writeFileSync(join(path, name), typeof content === 'string' ? content : stringify(content));
  return path;
}
const folders: string[] = [];
afterAll(() => folders.splice(0).forEach((path) => rmSync(path, { recursive: true, force: true })));

export const copyFolder = (from: string, to: string): void => cpSync(from, to, { recursive: true });

/** Every file below a folder with its bytes, but for those that tell of time. */
export function tree(path: string, without: readonly string[] = []): Record<string, string> {
  const names = (readdirSync(path, { recursive: true }) as string[]).filter((name) => !without.includes(name)).sort();
  const content = (name: string): string =>
    statSync(join(path, name)).isDirectory() ? '' : readFileSync(join(path, name)).toString('latin1');
  return Object.fromEntries(names.map((name) => [name, content(name)]));
}

/** What differs between two sittings of one run: when it began, and what was told while. */
export const told = ['manifest.json', 'events.jsonl'];

export const readJson = (...path: string[]): Record<string, unknown> =>
  JSON.parse(readFileSync(join(...path), 'utf8')) as Record<string, unknown>;

export const linesOf = (...path: string[]): Record<string, unknown>[] =>
  readFileSync(join(...path), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
