import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderWith, removeFolders, startWasserflow, told, tree, wasserflow } from './command.js';

afterAll(removeFolders);

type Killed = ReturnType<typeof startWasserflow>;

// A Gaussian is deterministic; Langevin particles draw new random numbers in every step.
const gaussian = {
  name: 'a Gaussian',
  command: ['run', 'ou.yaml', 'steps.count=40'],
  moments: [
    (_: Killed, at: string) => until(() => existsSync(join(at, 'config.json'))),
    (run: Killed) => run.says('step 3/'),
    (_: Killed, at: string) =>
      until(() => existsSync(join(at, 'steps/0017.tmp')) || existsSync(join(at, 'steps/0017'))),
  ],
};
const particles = {
  name: 'particles',
  command: ['run', 'ou.yaml', 'space={id: particles, count: 50}', 'scheme=langevin', 'meters=[mmd]', 'steps.count=30'],
  moments: [
    (_: Killed, at: string) => until(() => existsSync(at)),
    (run: Killed) => run.says('step 0/'),
    (run: Killed) => run.says('step 25/'),
  ],
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(1);
}

describe.each([gaussian, particles])('a run of $name that is killed again and again', ({ command, moments }) => {
  const folder = folderWith();
  const at = join(folder, 'killed');
  const go = () => startWasserflow(folder, ...command, '--out', 'killed');

  beforeAll(async () => {
    await wasserflow(folder, ...command, '--out', 'whole', '--quiet');
  }, 60_000);

  it('ends with the bits of the uninterrupted run', async () => {
    for (const moment of moments) {
      const run = go();
      await moment(run, at);
      run.process.kill('SIGKILL');
      expect((await run.result).signal).toBe('SIGKILL');
    }
    const last = await go().result;
    expect([last.code, last.stderr.split('\n')[0]]).toEqual([0, expect.stringMatching(/goes on after step \d+ of/)]);
    expect(tree(at, told)).toEqual(tree(join(folder, 'whole'), told));
  });
});
