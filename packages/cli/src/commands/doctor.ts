import { cpus, platform, release, totalmem } from 'node:os';
import { createWasserflow, WasserflowError, type Wasserflow } from '@wasserflow/core';
import type { EngineReport } from '@wasserflow/tensor';
import { exitCodes } from '../exit-codes.js';
import { firstPartyPlugins } from '../plugins.js';
import { table } from '../table.js';

type EngineHealth = EngineReport | { readonly id: string; readonly problem: string };

async function examine({ create }: Wasserflow, id: string): Promise<EngineHealth> {
  try {
    const { value, dispose } = await create('engine', id);
    const report = value.report();
    await dispose();
    return report;
  } catch (error) {
    // Whatever keeps an engine from starting is what a doctor is asked for.
    const reason = error instanceof Error ? error.message : String(error);
    return { id, problem: error instanceof WasserflowError ? reason : (reason.split('\n')[0] ?? '') };
  }
}

function machine() {
  const processors = cpus();
  return {
    node: process.version,
    platform: `${platform()}-${process.arch} ${release()}`,
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memory: totalmem(),
  };
}

const row = (engine: EngineHealth): string[] =>
  'problem' in engine
    ? [engine.id, '', '', '', `cannot start: ${engine.problem}`]
    : [engine.id, engine.version, engine.backend, String(engine.threads), 'starts'];

function say({ node, platform, cpu, cores, memory }: ReturnType<typeof machine>, engines: EngineHealth[]): void {
  const facts = { node, platform, cpu: `${cpu}, ${cores} cores`, memory: `${(memory / 2 ** 30).toFixed(1)} GiB` };
  process.stdout.write(
    Object.entries(facts)
      .map(([name, value]) => `${name.padEnd(10)}${value}\n`)
      .join(''),
  );
  process.stdout.write(`\n${table(['engine', 'version', 'backend', 'threads', 'health'], engines.map(row))}`);
}

/** `wasserflow doctor`: this machine, and which engines start on it; fails where none does. */
export async function doctor({ json }: { readonly json?: boolean }): Promise<number> {
  const wasserflow = createWasserflow({ plugins: await firstPartyPlugins() });
  const ids = wasserflow.catalogue.list().filter(({ definition }) => definition.kind === 'engine');
  const engines: EngineHealth[] = [];
  for (const { definition } of ids) engines.push(await examine(wasserflow, definition.id));
  const found = machine();
  if (json) console.log(JSON.stringify({ ...found, engines }));
  else say(found, engines);
  return engines.some((engine) => !('problem' in engine)) ? exitCodes.done : exitCodes.failed;
}
