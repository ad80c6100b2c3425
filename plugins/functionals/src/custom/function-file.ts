/** A function of the user's in a JavaScript file that a config names. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { WasserflowError, ensure } from '@wasserflow/core';

const firstLine = (cause: unknown): string => String(cause instanceof Error ? cause.message : cause).split('\n')[0]!;

const failure = (what: string, cause: unknown): WasserflowError =>
  cause instanceof WasserflowError ? cause : new WasserflowError('E_PLUGIN', `${what}: ${firstLine(cause)}`, { cause });

async function load(path: string): Promise<Readonly<Record<string, unknown>>> {
  ensure(existsSync(path), 'E_PLUGIN', `there is no file ${path}; a relative path starts where the config is`);
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (cause) {
    throw failure(`${path} cannot be loaded`, cause);
  }
}

/** What the file has to say for this export to be there, and what it has instead. */
function missing(path: string, name: string, exported: readonly string[]): string {
  const wanted = name === 'default' ? '`export default (points, ops) => ...`' : `\`export const ${name} = ...\``;
  const found = exported.length > 0 ? `it exports ${exported.join(', ')}` : 'it exports nothing';
  return `${path} has no function \`${name}\` among its exports (${found}); write ${wanted} there`;
}

/**
 * The function that a file exports; what it throws later says where it came from.
 *
 * @param path - of a JavaScript module, relative to the working directory
 * @param name - of the export, `default` for the default export
 * @throws WasserflowError E_PLUGIN when there is no such file, it does not load, or exports no such function
 */
export async function functionIn<F extends (...given: never[]) => unknown>(path: string, name: string): Promise<F> {
  const file = resolve(path);
  const exported = await load(file);
  const found = exported[name];
  ensure(typeof found === 'function', 'E_PLUGIN', () => missing(file, name, Object.keys(exported)));
  const guarded = (...given: never[]): unknown => {
    try {
      return (found as F)(...given);
    } catch (cause) {
      throw failure(`the function \`${name}\` of ${file} fails`, cause);
    }
  };
  return guarded as F;
}
