import { WasserflowError } from '@wasserflow/core';
import { readFile } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { fingerprintOf, type FileBytes } from './bundled.js';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'reading it is not permitted',
};

/**
 * A file of the user's, relative to the working directory.
 * @throws WasserflowError E_DATA with the reason why it cannot be read
 */
export async function readUserFile(file: string): Promise<FileBytes> {
  const path = resolve(file);
  try {
    const bytes = await readFile(path);
    return { bytes, fingerprint: fingerprintOf(bytes) };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const hint = isAbsolute(file) ? '' : '; a path is relative to the working directory';
    throw new WasserflowError('E_DATA', `cannot read \`${path}\`: ${reasons[code] ?? code}${hint}`, { cause });
  }
}
