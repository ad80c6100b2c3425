/** A posterior in 31 dimensions, against long Hamiltonian Monte Carlo. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const example = fileURLToPath(new URL('../../examples/posterior/dist/posterior.js', import.meta.url));

test('MALA is right to a tenth of a standard deviation; the others are nearer than where they began', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [example, '500', '1000']);
  const last = Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .slice(2)
      .map((row) => row.trim().split(/\s+/))
      .map((cells) => [cells[0]!, Number(cells.at(-1))]),
  );
  // The mean of 500 exact draws would be off by 0.045.
  expect(last['mala']).toBeLessThan(0.1);
  for (const scheme of ['langevin', 'svgd', 'accelerated']) expect(last[scheme]).toBeLessThan(0.2);
}, 600_000);
