import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from '@wasserflow/core';
import { describe, expect, it } from 'vitest';
import { makeFolder, onDisk, readIfThere, writeFolderAtomic } from '../src/run/files.js';
import { temporaryFolder } from './toy.js';

describe('writing a file at once', () => {
  it('replaces what was there and leaves nothing else', async () => {
    const folder = temporaryFolder();
    await writeAtomic(join(folder, 'a'), 'one');
    await writeAtomic(join(folder, 'a'), Uint8Array.of(50));
    expect(readdirSync(folder)).toEqual(['a']);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('2');
  });

  it('writes the file behind a link', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'a'), 'one');
    symlinkSync('a', join(folder, 'link'));
    await writeAtomic(join(folder, 'link'), 'two');
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('two');
  });

  it.each([
    ['/dev/null', 'cannot write /dev/null: that is not a plain file'],
    ['no/such/folder/a', 'its folder does not exist'],
    ['file/a', 'a part of that path is a file'],
    ['folder', 'that is a folder'],
  ])('to %s is refused, and nothing is left', async (path, message) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'folder'));
    const target = path.startsWith('/') ? path : join(folder, path);
    await expect(writeAtomic(target, 'x')).rejects.toThrow(
      expect.objectContaining({ code: 'E_DISK', message: expect.stringContaining(message) }),
    );
    expect(readdirSync(folder)).toEqual(['file', 'folder']);
  });
});

it('writes a folder at once over leftovers of an interrupted write', async () => {
  const folder = temporaryFolder();
  await writeFolderAtomic(join(folder, 's'), { old: '1' });
  mkdirSync(join(folder, 's.tmp'));
  writeFileSync(join(folder, 's.tmp', 'half'), '');
  await writeFolderAtomic(join(folder, 's'), { a: '1', b: Uint8Array.of(50) });
  expect(readdirSync(folder)).toEqual(['s']);
  expect(readdirSync(join(folder, 's'))).toEqual(['a', 'b']);
});

const failing = (code: string) => onDisk('/x', () => Promise.reject(Object.assign(new Error('raw'), { code })));

it('has one sentence for a disk that cannot be written, and lets other errors be', async () => {
  await expect(failing('ENOSPC')).rejects.toThrow('cannot write /x: the disk is full');
  await expect(failing('EROFS')).rejects.toThrow('cannot write /x: the disk is read-only');
  await expect(failing('EACCES')).rejects.toThrow('cannot write /x: writing there is not allowed');
  await expect(failing('EIO')).rejects.toThrow('raw');
});

it('makes folders in depth and tells the topmost new one', async () => {
  const folder = temporaryFolder();
  expect(await makeFolder(join(folder, 'a', 'b', 'c'))).toBe(join(folder, 'a'));
  expect(await makeFolder(join(folder, 'a', 'b', 'd'))).toBe(join(folder, 'a', 'b', 'd'));
  expect(await makeFolder(join(folder, 'a'))).toBeUndefined();
  writeFileSync(join(folder, 'file'), '');
  await expect(makeFolder(join(folder, 'file', 'a', 'b'))).rejects.toThrow('ENOTDIR');
});

it('reads undefined where there is no file', async () => {
  expect(await readIfThere(join(temporaryFolder(), 'none'))).toBeUndefined();
});
