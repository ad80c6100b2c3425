/** Every config of examples/published gives the published numbers, to all printed digits. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { firstPartyPlugins, readConfig } from 'wasserflow';
import { createWasserflow } from '@wasserflow/core';
import { agrees } from '@wasserflow/observers';
import { expect, test } from 'vitest';

interface Published {
  readonly meter?: string;
  readonly squared?: boolean;
  readonly values: Readonly<Record<string, string>>;
}

const folder = fileURLToPath(new URL('../../examples/published', import.meta.url));
const configs = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** W2^2(p_0, q) / (2 gamma) (1 + gamma lambda / 2)^-(n - 1), from N(5, 2.5^2) to N(0, 5^2) with gamma = 1 / 2. */
const proximal = (n: number): number => (5 ** 2 + 2.5 ** 2) * (1 + 0.5 / 25 / 2) ** -(n - 1);
/** (1 - gamma lambda)^n W2^2(p_0, q), from N(10, 10^2) to N(0, 1) with gamma = 1 / 5. */
const forwardBackward = (n: number): number => (1 - 0.2) ** n * (10 ** 2 + 9 ** 2);
/** Where the published numbers are printed as zero: nothing is left but rounding. */
const vanished = (n: number): number => (n >= 1000 ? 1e-12 : Infinity);

/** What the number after n steps is at most, at every step. */
const bounds: Readonly<Record<string, (n: number) => number>> = {
  'flat-gaussian-jko.yaml': proximal,
  'flat-gaussian-accelerated-jko.yaml': proximal,
  'proximal-gradient.yaml': forwardBackward,
  'ill-conditioned-gaussian-mirror.yaml': vanished,
  'ill-conditioned-gaussian-preconditioned-forward-backward.yaml': vanished,
  'ill-conditioned-gaussian-preconditioned-forward-euler.yaml': vanished,
};

test('there are six schemes on an ill-conditioned Gaussian, two on a flat one, and the proximal gradient', () => {
  expect(configs).toHaveLength(9);
  expect(Object.keys(bounds).filter((name) => !configs.includes(name))).toEqual([]);
});

/** The number of every step of the config's run, and the published ones. */
async function run(name: string) {
  const wasserflow = createWasserflow({ plugins: await firstPartyPlugins() });
  const { observers, ...config } = (await readConfig(`${folder}/${name}`, [])) as { observers: [Published] };
  const [{ meter = 'value', squared, values }] = observers;
  const opened = await wasserflow.open({ ...config, observers: [] });
  const found: number[] = [];
  opened.events.on('step:end', ({ step, metrics }) => {
    found[step] = squared ? metrics[meter]! ** 2 : metrics[meter]!;
  });
  await opened.finish();
  await opened.dispose();
  return { found, values };
}

test.each(configs)('%s', async (name) => {
  const { found, values } = await run(name);
  for (const [step, printed] of Object.entries(values))
    expect(agrees(found[Number(step)]!, printed), `step ${step}: ${found[Number(step)]} and not ${printed}`).toBe(true);
  const most = bounds[name] ?? (() => Infinity);
  // Before any step a bound is an equality, or says nothing.
  const above = found.flatMap((value, n) => (n > 0 && !(Math.abs(value) <= most(n)) ? [`step ${n}: ${value}`] : []));
  expect(above).toEqual([]);
  expect(found.length > 1499 || most !== vanished).toBe(true);
});
