/** The data files that come with this package; read when a data set is created, never before. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export interface FileBytes {
  readonly bytes: Buffer;
  /** SHA-256 of the bytes. */
  readonly fingerprint: string;
}

export const fingerprintOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function readBundled(name: string): Promise<FileBytes> {
  const bytes = await readFile(new URL(`../data/${name}`, import.meta.url));
  return { bytes, fingerprint: fingerprintOf(bytes) };
}

/** Rows of numbers without their last column, which is the class label. */
export const rowsWithoutLabel = (lines: readonly string[]): number[][] =>
  lines.map((line) => line.split(',').slice(0, -1).map(Number));

/** The class labels in the last column. */
export const labelsIn = (lines: readonly string[]): number[] => lines.map((line) => Number(line.split(',').at(-1)));

export const linesOf = (text: string): string[] => text.trimEnd().split(/\r?\n/);
