/** Makes a folder ready for a run, new or to go on with, and locks it. */
import { readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { ensure } from '../errors.js';
import { makeFolder, onDisk, readIfThere, writeAtomic } from './files.js';
import { listFolder, readRunFolder, type SavedRun } from './saved.js';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** When a process began, in ticks since the machine did; empty where the system does not tell. */
async function birthOf(pid: number): Promise<string> {
  // A process that ends while it is looked at has no birth to tell either.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // Its name, in parentheses, may hold anything; what follows is separated by blanks.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Whether the process that wrote `pid birth` is still there; numbers of processes are given again. */
async function holds(text: string): Promise<boolean> {
  const [pid = 0, birth] = text.split(' ');
  if (!isAlive(Number(pid))) return false;
  const now = await birthOf(Number(pid));
  return birth === undefined || birth === '' || now === '' || birth === now;
}

/** A process that was killed takes a moment to be gone: so long is one waited for. */
const PATIENCE_MS = 2000;

async function waitUntilGone(text: string): Promise<boolean> {
  for (let waited = 0; waited < PATIENCE_MS && (await holds(text)); waited += 100) await delay(100);
  return !(await holds(text));
}

/** One process at a time; the lock of a process that is gone does not count. */
async function lock(path: string): Promise<void> {
  const file = join(path, 'run.lock');
  const text = await readIfThere(file);
  const holder = Number.parseInt(text ?? '', 10);
  const free = !(holder > 0) || holder === process.pid || (await waitUntilGone(text!));
  ensure(free, 'E_RUN_FOLDER', `${path} is in use by process ${holder}; if that is no run, remove ${file}`);
  try {
    const own = `${process.pid} ${await birthOf(process.pid)}`.trimEnd();
    await onDisk(file, () => writeFile(file, own, { flag: text === undefined ? 'wx' : 'w' }));
  } catch (error) {
    ensure((error as NodeJS.ErrnoException).code !== 'EEXIST', 'E_RUN_FOLDER', `${path} is in use`);
    await rm(file, { force: true });
    throw error;
  }
}

const isNode = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object';
const told = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value).slice(0, 60));

/** Where two configs first differ, e.g. `steps.count is 10 there, 20 here`; undefined where they do not. */
function difference(there: unknown, here: unknown, path = ''): string | undefined {
  if (isDeepStrictEqual(there, here)) return undefined;
  if (!isNode(there) || !isNode(here) || Array.isArray(there) !== Array.isArray(here))
    return `${path || 'it'} is ${told(there)} there, ${told(here)} here`;
  const names = new Set([...Object.keys(there), ...Object.keys(here)]);
  for (const name of names) {
    const found = difference(there[name], here[name], path ? `${path}.${name}` : name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a run's folder may hold before its config is there; anything else is not ours. */
const ownsAtFirst = (name: string): boolean => name === 'run.lock' || name === 'steps' || name.endsWith('.tmp');

/** No run yet: nothing there, or only what a run that ended before it began left behind. */
async function isFresh(path: string): Promise<boolean> {
  const entries = (await listFolder(path)) ?? [];
  const steps = (await listFolder(join(path, 'steps'))) ?? [];
  return entries.every(ownsAtFirst) && steps.length === 0;
}

/** Removes `path`, and what is above it up to `top`, as long as each is empty. */
async function removeEmpty(path: string, top: string): Promise<void> {
  try {
    for (let at = resolve(path); at.startsWith(top); at = dirname(at)) await rmdir(at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** What a new run says of itself before it computes anything. */
export interface RunHeader {
  readonly config: unknown;
  readonly manifest: unknown;
}

const made = ['run.lock', 'steps', 'config.json', 'manifest.json'];

/** Makes the folder of a new run; where that fails, what it made is gone again. */
async function createFolder(path: string, { config, manifest }: RunHeader): Promise<void> {
  const top = await onDisk(path, () => makeFolder(path));
  let locked = false;
  try {
    await lock(path);
    locked = true;
    await onDisk(path, () => makeFolder(join(path, 'steps')));
    await writeAtomic(join(path, 'config.json'), json(config));
    await writeAtomic(join(path, 'manifest.json'), json(manifest));
  } catch (error) {
    if (locked) for (const name of made) await rm(join(path, name), { recursive: true, force: true });
    if (top !== undefined) await removeEmpty(path, top);
    throw error;
  }
}

async function resumeFolder(path: string, { config, manifest }: RunHeader): Promise<SavedRun> {
  const saved = await readRunFolder(path);
  const found = difference(saved.config, JSON.parse(JSON.stringify(config)));
  const advice = 'choose another folder with --out, or remove it';
  ensure(found === undefined, 'E_RUN_FOLDER', `${path} holds a run of another config (${found}); ${advice}`);
  await lock(path);
  const file = join(path, 'manifest.json');
  const text = await readIfThere(file);
  if (text === undefined) await writeAtomic(file, json(manifest));
  else await sameData(path, text, manifest);
  return saved;
}

/** A run may only go on with the data that it began with. */
async function sameData(path: string, text: string, manifest: unknown): Promise<void> {
  const data = (value: unknown): unknown => (isNode(value) ? (value['data'] ?? null) : null);
  const same = isDeepStrictEqual(data(parsed(text)), data(JSON.parse(JSON.stringify(manifest))));
  if (!same) await rm(join(path, 'run.lock'), { force: true });
  ensure(same, 'E_RUN_FOLDER', `${path} holds a run on other data: the files it was begun with have changed since`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A manifest that cannot be read says nothing of the data; it equals none.
    return undefined;
  }
}

/** Takes back what `createFolder` made, for a run that ended before its first measure was kept. */
export async function discardFolder(path: string): Promise<void> {
  for (const name of [...made, 'events.jsonl']) await rm(join(path, name), { recursive: true, force: true });
  await removeEmpty(path, resolve(path));
}

/** A locked folder for this run: what was saved there, or nothing yet. */
export async function prepareFolder(path: string, header: RunHeader): Promise<Partial<SavedRun>> {
  if (!(await isFresh(path))) return resumeFolder(path, header);
  await createFolder(path, header);
  return {};
}
