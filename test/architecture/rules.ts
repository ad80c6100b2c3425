/** The house's rules; each returns the sentences of those who break it. */
import { isBuiltin, isRelative, packageOf, type Import, type Package, type Source } from './sources.js';

const isOurs = (name: string): boolean => name === 'wasserflow' || name.startsWith('@wasserflow/');
const isPlugin = ({ path }: Package): boolean => path.startsWith('plugins/');
const isEngine = ({ path }: Package): boolean => path.startsWith('plugins/engine-');

const each = (packages: readonly Package[], rule: (p: Package, s: Source, i: Import) => string | false): string[] =>
  packages.flatMap((p) =>
    p.sources.flatMap((s) =>
      s.imports
        .map((i) => rule(p, s, i))
        .filter((broken) => broken !== false)
        .map((broken) => `${p.path}/${s.path} ${broken}`),
    ),
  );

/** What each of ours may import of ours; a plugin stands for every plugin. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  'packages/tensor': [],
  'packages/core': ['@wasserflow/tensor'],
  'packages/geometry': ['@wasserflow/core', '@wasserflow/tensor'],
  'packages/report': ['@wasserflow/core'],
  'packages/testkit': ['@wasserflow/core', '@wasserflow/tensor'],
  plugins: ['@wasserflow/core', '@wasserflow/tensor', '@wasserflow/geometry'],
};

/** tensor <- core <- geometry <- plugins <- cli, and core <- { report, testkit }. */
export const forbiddenArrows = (packages: readonly Package[]): string[] =>
  each(packages, (p, _, { name }) => {
    if (p.path === 'packages/cli') return false;
    const allowed = arrows[isPlugin(p) ? 'plugins' : p.path] ?? [];
    const target = packageOf(name);
    return isOurs(target) && !allowed.includes(target) && `imports ${target}`;
  });

/** A relative import stays inside its package, and no package is reached into past its front door. */
export const backDoors = (packages: readonly Package[]): string[] =>
  each(packages, (_, { path }, i) => {
    if (isOurs(packageOf(i.name)) && i.name !== packageOf(i.name)) return `reaches into ${i.name}`;
    const depth = path.split('/').length - 2;
    const up = i.name.split('/').filter((part) => part === '..').length;
    return isRelative(i) && up > depth && `leaves its package with ${i.name}`;
  });

/** Libraries that only some may know. */
const keepers: readonly { library: RegExp; may: (p: Package, s: Source) => boolean }[] = [
  {
    library: /^(inversify|reflect-metadata)$/,
    may: (p, s) => p.path === 'packages/core' && s.path === 'src/plugin/container.ts',
  },
  { library: /^eventemitter3$/, may: (p, s) => p.path === 'packages/core' && s.path === 'src/events.ts' },
  { library: /^@tensorflow\//, may: (p) => p.path === 'packages/tensor' || isEngine(p) },
  { library: /^onnxruntime-/, may: isEngine },
  { library: /^(commander|yaml)$/, may: (p) => p.path === 'packages/cli' },
  { library: /^cli-progress$/, may: (p) => p.path === 'plugins/observers' },
];

export const misplacedLibraries = (packages: readonly Package[]): string[] =>
  each(packages, (p, s, { name }) => {
    const keeper = keepers.find(({ library }) => library.test(packageOf(name)));
    return keeper !== undefined && !keeper.may(p, s) && `imports ${name}`;
  });

/**
 * Node searches what it imports from CommonJS for names to export: 0.2 s for the megabyte of tfjs-core. Assignment
 * brings hundreds of modules, 0.2 s too.
 */
export const slowStarts = (packages: readonly Package[]): string[] =>
  each(packages, (_, __, { name, typesOnly, later, required }) => {
    const searched = name === '@tensorflow/tfjs-core' && !typesOnly && !required;
    if (searched) return `imports ${name}; write import tf = require('${name}')`;
    const early = name === 'linear-sum-assignment' && !typesOnly && !later;
    return early && `imports ${name}; write await import('${name}') where it is used`;
  });

const clock = /\b(Date\s*\.\s*now|performance\s*\.\s*now|hrtime)\b|\bnew\s+Date\b/;
const chance = /\bMath\s*\.\s*random\b|\bgetRandomValues\b|\brandom(Bytes|UUID|Int)\b/;
const backend = /\bsetBackend\b/;

/** Nothing a plugin computes may hang on a clock, on chance that no seed holds, or on a global switch. */
export const impurities = (packages: readonly Package[]): string[] =>
  packages
    .filter(isPlugin)
    .flatMap((p) =>
      p.sources.flatMap(({ path, code }) => [
        ...(chance.test(code) ? [`${p.path}/${path} draws random numbers that no stream holds`] : []),
        ...(clock.test(code) && p.path !== 'plugins/observers' ? [`${p.path}/${path} reads a clock`] : []),
        ...(backend.test(code) && !isEngine(p) ? [`${p.path}/${path} switches the backend`] : []),
      ]),
    );

/** Declared dependencies are those that the sources import, but for optional peers. */
export const dependencyLists = (packages: readonly Package[]): string[] =>
  packages.flatMap((p) => {
    const imports = p.sources.flatMap((s) => s.imports).filter((i) => !isBuiltin(i) && !isRelative(i));
    const used = new Set(imports.map(({ name }) => packageOf(name)));
    const idle = p.dependencies.filter((name) => !used.has(name) && !p.optional.includes(name));
    return [
      ...[...used].filter((name) => !p.dependencies.includes(name)).map((name) => `${p.path} does not declare ${name}`),
      ...idle.map((name) => `${p.path} declares ${name} and never uses it`),
    ];
  });

/** A build waits for the packages that a package depends on. */
export const buildOrder = (packages: readonly Package[]): string[] => {
  const pathOf = new Map(packages.map(({ name, path }) => [name, path]));
  return packages.flatMap(({ path, dependencies, references }) =>
    dependencies
      .map((name) => pathOf.get(name))
      .filter((needed) => needed !== undefined && !references.includes(needed))
      .map((needed) => `${path}/tsconfig.json does not refer to ${needed}`),
  );
};

/** What is loaded before anything is asked for: from `start`, along imports that are not put off. */
export function loadedAtOnce({ sources }: Package, start: string): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const [seen, queue, outside] = [new Set<string>(), [start], new Set<string>()];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const i of byPath.get(path)!.imports.filter(({ typesOnly, later }) => !typesOnly && !later)) {
      if (isRelative(i)) queue.push(sourceOf(path, i.name));
      else outside.add(i.name);
    }
  }
  return [...outside].filter((name) => !name.startsWith('node:'));
}

/** `src/a/b.js` seen from `src/c.ts` as `./a/b.js` is `src/a/b.ts`. */
const sourceOf = (from: string, name: string): string =>
  new URL(name, `file:///${from}`).pathname.slice(1).replace(/\.js$/, '.ts');
