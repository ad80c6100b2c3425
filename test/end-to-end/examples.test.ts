/** Every example runs, at a tiny size. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createWasserflow } from '@wasserflow/core';
import { afterAll, expect, test } from 'vitest';
import { pluginsOf, readConfig } from 'wasserflow';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'wasserflow-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

const node = (args: string[]) => promisify(execFile)(process.execPath, args, { cwd: root });

test('custom-scheme: second order beside the first order of JKO, in under 40 lines', async () => {
  const { stdout } = await node(['examples/custom-scheme/dist/custom-scheme.js']);
  const errors = (scheme: string) =>
    stdout
      .split('\n')
      .filter((line) => line.startsWith(`${scheme} `))
      .map((line) => Number(line.split(' ')[2]));
  const orders = (e: number[]) => [Math.log2(e[0]! / e[1]!), Math.log2(e[1]! / e[2]!)];
  for (const order of orders(errors('jko'))) expect(Math.abs(order - 1)).toBeLessThan(0.15);
  for (const order of orders(errors('my-midpoint'))) expect(Math.abs(order - 2)).toBeLessThan(0.15);
  const source = readFileSync(join(root, 'examples/custom-scheme/custom-scheme.ts'), 'utf8');
  expect(source.trimEnd().split('\n').length).toBeLessThan(40);
});

test('third-party-functional: a plugin named in a config, beside its closed form', async () => {
  const out = join(folder, 'collapse');
  const { stdout } = await node([
    'packages/cli/dist/bin.js',
    'run',
    'examples/third-party-functional/collapse.yaml',
    '--out',
    out,
    '--json',
    '--quiet',
  ]);
  // Five steps of size 1/2 divide the covariance, of trace 3, by 1.5 each time and twice.
  expect(JSON.parse(stdout).metrics.value).toBeCloseTo((3 / 2) * 1.5 ** -10, 12);
  const manifest = readFileSync(join(root, 'examples/third-party-functional/variance.ts'), 'utf8');
  const imports = [...manifest.matchAll(/from '([^']+)'/g)].map((match) => match[1]);
  expect(imports.toSorted()).toEqual(['@wasserflow/core', '@wasserflow/tensor', 'zod']);
});

test('custom-functional: the second moment of each step, by a function beside the config', async () => {
  const base = join(root, 'examples/custom-functional');
  const config = await readConfig(join(base, 'second-moment.yaml'), ['engine.id=tfjs']);
  const wasserflow = createWasserflow({ plugins: await pluginsOf(config, [base]) });
  const run = await wasserflow.open(config, { base });
  const values: number[] = [];
  for await (const { metrics } of run) values.push(metrics['value']!);
  await run.dispose();
  expect(values).toHaveLength(11);
  // x -> (1 - gamma (m - 1)) x, so that m -> (1 - gamma (m - 1))^2 m, where m > 1 and so m = 1 + 2 sqrt(G).
  const moments = values.map((value) => 1 + 2 * Math.sqrt(value));
  for (const [i, m] of moments.slice(0, -1).entries())
    expect(moments[i + 1]! / ((1 - 0.1 * (m - 1)) ** 2 * m)).toBeCloseTo(1, 5);
});

test('posterior: a row of errors for each scheme', async () => {
  const { stdout } = await node(['examples/posterior/dist/posterior.js', '50', '30']);
  const rows = stdout.trim().split('\n').slice(2);
  expect(rows.map((row) => row.split(' ')[0])).toEqual(['langevin', 'mala', 'svgd', 'accelerated']);
  for (const row of rows) for (const error of row.trim().split(/\s+/).slice(1)) expect(Number(error)).toBeLessThan(5);
});

test('four-spaces: the same curves on every space, within what each leaves out', async () => {
  const picture = join(folder, 'four-spaces.svg');
  const { stdout } = await node(['examples/four-spaces/dist/four-spaces.js', picture]);
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s{2,}| (?=[\d.]+(?: |$))/));
  const [kl, w2] = ['value', 'w2-to-target'].map((meter) => {
    const from = rows.findIndex(([first]) => first === `${meter} at time`) + 1;
    return Object.fromEntries(rows.slice(from, from + 5).map(([name, ...numbers]) => [name, numbers.map(Number)]));
  });
  const gap = (table: Record<string, number[]>, a: string, b: string): number =>
    Math.max(...table[a]!.map((v, i) => Math.abs(v - table[b]![i]!)));
  // Cells of mass 1/400 miss 0.002 of the entropy in the tails; cells on a grid round to h^2.
  expect(gap(kl!, 'quantile, jko', 'gaussian, jko')).toBeLessThan(3e-3);
  expect(gap(w2!, 'quantile, jko', 'gaussian, jko')).toBeLessThan(1e-4);
  expect(gap(kl!, 'grid, jko', 'gaussian, jko')).toBeLessThan(5e-4);
  expect(gap(w2!, 'grid, jko', 'gaussian, jko')).toBeLessThan(1e-4);
  // 4,000 draws: the mean is off by 2 / 63, which KL multiplies by the mean, 3; W2 is to as many draws of the target.
  expect(gap(kl!, 'particles, forward-euler', 'gaussian, forward-euler')).toBeLessThan(3 * 3 * (2 / 63));
  expect(gap(w2!, 'particles, forward-euler', 'gaussian, forward-euler')).toBeLessThan(3 * (2 / 63));
  expect(readFileSync(picture, 'utf8')).toContain('particles, forward-euler');
});

test('digits: the demo prints its table, draws its pictures, and shows a finished run again', async () => {
  const out = join(folder, 'demo');
  const demo = () =>
    node(['examples/digits/dist/demo.js', 'steps.count=1', 'space.iterations=8', 'space.pool=1500', '--out', out]);
  const { stdout } = await demo();
  const rows = stdout.split('\n').filter((line) => /^\s+\d/.test(line));
  expect(rows).toHaveLength(1);
  expect(rows[0]!.trim().split(/\s+/)).toHaveLength(6);
  expect(statSync(join(out, 'digits.png')).size).toBeGreaterThan(1000);
  expect(readFileSync(join(out, 'loss.svg'), 'utf8')).toContain('<svg');
  expect((await demo()).stdout).toBe(stdout);
});
