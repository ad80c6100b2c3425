/** Which plugins a command works with: ours, and those that a config names. */
import { existsSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { WasserflowError, checkPlugin, ensure, type Plugin } from '@wasserflow/core';

const ours: Readonly<Record<string, () => Promise<{ default: Plugin }>>> = {
  '@wasserflow/engine-tfjs': () => import('@wasserflow/engine-tfjs'),
  '@wasserflow/engine-onnx': () => import('@wasserflow/engine-onnx'),
  '@wasserflow/engine-tfjs-node-gpu': () => import('@wasserflow/engine-tfjs-node-gpu'),
  '@wasserflow/space-gaussian': () => import('@wasserflow/space-gaussian'),
  '@wasserflow/space-particles': () => import('@wasserflow/space-particles'),
  '@wasserflow/space-quantile': () => import('@wasserflow/space-quantile'),
  '@wasserflow/space-grid': () => import('@wasserflow/space-grid'),
  '@wasserflow/space-flow': () => import('@wasserflow/space-flow'),
  '@wasserflow/kernels': () => import('@wasserflow/kernels'),
  '@wasserflow/scores': () => import('@wasserflow/scores'),
  '@wasserflow/functionals': () => import('@wasserflow/functionals'),
  '@wasserflow/schemes': () => import('@wasserflow/schemes'),
  '@wasserflow/blocks': () => import('@wasserflow/blocks'),
  '@wasserflow/datasets': () => import('@wasserflow/datasets'),
  '@wasserflow/targets': () => import('@wasserflow/targets'),
  '@wasserflow/meters': () => import('@wasserflow/meters'),
  '@wasserflow/observers': () => import('@wasserflow/observers'),
};

const pluginOf = (module: object, name: string): Plugin =>
  checkPlugin('default' in module ? module.default : undefined, name);

/** The plugins that come with Wasserflow. */
export const firstPartyPlugins = async (): Promise<Plugin[]> =>
  Promise.all(Object.entries(ours).map(async ([name, load]) => pluginOf(await load(), name)));

/** A plugin is named by a path, which begins with `.` or `/`, or as a package. */
const isPath = (name: string): boolean => name.startsWith('.') || isAbsolute(name);

/** The plugin list of a config with its paths made absolute, so that the config means the same anywhere. */
export const absolutePaths = (names: readonly unknown[], folder: string): unknown[] =>
  names.map((name) => (typeof name === 'string' && isPath(name) ? resolve(folder, name) : name));

const cannotLoad = (name: string, cause: unknown): WasserflowError => {
  const [reason] = String(cause instanceof Error ? cause.message : cause).split('\n');
  return new WasserflowError('E_PLUGIN', `plugin "${name}" cannot be loaded: ${reason}`, { cause });
};

async function loadFile(path: string): Promise<object> {
  ensure(existsSync(path), 'E_PLUGIN', `there is no plugin at ${path}`);
  return import(pathToFileURL(path).href) as Promise<object>;
}

/** Where an ES module in one of `folders`, the first that has it, would find a package. */
async function addressOf(name: string, folders: readonly string[]): Promise<string> {
  const { resolve: resolveModule } = await import('import-meta-resolve');
  for (const folder of folders)
    try {
      return resolveModule(name, pathToFileURL(join(resolve(folder), 'config.js')).href);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    }
  const places = folders.map((folder) => resolve(folder)).join(' and ');
  throw new WasserflowError('E_PLUGIN', `there is no package "${name}" to be found from ${places}; install it there`);
}

const loadPackage = async (name: string, folders: readonly string[]): Promise<object> =>
  import(await addressOf(name, folders)) as Promise<object>;

async function loadPlugin(name: string, folders: readonly string[]): Promise<Plugin> {
  try {
    return pluginOf(await (isPath(name) ? loadFile(name) : loadPackage(name, folders)), `"${name}"`);
  } catch (error) {
    throw error instanceof WasserflowError ? error : cannotLoad(name, error);
  }
}

/**
 * Ours, and those that a config names; one that is ours anyway may be named too.
 *
 * @param config - its `plugins` is a list of absolute paths and of packages; anything else is left to the
 *   config's own validation
 * @param folders - where packages are looked for
 * @throws WasserflowError E_PLUGIN for one that is not there, does not load or is no plugin
 */
export async function pluginsOf(config: { readonly plugins?: unknown }, folders: readonly string[]): Promise<Plugin[]> {
  const names = Array.isArray(config.plugins) ? config.plugins.filter((name) => typeof name === 'string') : [];
  const plugins = await firstPartyPlugins();
  for (const name of names) plugins.push(await loadPlugin(name, folders));
  return [...new Set(plugins)];
}
