/** Files that are written whole or not at all. */
import { mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { WasserflowError, ensure } from '../errors.js';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EACCES: 'writing there is not allowed',
  EPERM: 'writing there is not allowed',
  ENOTDIR: 'a part of that path is a file',
  ENOENT: 'its folder does not exist',
  EISDIR: 'that is a folder',
  EFBIG: 'the file is too large for the disk',
};

/** Turns what the system says of a full, read-only or forbidden disk into one sentence. */
export async function onDisk<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const reason = reasons[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw error;
    throw new WasserflowError('E_DISK', `cannot write ${path}: ${reason}`, { cause: error });
  }
}

/** Makes a folder and those above it; the topmost one that was made. The system's own way hides why it fails. */
export async function makeFolder(path: string): Promise<string | undefined> {
  const at = resolve(path);
  try {
    await mkdir(at);
    return at;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return undefined;
    if (code !== 'ENOENT' || dirname(at) === at) throw error;
  }
  const top = await makeFolder(dirname(at));
  await mkdir(at);
  return top ?? at;
}

async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename is safe only once the folder that holds the name is on disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The file behind links; a rename would put a plain file in the place of a device such as /dev/null. */
async function plainFile(path: string): Promise<string> {
  const there = await stat(path).catch(() => undefined);
  const special = there !== undefined && !there.isFile() && !there.isDirectory();
  ensure(!special, 'E_DISK', `cannot write ${path}: that is not a plain file`);
  return there === undefined ? path : realpath(path);
}

/** Writes a file: temporary name, fsync, rename. */
export const writeAtomic = (path: string, content: string | Uint8Array): Promise<void> =>
  onDisk(path, async () => {
    const file = await plainFile(path);
    const temporary = `${file}.tmp`;
    try {
      await writeSynced(temporary, content);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(dirname(file));
  });

/** Writes a folder of files that appears whole; one that stood there before is replaced. */
export const writeFolderAtomic = (path: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> =>
  onDisk(path, async () => {
    const temporary = `${path}.tmp`;
    try {
      await rm(temporary, { recursive: true, force: true });
      await mkdir(temporary, { recursive: true });
      for (const [name, content] of Object.entries(files)) await writeSynced(join(temporary, name), content);
      await syncFolder(temporary);
      await rm(path, { recursive: true, force: true });
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    await syncFolder(dirname(path));
  });

/** The file's text, or undefined where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
