import {
  createWasserflow,
  defineEngine,
  defineFunctional,
  definePlugin,
  defineScheme,
  ENGINE,
  overrideConfig,
  part,
  RANDOM,
  stepTo,
  token,
  WasserflowError,
  type Definition,
  type Scheme,
} from '@wasserflow/core';
import { describe, expect, it } from 'vitest';
import { config, toy, wasserflowOf } from './toy.js';

const withMore = (...contributes: Definition[]) =>
  createWasserflow({ plugins: [toy(), definePlugin({ name: 'more', contract: 1, contributes })] });
const changed = (path: string, value: unknown) => overrideConfig(config, path, value);
const still: Scheme = {
  id: 'still',
  requires: () => [],
  init: (measure) => ({ measure }),
  step: async ({ measure }) => stepTo(measure),
};

describe('what does not fit is refused before anything is computed:', () => {
  it.each([
    [
      changed('scheme', 'euler'),
      'E_UNSUPPORTED',
      'scheme: `euler` cannot run here: space `line` has no operation `gradient`; schemes that can: jko, still',
    ],
    [
      changed('problem.functional', 'rough'),
      'E_UNSUPPORTED',
      'scheme: `jko` cannot run here: `prox` of `rough` on space `line`: it is not smooth; schemes that can: still',
    ],
    [
      changed('meters.1', 'nll'),
      'E_UNSUPPORTED',
      'meters.1: meter `nll` cannot measure here: space `line` has no operation `logDensity`',
    ],
    [
      changed('problem.functional', { id: 'square', target: { id: 'dirac', at: 0, dimension: 3 } }),
      'E_CONFIG',
      'problem: `square` lives on R^3, but the initial law `dirac` on R^1',
    ],
  ])('case %#', async (given, code, message) => {
    await expect(wasserflowOf().open(given)).rejects.toThrow(expect.objectContaining({ code, message }));
  });

  it('a structure that the functional lacks', async () => {
    const split = defineScheme({
      id: 'split',
      title: 'Needs a split',
      create: () => ({
        ...still,
        requires(G) {
          throw new WasserflowError('E_UNSUPPORTED', `functional \`${G.id}\` has no smooth part`);
        },
      }),
    });
    const refused = withMore(split).open(changed('scheme', 'split'));
    await expect(refused).rejects.toThrow('`split` cannot run here: functional `square` has no smooth part; schemes');
  });
});

describe('what a contribution asks for', () => {
  it('is given: the random stream of the set-up depends on the seed alone', async () => {
    const keys: string[] = [];
    const random = defineScheme({
      id: 'random',
      title: 'Random',
      inject: [RANDOM],
      create: (_, rng) => (keys.push(rng.key), still),
    });
    await withMore(random).open(changed('scheme', 'random'));
    expect(keys).toEqual(['3/setup']);
  });

  it('is refused by name where there is none', async () => {
    const lost = defineScheme({ id: 'lost', title: 'Lost', inject: [token('moon')], create: () => still });
    await expect(withMore(lost).open(changed('scheme', 'lost'))).rejects.toThrow(
      'scheme: scheme `lost` asks for `wasserflow:moon`, which is not there at this point',
    );
  });

  it('must be something', async () => {
    const empty = defineFunctional({ id: 'empty', title: 'Empty', create: () => undefined as never });
    await expect(withMore(empty).open(changed('problem.functional', 'empty'))).rejects.toThrow(
      'problem.functional: functional `empty` created nothing',
    );
  });
});

describe('an engine', () => {
  const log: string[] = [];
  const engine = defineEngine({
    id: 'tfjs',
    title: 'Counts',
    create() {
      log.push('engine');
      return {
        id: 'tfjs',
        compile: () => Promise.reject(new Error('no')),
        report: () => ({ id: 'tfjs', version: '1', backend: 'none', threads: 1 }),
        dispose: () => log.push('end'),
      };
    },
  });
  const user = defineScheme({ id: 'user', title: 'Uses it', inject: [ENGINE], create: () => still });

  it('is the default one, and starts only for a run that computes with it', async () => {
    const wasserflow = withMore(engine, user);
    expect((await wasserflow.open(config)).composed.engine).toBeUndefined();
    expect(log).toEqual([]);
    const run = await wasserflow.open(changed('scheme', 'user'));
    expect(run.composed.engine).toMatchObject({ id: 'tfjs' });
    expect(log).toEqual(['engine']);
    await run.dispose();
    expect(log).toEqual(['engine', 'end']);
  });

  it('is asked for by name where none is registered', async () => {
    await expect(withMore(user).open(changed('scheme', 'user'))).rejects.toThrow('engine: this run computes with');
  });
});

const ending = (log: string[], id: string, broken = false) =>
  defineFunctional({
    id,
    title: id,
    parts: id === 'outer' ? { inside: part('functional') } : {},
    create: () =>
      Object.assign(
        { id },
        {
          dispose() {
            log.push(id);
            if (broken) throw new Error(`${id} does not end`);
          },
        },
      ),
  });

describe('disposal', () => {
  const reference = { id: 'outer', inside: 'inner' };

  it('goes from the last created to the first, past one that fails', async () => {
    const log: string[] = [];
    const run = await withMore(ending(log, 'inner'), ending(log, 'outer')).open(
      changed('problem.functional', reference),
    );
    await run.dispose();
    expect(log).toEqual(['outer', 'inner']);
    const broken: string[] = [];
    const other = await withMore(ending(broken, 'inner'), ending(broken, 'outer', true)).open(
      changed('problem.functional', reference),
    );
    await expect(other.dispose()).rejects.toThrow('outer does not end');
    expect(broken).toEqual(['outer', 'inner']);
  });

  it('happens when a later part does not fit', async () => {
    const log: string[] = [];
    const given = overrideConfig(changed('problem.functional', reference), 'scheme', 'euler');
    await expect(withMore(ending(log, 'inner'), ending(log, 'outer')).open(given)).rejects.toThrow('gradient');
    expect(log).toEqual(['outer', 'inner']);
  });
});
