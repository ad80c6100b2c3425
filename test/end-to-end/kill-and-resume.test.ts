/** `kill -9` at ten random moments of a training, then the same command again: the same bits at the end. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stream } from '@wasserflow/tensor';
import { afterAll, beforeAll, expect, test } from 'vitest';

const cli = fileURLToPath(new URL('../../packages/cli/dist/bin.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'wasserflow-kill-'));
afterAll(() => rmSync(folder, { recursive: true }));

const config = `
name: killed
seed: 3
space:
  id: flow
  iterations: 60
  batch: 32
  pool: 500
  evaluation: 200
  saveEvery: 7
  block: { id: neural-ode, steps: 1, field: { id: mlp, hidden: [8] } }
problem:
  initial: { id: moons }
  functional: { id: kl, target: { id: gaussian, dimension: 2 } }
scheme: jko
steps: { count: 3, size: 0.5 }
`;
const configFile = join(folder, 'killed.yaml');
writeFileSync(configFile, config);

const start = (out: string) =>
  spawn(process.execPath, [cli, 'run', configFile, '--out', out, '--quiet'], { stdio: ['ignore', 'ignore', 'pipe'] });
const ended = (child: ReturnType<typeof start>) =>
  new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));

async function wholeRun(out: string): Promise<number> {
  const begun = performance.now();
  const child = start(out);
  const told = text(child.stderr);
  expect(await ended(child), await told).toBe(0);
  return performance.now() - begun;
}

/** Every file of every step: states, arrays, metrics. */
function stateOf(out: string): Record<string, string> {
  const steps = readdirSync(join(out, 'steps')).sort();
  const files = steps.flatMap((step) => readdirSync(join(out, 'steps', step)).map((file) => join('steps', step, file)));
  return Object.fromEntries(
    [...files, 'metrics.jsonl'].map((file) => [file, readFileSync(join(out, file)).toString('base64')]),
  );
}

const whole = join(folder, 'whole');
let duration: number;
beforeAll(async () => {
  duration = await wholeRun(whole);
}, 60_000);

const moments = Array.from(stream('kill').uniform([10]).data);

test.each(moments)(
  'killed after %f of its time, every file of every step is that of the uninterrupted run',
  async (moment) => {
    const killed = join(folder, `killed-${moment}`);
    const child = start(killed);
    const exit = ended(child);
    await Promise.race([delay(moment * duration), exit]);
    child.kill('SIGKILL');
    await exit;
    await wholeRun(killed);
    expect(stateOf(killed)).toEqual(stateOf(whole));
  },
);
