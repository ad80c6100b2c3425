import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

export interface Installed {
  readonly folder: string;
  readonly version: string;
}

/** The facts that a diagnosis rests on. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  readonly node: string;
  /** The version of Node-API. */
  readonly napi: number;
  /** The folders of LD_LIBRARY_PATH. */
  readonly libraryPath: readonly string[];
  /** The command that adds a package to this project, without the package. */
  readonly add: string;
  exists(path: string): boolean;
  installed(name: string): Installed | undefined;
  /** What `ldconfig -p` prints; empty where there is no ldconfig. */
  ldconfig(): string;
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

function installed(name: string): Installed | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    return { folder: dirname(manifest), version };
  } catch (error) {
    if (codeOf(error) !== 'MODULE_NOT_FOUND') throw error;
    return undefined;
  }
}

function ldconfig(): string {
  try {
    // By its full name: /sbin is not on everyone's PATH.
    return execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return '';
  }
}

/** The package manager of the project that this file is installed in. */
function addCommand(folder: string): string {
  if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return 'pnpm add -w';
  if (existsSync(join(folder, 'pnpm-lock.yaml'))) return 'pnpm add';
  const above = dirname(folder);
  return above === folder ? 'npm install' : addCommand(above);
}

export const thisMachine = (): Machine => ({
  platform: process.platform,
  arch: process.arch,
  node: process.versions.node,
  napi: Number(process.versions['napi']),
  libraryPath: (process.env['LD_LIBRARY_PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
  add: addCommand(import.meta.dirname),
  exists: existsSync,
  installed,
  ldconfig,
});
