import { closest } from 'fastest-levenshtein';
import { WasserflowError, ensure } from '../errors.js';
import { CONTRACT, type Definition, type Kind, type Plugin } from './definition.js';

/** Every definition that the registered plugins contribute, by kind and id; fixed once built. */
export interface Catalogue {
  readonly plugins: readonly Plugin[];
  /** @throws WasserflowError E_CONFIG with the nearest id, when there is none of this kind. */
  find<K extends Kind>(kind: K, id: string, path: string): Definition<K>;
  list(): readonly { definition: Definition; plugin: string }[];
}

const isPlugin = (value: unknown): value is Plugin =>
  value !== null &&
  typeof value === 'object' &&
  typeof (value as Plugin).name === 'string' &&
  Array.isArray((value as Plugin).contributes);

const isDefinition = (value: unknown): value is Definition => {
  const { kind, id, create } = (value ?? {}) as Partial<Definition>;
  return typeof kind === 'string' && typeof id === 'string' && typeof create === 'function';
};

/** Refuses what is no plugin of this contract. `from` says where it came from. */
export function checkPlugin(value: unknown, from: string): Plugin {
  ensure(
    isPlugin(value),
    'E_PLUGIN',
    `${from} has no plugin as its default export; write \`export default definePlugin({ ... })\``,
  );
  ensure(
    value.contract === CONTRACT,
    'E_PLUGIN',
    `plugin "${value.name}" was written for contract ${String(value.contract)}, this is contract ${CONTRACT}`,
  );
  const broken = value.contributes.findIndex((definition) => !isDefinition(definition));
  ensure(broken < 0, 'E_PLUGIN', `contribution ${broken + 1} of plugin "${value.name}" has no kind, id or create`);
  return value;
}

function checkNames(plugins: readonly Plugin[]): readonly Plugin[] {
  const names = plugins.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  ensure(twice === undefined, 'E_PLUGIN', `two plugins are called "${twice}"; leave one out, or rename it`);
  return plugins;
}

/** "did you mean" for a word that is not among those allowed. */
export function suggestion(word: string, allowed: readonly string[]): string {
  if (allowed.length === 0) return 'none is registered';
  return `did you mean \`${closest(word, [...allowed])}\`? Allowed: ${[...allowed].sort().join(', ')}`;
}

/**
 * @throws WasserflowError E_PLUGIN when two plugins share a name or contribute the same id.
 */
export function createCatalogue(plugins: readonly Plugin[]): Catalogue {
  const entries = new Map<string, { definition: Definition; plugin: string }>();
  for (const plugin of checkNames(plugins.map((p, i) => checkPlugin(p, `plugin ${i + 1}`))))
    for (const definition of plugin.contributes) {
      const key = `${definition.kind}:${definition.id}`;
      const other = entries.get(key);
      ensure(
        other === undefined,
        'E_PLUGIN',
        () =>
          `plugins "${other!.plugin}" and "${plugin.name}" both contribute ${definition.kind} \`${definition.id}\`; leave one out`,
      );
      entries.set(key, { definition, plugin: plugin.name });
    }
  const idsOf = (kind: Kind) =>
    [...entries.values()].filter((e) => e.definition.kind === kind).map((e) => e.definition.id);
  return Object.freeze({
    plugins,
    list: () => [...entries.values()],
    find<K extends Kind>(kind: K, id: string, path: string) {
      const entry = entries.get(`${kind}:${id}`);
      if (entry === undefined)
        throw new WasserflowError('E_CONFIG', `there is no ${kind} \`${id}\`; ${suggestion(id, idsOf(kind))}`, {
          path,
        });
      return entry.definition as Definition<K>;
    },
  });
}
