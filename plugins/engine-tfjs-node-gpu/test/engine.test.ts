import { createWasserflow } from '@wasserflow/core';
import plugin, { bindings, diagnose, thisMachine, type EngineId } from '@wasserflow/engine-tfjs-node-gpu';
import { describe, expect, it } from 'vitest';

const wasserflow = createWasserflow({ plugins: [plugin] });
const definitions = wasserflow.catalogue.list().map(({ definition }) => definition);

describe.each(Object.keys(bindings) as EngineId[])('%s', (id) => {
  const findings = diagnose(bindings[id], thisMachine());

  it('tells a doctor what it finds missing here', async () => {
    expect(await definitions.find((definition) => definition.id === id)!.diagnose!()).toEqual(findings);
  });

  it.skipIf(findings.length === 0)('refuses to start without, with the commands that mend it', async () => {
    const error = await wasserflow.create('engine', id).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'E_ENGINE', path: 'engine' });
    for (const { problem, remedy } of findings) expect(String(error)).toContain(`${problem} (mend it: ${remedy})`);
  });

  it('takes a whole positive number of threads only', async () => {
    await expect(wasserflow.create('engine', { id, threads: 0 })).rejects.toMatchObject({ code: 'E_CONFIG' });
  });
});
