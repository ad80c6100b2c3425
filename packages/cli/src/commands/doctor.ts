import { cpus, platform, release, totalmem } from 'node:os';
import { createWasserflow } from '@wasserflow/core';
import { examineEngine, type EngineHealth } from '../engine-health.js';
import { exitCodes } from '../exit-codes.js';
import { firstPartyPlugins } from '../plugins.js';
import { table } from '../table.js';

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

const starts = (engine: EngineHealth): boolean => !('problems' in engine);

const nameOf = ({ id, options }: EngineHealth): string =>
  [id, ...Object.entries(options).map(([name, value]) => `${name}=${String(value)}`)].join(' ');

const row = (engine: EngineHealth): string[] =>
  'problems' in engine
    ? [nameOf(engine), '', '', '', '', 'cannot start']
    : [nameOf(engine), engine.version, engine.backend, String(engine.threads), engine.adapter ?? 'processor', 'starts'];

/** Each thing that is missing, with what mends it on a line of its own, to be copied. */
function complaint(engine: EngineHealth): string {
  if (!('problems' in engine)) return '';
  const lines = engine.problems.flatMap(({ problem, remedy }) => [
    `  ${problem}`,
    ...(remedy === undefined ? [] : [`      ${remedy}`]),
  ]);
  return `\n${[`${nameOf(engine)} cannot start:`, ...lines].join('\n')}\n`;
}

function say({ node, platform, cpu, cores, memory }: ReturnType<typeof machine>, engines: EngineHealth[]): void {
  const facts = { node, platform, cpu: `${cpu}, ${cores} cores`, memory: `${(memory / 2 ** 30).toFixed(1)} GiB` };
  const header = ['engine', 'version', 'backend', 'threads', 'adapter', 'health'];
  process.stdout.write(
    [
      ...Object.entries(facts).map(([name, value]) => `${name.padEnd(10)}${value}\n`),
      `\n${table(header, engines.map(row))}`,
      ...engines.map(complaint),
    ].join(''),
  );
}

/**
 * `wasserflow doctor`: this machine, which engines start on it, and what the others miss; fails where none
 * starts.
 */
export async function doctor({ json }: { readonly json?: boolean }): Promise<number> {
  const wasserflow = createWasserflow({ plugins: await firstPartyPlugins() });
  const definitions = wasserflow.catalogue.list().map(({ definition }) => definition);
  const engines: EngineHealth[] = [];
  for (const definition of definitions.filter(({ kind }) => kind === 'engine'))
    engines.push(...(await examineEngine(wasserflow, definition)));
  const found = machine();
  if (json) console.log(JSON.stringify({ ...found, engines }));
  else say(found, engines);
  return engines.some(starts) ? exitCodes.done : exitCodes.failed;
}
