import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWasserflow, type Functional } from '@wasserflow/core';
import functionals, { custom } from '@wasserflow/functionals';
import { ops } from '@wasserflow/tensor';
import { afterAll, describe, expect, it } from 'vitest';
import { computed } from './laws.js';

it('a function of points is a functional, with its gradient by differentiation', async () => {
  // Half the variance: its Wasserstein gradient is x - mean.
  const G = custom({
    id: 'variance',
    value: (x) => ops.mul(ops.mean(ops.sum(ops.square(ops.sub(x, ops.mean(x, 0, true))), 1)), 1 / 2),
  });
  const points = [
    [0, 1],
    [2, 3],
    [4, -1],
  ];
  const { value, gradient } = G.facets!.particles!;
  // mean of |x - (2, 1)|^2 / 2
  expect((await computed(value!, points))[0]).toBeCloseTo(16 / 6, 5);
  const field = await computed(gradient!, points);
  for (const [i, [x, y]] of points.entries()) {
    expect(field[2 * i]).toBeCloseTo(x! - 2, 5);
    expect(field[2 * i + 1]).toBeCloseTo(y! - 1, 5);
  }
  expect(G.facets!.flow!.needsLogDet).toBe(false);
  expect((await computed((y) => G.facets!.flow!.loss({ x: y, y }), points))[0]).toBeCloseTo(16 / 6, 5);
});

const folder = mkdtempSync(join(tmpdir(), 'wasserflow-custom-'));
afterAll(() => rmSync(folder, { recursive: true }));

const wasserflow = createWasserflow({ plugins: [functionals] });

/** `custom` by a file of this text. */
async function fromFile(text: string, more: object = {}): Promise<Functional> {
  const module = join(folder, `${Buffer.from(text).toString('hex').slice(0, 80)}.mjs`);
  writeFileSync(module, text);
  return (await wasserflow.create('functional', { id: 'custom', module, ...more })).value;
}

describe('a function in a file', () => {
  const points = [
    [3, 0],
    [0, 1],
  ];

  it('is the functional, and its file is known by a hash', async () => {
    const G = await fromFile('export default (x, ops) => ops.mean(ops.sum(ops.square(x), 1));');
    expect(await computed(G.facets!.particles!.value!, points)).toEqual([5]);
    // The gradient of |x|^2.
    expect(await computed(G.facets!.particles!.gradient!, points)).toEqual([6, 0, 0, 2]);
    expect(Object.keys(G.record!)[0]).toMatch(/\.mjs$/);
    expect(Object.values(G.record!)[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('is found by the name of its export', async () => {
    const text = 'export const first = (x, ops) => ops.sum(x), second = (x, ops) => ops.max(x);';
    const G = await fromFile(text, { export: 'second' });
    expect(await computed(G.facets!.particles!.value!, points)).toEqual([3]);
  });

  it('has an example that is (E|X|^2 - 1)^2 / 4', async () => {
    const { example } = functionals.contributes.find(({ id }) => id === 'custom')!;
    const { value } = await wasserflow.create('functional', { id: 'custom', ...example });
    expect(await computed(value.facets!.particles!.value!, points)).toEqual([4]);
  });

  it.each([
    ['', 'has no function `default` among its exports (it exports nothing); write `export default (points, ops) =>'],
    ['export const energy = 3;', 'among its exports (it exports energy); write `export default'],
    ['export default 3;', 'has no function `default` among its exports (it exports default)'],
    ['export default (x =>', 'cannot be loaded: '],
    ["import 'no-such-package';", "cannot be loaded: Cannot find package 'no-such-package'"],
  ])('%j is refused', async (text, message) => {
    await expect(fromFile(text)).rejects.toMatchObject({
      code: 'E_PLUGIN',
      message: expect.stringContaining(message),
    });
  });

  it('that is not there is refused', async () => {
    const made = wasserflow.create('functional', { id: 'custom', module: './no-such.js' });
    const message = `functional: there is no file ${join(process.cwd(), 'no-such.js')}; a relative path starts where`;
    await expect(made).rejects.toThrow(message);
  });

  it.each([
    ['(x, ops) => ops.sum(x, 1)', 'E_ARGUMENT', 'the function of `custom` returns a tensor [2]; one number is needed'],
    ['() => 3', 'E_ARGUMENT', 'the function of `custom` returns number, which is no tensor; one number is needed'],
    ['(x, ops) => ops.median(x)', 'E_PLUGIN', '.mjs fails: ops.median is not a function'],
  ])('that is %j is refused once it is computed', async (text, code, message) => {
    const G = await fromFile(`export default ${text};`);
    const value = computed(G.facets!.particles!.value!, points);
    await expect(value).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
