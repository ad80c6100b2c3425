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

test('there are six schemes on an ill-conditioned Gaussian, two on a flat one, and the proximal gradient', () => {
  expect(configs).toHaveLength(9);
});

test.each(configs)('%s', async (name) => {
  const wasserflow = createWasserflow({ plugins: await firstPartyPlugins() });
  const { observers, ...config } = (await readConfig(`${folder}/${name}`, [])) as { observers: [Published] };
  const [{ meter = 'value', squared, values }] = observers;
  const run = await wasserflow.open({ ...config, observers: [] });
  const found = new Map<number, number>();
  run.events.on('step:end', ({ step, metrics }) => {
    if (step in values) found.set(step, squared ? metrics[meter]! ** 2 : metrics[meter]!);
  });
  await run.finish();
  await run.dispose();
  expect([...found.keys()].map(String).toSorted()).toEqual(Object.keys(values).toSorted());
  for (const [step, value] of found)
    expect(agrees(value, values[step]!), `step ${step}: ${value} and not ${values[step]}`).toBe(true);
});
