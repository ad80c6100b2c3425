/** Composition of contributions; the only file that knows the dependency-injection library. */
// oxlint-disable-next-line import/no-unassigned-import -- it patches the global Reflect
import 'reflect-metadata';
import { Container, type ServiceIdentifier } from 'inversify';
import { WasserflowError, ensure } from '../errors.js';
import type { Contributions, Definition, Kind } from './definition.js';
import type { Plan } from './plan.js';
import type { Token } from './tokens.js';

/** Creates contributions with what they ask for, and disposes of them in reverse order. */
export interface Scope {
  provide<T>(token: Token<T>, value: T): void;
  create<K extends Kind>(plan: Plan<K>): Promise<Contributions[K]>;
  dispose(): Promise<void>;
}

const identifier = (t: Token<unknown>): ServiceIdentifier<any> => t.key;

interface Disposable {
  dispose?: () => void | Promise<void>;
}

export function createScope(): Scope {
  const container = new Container({ defaultScope: 'Singleton' });
  const created: Disposable[] = [];

  async function createParts(plan: Plan): Promise<Record<string, unknown>> {
    const parts: Record<string, unknown> = {};
    for (const [name, child] of Object.entries(plan.parts)) {
      if (!Array.isArray(child)) parts[name] = await create(child as Plan);
      else {
        const list: unknown[] = [];
        for (const item of child) list.push(await create(item));
        parts[name] = list;
      }
    }
    return parts;
  }

  function checkInjected({ kind, id, inject = [] }: Definition, path: string): void {
    const missing = inject.find((t) => !container.isBound(identifier(t)));
    const name = missing?.key.description;
    ensure(!missing, 'E_PLUGIN', `${kind} \`${id}\` asks for \`${name}\`, which is not there at this point`, path);
  }

  async function create<K extends Kind>(plan: Plan<K>): Promise<Contributions[K]> {
    const { definition, options, path } = plan;
    checkInjected(definition, path);
    const given = { ...options, ...(await createParts(plan)) };
    const key = Symbol(path);
    const factory = async (...injected: unknown[]) => definition.create(given, ...injected);
    container.bind(key).toResolvedValue(factory as never, (definition.inject ?? []).map(identifier) as never);
    const instance = await withPath(path, () => container.getAsync<Contributions[K]>(key));
    const { kind, id } = definition;
    ensure(instance && typeof instance === 'object', 'E_PLUGIN', `${kind} \`${id}\` created nothing`, path);
    created.push(instance as Disposable);
    return instance;
  }

  return {
    provide: (t, value) => void container.bind(identifier(t)).toConstantValue(value),
    create,
    async dispose() {
      const errors: unknown[] = [];
      for (const instance of created.splice(0).toReversed())
        await (async () => instance.dispose?.())().catch((error) => errors.push(error));
      if (errors.length > 0) throw errors[0];
    },
  };
}

/** Errors of a `create` get the config path of what was created. */
async function withPath<T>(path: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof WasserflowError && error.path === undefined)
      throw new WasserflowError(error.code, error.message, { path, cause: error });
    throw error;
  }
}
