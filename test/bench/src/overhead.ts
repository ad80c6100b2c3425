/** What the framework costs around the numerics: start-up, and the driver with events and composition. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  createWasserflow,
  defineDistribution,
  defineFunctional,
  definePlugin,
  defineSpace,
  energy,
  INITIAL,
} from '@wasserflow/core';
import schemes from '@wasserflow/schemes';
import { medianOf, race, table } from './harness.js';

const cli = fileURLToPath(new URL('../../../packages/cli/dist/bin.js', import.meta.url));

/** A space whose every step is free: what remains is the framework. */
const free = definePlugin({
  name: 'free',
  contract: 1,
  contributes: [
    defineDistribution({ id: 'nowhere', title: 'A point', create: () => ({ id: 'nowhere', dimension: 1 }) }),
    defineFunctional({ id: 'zero', title: 'Zero', create: () => energy('zero', { entropy: 0, constant: 0 }) }),
    defineSpace({
      id: 'free',
      title: 'Steps that cost nothing',
      inject: [INITIAL],
      create: (_, { dimension }) => ({
        id: 'free',
        dimension,
        initial: async () => ({ at: 0 }),
        prox: async (_: unknown, { at }: { at: number }) => ({ measure: { at: at + 1 }, status: 'ok' as const }),
      }),
    }),
  ],
});

async function driverMicroseconds(count: number): Promise<number> {
  const wasserflow = createWasserflow({ plugins: [free, schemes] });
  const config = {
    name: 'overhead',
    space: 'free',
    problem: { initial: 'nowhere', functional: 'zero' },
    scheme: 'jko',
    steps: { count, size: 1 },
    meters: [],
  };
  const start = performance.now();
  const run = await wasserflow.open(config);
  run.events.on('step:end', () => {});
  await run.finish();
  await run.dispose();
  return ((performance.now() - start) / count) * 1e3;
}

/** Prints start-up and per-step overhead; returns the numbers. */
export async function overhead(): Promise<Record<string, number>> {
  const help = () => promisify(execFile)(process.execPath, [cli, '--help']);
  const node = () => promisify(execFile)(process.execPath, ['-e', '']);
  const [bare, started] = await race(
    [
      { name: 'node', run: node },
      { name: '--help', run: help },
    ],
    { rounds: 15 },
  );
  const samples: number[] = [];
  for (let i = 0; i < 9; i++) samples.push(await driverMicroseconds(500));
  const perStep = medianOf(samples);
  const share = (perStep / 10_000) * 100;
  console.log(
    table(
      ['what', 'measured', 'target'],
      [
        ['wasserflow --help (ms)', started!.median, '< 200'],
        ['  of which node itself (ms)', bare!.median, ''],
        ['driver, events, composition (us per step, 500 steps)', perStep, ''],
        ['  as a share of a 10 ms step (%)', share, '< 1'],
      ],
    ),
  );
  return { helpMs: started!.median, nodeMs: bare!.median, driverUs: perStep, driverShare: share };
}
