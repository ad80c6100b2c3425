import { createWasserflow, defineEngine, definePlugin, WasserflowError, type Definition } from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import type { Engine } from '@wasserflow/tensor';
import { expect, test } from 'vitest';
import { examineEngine } from '../src/engine-health.js';

/** Options as they come: the schema of another library than ours. */
const anything = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value }) } };

const cpu = await tfjsEngine('cpu');
const examine = (definition: Definition) =>
  examineEngine(
    createWasserflow({ plugins: [definePlugin({ name: 'p', contract: 1, contributes: [definition] })] }),
    definition,
  );

test('every variant is started and said', async () => {
  const definition = defineEngine({
    id: 'two',
    title: 'Two devices',
    options: anything,
    variants: [{}, { device: 'b' }],
    create: ({ device = 'a' }: { device?: string }): Engine => ({
      ...cpu,
      report: () => ({ ...cpu.report(), adapter: device }),
    }),
  });
  expect(await examine(definition)).toEqual([
    { ...cpu.report(), options: {}, adapter: 'a' },
    { ...cpu.report(), options: { device: 'b' }, adapter: 'b' },
  ]);
});

test('what an engine knows to be missing is told, and the engine is not started', async () => {
  const missing = [{ problem: 'no driver', remedy: 'install it' }];
  const create = (): Engine => {
    throw new Error('it was started');
  };
  const definition = defineEngine({ id: 'bare', title: 'Without a driver', diagnose: async () => missing, create });
  expect(await examine(definition)).toEqual([{ id: 'bare', options: {}, problems: missing }]);
});

test('an engine that cannot start says so in its own words, without the place in a config', async () => {
  const create = (): Engine => {
    throw new WasserflowError('E_ENGINE', 'there is no adapter');
  };
  expect(await examine(defineEngine({ id: 'shy', title: 'Never starts', create }))).toEqual([
    { id: 'shy', options: {}, problems: [{ problem: 'there is no adapter' }] },
  ]);
});

test.each([
  ['cannot compile', { ...cpu, compile: () => Promise.reject(new Error('no compiler\n    at a line')) }, 'no compiler'],
  [
    'computes something else',
    {
      ...cpu,
      compile: (name: string, _: never, example: never) => cpu.compile(name, ({ a }) => ({ sum: a }), example),
    },
    'it computes 1 + 1 = 1',
  ],
])('an engine that starts but %s is found out', async (_, engine, problem) => {
  const definition = defineEngine({ id: 'odd', title: 'Starts', create: () => engine as unknown as Engine });
  expect(await examine(definition)).toMatchObject([{ problems: [{ problem }] }]);
});
