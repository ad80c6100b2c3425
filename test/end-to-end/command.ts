/** The command line as a user has it: in a folder of its own, as a process of its own or in one that many share. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** A command as a process of its own. */
export const startWasserflow = (cwd: string, ...args: string[]): Running =>
  start(cwd, process.execPath, [bin, ...args]);
export const wasserflowAlone = (cwd: string, ...args: string[]): Promise<Result> =>
  startWasserflow(cwd, ...args).result;

export interface Command {
  readonly cwd: string;
  readonly args: readonly string[];
}

/** Runs one command after another, for all tests of this worker; it ends with the worker. */
let shared: ChildProcess | undefined;

function sharedProcess(): ChildProcess {
  const child = fork(fixture('commands.js'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.once('exit', () => (shared = undefined));
  child.unref();
  child.channel?.unref();
  return child;
}

function ask(command: Command): Promise<Result> {
  const child = (shared ??= sharedProcess());
  return new Promise((resolve, reject) => {
    const died = (code: number | null): void => reject(new Error(`the shared process died with ${code}`));
    child.once('exit', died);
    child.once('message', (result: Result) => {
      child.off('exit', died);
      resolve(result);
    });
    child.send(command);
  });
}

let turn: Promise<unknown> = Promise.resolve();

/**
 * A command in a process that many share: most of the time of a short one goes into loading. A plugin that
 * changed is not seen there, as a process loads it once.
 */
export function wasserflow(cwd: string, ...args: string[]): Promise<Result> {
  const answer = turn.then(() => ask({ cwd, args }));
  turn = answer.catch(() => undefined);
  return answer;
}

export const wasserflowMany = (commands: readonly Command[]): Promise<Result[]> =>
  Promise.all(commands.map(({ cwd, args }) => wasserflow(cwd, ...args)));

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

/** A folder with these files and the plugin and configs above; a file that makes some ends with `afterAll(removeFolders)`. */
export function folderWith(files: Readonly<Record<string, string | object>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'wasserflow-'));
  folders.push(path);
  copyFileSync(fixture('toy.js'), join(path, 'toy.js'));
  for (const [name, content] of Object.entries({ 'ou.yaml': ou, 'toy.yaml': toy, ...files }))
    writeFileSync(join(path, name), typeof content === 'string' ? content : stringify(content));
  return path;
}
const folders: string[] = [];
export const removeFolders = (): void =>
  folders.splice(0).forEach((path) => rmSync(path, { recursive: true, force: true }));

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
