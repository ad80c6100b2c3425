/** What a package says that it needs, and what its sources take. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Import {
  readonly name: string;
  /** Types alone: gone at run time. */
  readonly typesOnly: boolean;
  /** `import(...)`: loaded when it is called. */
  readonly later: boolean;
  /** `import x = require(...)`: as CommonJS, which is not searched for names. */
  readonly required: boolean;
}

export interface Source {
  /** Path inside the package, e.g. `src/run/driver.ts`. */
  readonly path: string;
  readonly imports: readonly Import[];
  /** The text without comments, and strings emptied. */
  readonly code: string;
}

export interface Package {
  /** Path inside the repository, e.g. `plugins/schemes`. */
  readonly path: string;
  readonly name: string;
  readonly dependencies: readonly string[];
  /** Peers that may be absent, and so are named at run time only. */
  readonly optional: readonly string[];
  /** Paths of the packages that its build waits for. */
  readonly references: readonly string[];
  readonly sources: readonly Source[];
}

// In turn: comments, strings and templates. A regular expression that holds a quote would mislead it.
const commentOrText = /\/\/.*|\/\*[^]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
const isComment = (token: string): boolean => token.startsWith('/');

const withoutComments = (text: string): string =>
  text.replace(commentOrText, (token) => (isComment(token) ? ' ' : token));

/** The code alone, strings emptied; templates stay, for what they insert is code. */
export const codeOf = (text: string): string =>
  text.replace(commentOrText, (token) => {
    if (isComment(token)) return ' ';
    return token.startsWith('`') ? token : token[0]! + token.at(-1)!;
  });

const statements = /\b(?:import|export)\s+(type\s)?(?:[\w*{}\s,$]+?\s+from\s+)?['"]([^'"]+)['"]/g;
const requirements = /\bimport\s+\w+\s*=\s*require\(['"]([^'"]+)['"]\)/g;
const calls = /(?<!\bimport\s+\w+\s*=\s*)\b(?:import|require(?:\.resolve)?)\s*\(\s*['"]([^'"]+)['"]/g;

/** Every import of a module: statements, re-exports, calls. */
export function importsOf(text: string): Import[] {
  const bare = withoutComments(text);
  const plain = { typesOnly: false, later: false, required: false };
  const stated = [...bare.matchAll(statements)].map(([, types, name]) => ({
    ...plain,
    name: name!,
    typesOnly: types !== undefined,
  }));
  const required = [...bare.matchAll(requirements)].map(([, name]) => ({ ...plain, name: name!, required: true }));
  const called = [...bare.matchAll(calls)].map(([, name]) => ({ ...plain, name: name!, later: true }));
  return [...stated, ...required, ...called];
}

/** `@scope/name` of `@scope/name/file.js`, `name` of `name/file.js`. */
export const packageOf = (name: string): string =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

export const isBuiltin = ({ name }: Import): boolean => name.startsWith('node:');
export const isRelative = ({ name }: Import): boolean => name.startsWith('.');

const readJson = (path: string): Record<string, any> => JSON.parse(readFileSync(path, 'utf8')) as Record<string, any>;

function readSource(folder: string, path: string): Source {
  const text = readFileSync(join(folder, path), 'utf8');
  return { path, imports: importsOf(text), code: codeOf(text) };
}

function readPackage(root: string, path: string): Package {
  const folder = join(root, path);
  const manifest = readJson(join(folder, 'package.json'));
  const { name, dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const { references = [] } = readJson(join(folder, 'tsconfig.json'));
  const files = readdirSync(join(folder, 'src'), { recursive: true }) as string[];
  return {
    path,
    name: String(name),
    dependencies: Object.keys({ ...dependencies, ...peerDependencies }),
    optional: Object.keys(peerDependenciesMeta).filter((peer) => peerDependenciesMeta[peer].optional === true),
    references: (references as { path: string }[]).map((reference) => join(path, reference.path)),
    sources: files.filter((file) => file.endsWith('.ts')).map((file) => readSource(folder, join('src', file))),
  };
}

/** Every package below `packages/` and `plugins/`. */
export const readPackages = (root: string): Package[] =>
  ['packages', 'plugins'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => readPackage(root, join(group, name))),
  );
