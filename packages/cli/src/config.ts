/** From a file and overrides on the command line to a config. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { WasserflowError, ensure, overrideConfig } from '@wasserflow/core';
import { parseDocument } from 'yaml';
import { absolutePaths } from './plugins.js';

export type Config = Readonly<Record<string, unknown>>;

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'that is a folder',
  EACCES: 'reading it is not allowed',
};

/** The text of a file of the user's. @throws WasserflowError E_DATA with the reason why it cannot be read. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw new WasserflowError('E_DATA', `cannot read ${path}: ${reasons[code] ?? message}`, { cause });
  }
}

/** YAML, of which JSON is a part. @throws WasserflowError E_CONFIG with the first thing that is wrong. */
function parseYaml(text: string, from: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  const [reason] = (error?.message ?? '').split(/:?\n/);
  ensure(error === undefined, 'E_CONFIG', `${from} is no YAML: ${reason}`);
  try {
    return document.toJS();
  } catch (cause) {
    throw new WasserflowError('E_CONFIG', `${from} is no YAML: ${(cause as Error).message}`, { cause });
  }
}

function override(config: unknown, text: string): unknown {
  const at = text.indexOf('=');
  ensure(at > 0, 'E_CONFIG', `"${text}" sets nothing; write key=value, e.g. steps.size=0.1`);
  return overrideConfig(config, text.slice(0, at), parseYaml(text.slice(at + 1), text));
}

const isConfig = (value: unknown): value is Config =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * Reads a config. A run without a name gets that of its file; paths in `plugins` are relative to the file.
 * @throws WasserflowError E_DATA or E_CONFIG
 */
export async function readConfig(file: string, overrides: readonly string[]): Promise<Config> {
  const parsed = parseYaml(await readText(file), file);
  ensure(isConfig(parsed), 'E_CONFIG', `${file} has no keys and values of a config, e.g. \`space: gaussian\``);
  const config = overrides.reduce<unknown>(override, parsed) as Config;
  const { name = basename(file, extname(file)), plugins = [] } = config;
  return { ...config, name, plugins: Array.isArray(plugins) ? absolutePaths(plugins, dirname(file)) : plugins };
}

/** Where a run is kept that was not told where. */
export function defaultFolder({ name }: Config): string {
  const plain = typeof name === 'string' && /^[\w-][\w.-]*$/.test(name);
  ensure(
    plain,
    'E_CONFIG',
    `${JSON.stringify(name)} cannot name a folder; say where to keep the run with --out`,
    'name',
  );
  return `runs/${name}`;
}
