import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  copyFolder,
  folderWith,
  linesOf,
  readJson,
  removeFolders,
  tree,
  wasserflow,
  wasserflowAlone,
  wasserflowMany,
  type Result,
} from './command.js';

afterAll(removeFolders);

/** One finished run for all tests here: a Gaussian after ten steps. */
const finished = folderWith();
beforeAll(async () => {
  await wasserflow(finished, 'run', 'ou.yaml', '--out', 'run');
}, 60_000);

function folderWithRun(files: Record<string, string> = {}): string {
  const folder = folderWith(files);
  copyFolder(join(finished, 'run'), join(folder, 'run'));
  return folder;
}

interface Gaussian {
  readonly mean: [number, number];
  readonly covariance: [[number, number], [number, number]];
}
const measure = (): Gaussian => readJson(finished, 'run/steps/0010/state.json')['measure'] as Gaussian;

const rowsOf = (text: string): number[][] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number));

/** NumPy's format by its specification: magic, version 1.0, header length, header, little-endian float32. */
function readNpy(path: string): { header: string; values: number[] } {
  const bytes = readFileSync(path);
  expect([...bytes.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const start = 10 + bytes.readUInt16LE(8);
  expect(start % 64).toBe(0);
  const values = Array.from({ length: (bytes.length - start) / 4 }, (_, i) => bytes.readFloatLE(start + 4 * i));
  return { header: bytes.toString('latin1', 10, start), values };
}

describe('wasserflow sample', () => {
  it('draws from the last measure: mean and covariance within five standard errors', async () => {
    const folder = folderWithRun();
    const { code, stdout, stderr } = await wasserflowAlone(folder, 'sample', 'run', '-n', '4000', '-o', 'points.csv');
    expect([code, stdout, stderr]).toEqual([0, '', '4000 points in 2 dimensions are in points.csv\n']);
    const rows = rowsOf(readFileSync(join(folder, 'points.csv'), 'utf8'));
    expect(rows).toHaveLength(4000);
    const { mean, covariance } = measure();
    const average = (f: (row: number[]) => number): number => rows.reduce((sum, row) => sum + f(row), 0) / rows.length;
    for (const i of [0, 1] as const) {
      expect(Math.abs(average((r) => r[i]!) - mean[i])).toBeLessThan(5 * Math.sqrt(covariance[i][i] / 4000));
      for (const j of [0, 1] as const) {
        const second = average((r) => (r[i]! - mean[i]) * (r[j]! - mean[j]));
        const variance = covariance[i][i] * covariance[j][j] + covariance[i][j] ** 2;
        expect(Math.abs(second - covariance[i][j])).toBeLessThan(5 * Math.sqrt(variance / 4000));
      }
    }
  });

  it('writes the same points as CSV and as npy, and others from another seed', async () => {
    const folder = folderWithRun();
    for (const name of ['a.csv', 'b.csv', 'a.npy']) await wasserflow(folder, 'sample', 'run', '-n', '5', '-o', name);
    await wasserflow(folder, 'sample', 'run', '-n', '5', '-o', 'c.csv', '--seed', '1');
    const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
    expect(text('b.csv')).toBe(text('a.csv'));
    expect(text('c.csv')).not.toBe(text('a.csv'));
    const { header, values } = readNpy(join(folder, 'a.npy'));
    expect(header.trimEnd()).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (5, 2), }");
    expect(values).toEqual(rowsOf(text('a.csv')).flat().map(Math.fround));
    expect(Object.keys(tree(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('names the columns as the data does', async () => {
    const folder = folderWith({ 'd.csv': 'length,"a, b"\n1,2\n3,4\n5,6\n7,9\n2,2\n' });
    const data = 'problem.initial={id: csv, file: d.csv}';
    const run = await wasserflow(
      folder,
      'run',
      'ou.yaml',
      data,
      'space={id: particles, count: 3}',
      'scheme=langevin',
      'meters=[]',
    );
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining('step 10/10')]);
    expect((await wasserflow(folder, 'sample', 'runs/ou-2d', '-n', '2', '-o', 'x.csv')).code).toBe(0);
    expect(readFileSync(join(folder, 'x.csv'), 'utf8')).toMatch(/^length,"a, b"\n[^\n]+\n[^\n]+\n$/);
  });

  it('finds the plugins of the run from anywhere', async () => {
    const [folder, elsewhere] = [folderWith(), folderWith()];
    await wasserflow(folder, 'run', 'toy.yaml');
    const { code, stderr } = await wasserflow(elsewhere, 'sample', join(folder, 'runs/toy'), '-n', '1', '-o', 'x.csv');
    expect([code, stderr]).toEqual([2, 'error: space `line` has no operation `sample`\n']);
  });
});

describe('wasserflow density', () => {
  it('prints the log density of each row, by the formula, and their mean', async () => {
    const folder = folderWithRun({ 'data.csv': 'x,y\n0.5,0\n-1,2.25\n1e1,-3\n' });
    const { code, stdout, stderr } = await wasserflowAlone(folder, 'density', 'run', 'data.csv');
    const { mean, covariance } = measure();
    const [[a, b], [, c]] = covariance;
    const determinant = a * c - b * b;
    const expected = [
      [0.5, 0],
      [-1, 2.25],
      [10, -3],
    ].map(([x, y]) => {
      const [u, v] = [x! - mean[0], y! - mean[1]];
      const square = (c * u * u - 2 * b * u * v + a * v * v) / determinant;
      return -square / 2 - Math.log(2 * Math.PI) - Math.log(determinant) / 2;
    });
    const values = stdout.trim().split('\n').map(Number);
    expect(code).toBe(0);
    // Two ways to round in float64: the values are below 300, their rounding below 1e-12 of that.
    for (const [i, value] of values.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-10);
    const average = expected.reduce((sum, value) => sum + value) / 3;
    expect(stderr).toBe(`mean log density of 3 points: ${average.toPrecision(6)} nats\n`);
  });

  it('writes to a file what it prints', async () => {
    const folder = folderWithRun({ 'data.csv': '0.5,0\n-1,2.25\n' });
    const { stdout } = await wasserflow(folder, 'density', 'run', 'data.csv');
    const quiet = await wasserflow(folder, 'density', 'run', 'data.csv', '-o', 'd.txt');
    expect([quiet.code, quiet.stdout]).toEqual([0, '']);
    expect(readFileSync(join(folder, 'd.txt'), 'utf8')).toBe(stdout);
  });
});

describe('a flow', () => {
  const flow = {
    seed: 1,
    space: {
      id: 'flow',
      iterations: 60,
      batch: 64,
      pool: 500,
      evaluation: 100,
      block: { id: 'neural-ode', steps: 2, field: { id: 'mlp', hidden: [16] } },
    },
    problem: { initial: 'moons', functional: { id: 'kl', target: { id: 'gaussian', dimension: 2 } } },
    scheme: 'jko',
    steps: { count: 2, size: 0.5 },
    meters: ['nll'],
  };

  it('generates data whose law is the density that it tells', async () => {
    // A grid of spacing 0.2 on [-7, 7]^2, where all but a negligible part of the law is.
    const axis = Array.from({ length: 71 }, (_, i) => -7 + 0.2 * i);
    const points = axis.flatMap((x) => axis.map((y) => [x, y] as const));
    const grid = points.map((point) => `${point.join(',')}\n`).join('');
    const folder = folderWith({ 'flow.yaml': flow, 'grid.csv': grid });
    expect((await wasserflow(folder, 'run', 'flow.yaml')).code).toBe(0);
    await wasserflow(folder, 'sample', 'runs/flow', '-n', '2000', '-o', 'x.csv');
    await wasserflow(folder, 'density', 'runs/flow', 'grid.csv', '-o', 'd.txt');
    const [header, ...lines] = readFileSync(join(folder, 'x.csv'), 'utf8').trim().split('\n');
    expect(header).toBe('x,y');
    const rows = rowsOf(lines.join('\n'));
    const weights = readFileSync(join(folder, 'd.txt'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => Math.exp(Number(line)) * 0.2 ** 2);
    const expectation = (f: (p: readonly number[]) => number): number =>
      weights.reduce((sum, weight, i) => sum + weight * f(points[i]!), 0);
    // The density integrates to 1; what is missing is the ODE solver's error in log|det| and the grid's.
    expect(Math.abs(expectation(() => 1) - 1)).toBeLessThan(0.01);
    const drawn = (f: (p: readonly number[]) => number): number =>
      rows.reduce((sum, row) => sum + f(row), 0) / rows.length;
    for (const i of [0, 1])
      for (const power of [1, 2]) {
        const moment = expectation((p) => p[i]! ** power);
        const error = Math.sqrt((expectation((p) => p[i]! ** (2 * power)) - moment ** 2) / rows.length);
        // Five standard errors, and what the density itself may be off.
        expect(Math.abs(drawn((p) => p[i]! ** power) - moment)).toBeLessThan(5 * error + 0.01 * Math.abs(moment));
      }
    // The model is no standard normal law, and neither are its samples.
    expect(Math.abs(drawn((p) => p[0]! ** 2) - 1)).toBeGreaterThan(0.3);
  });
});

/** The wine data as published, without header and label: columns whose deviations range from 0.1 to 300. */
const wines = readFileSync(new URL('../../plugins/datasets/data/wine_data.csv', import.meta.url), 'utf8')
  .trim()
  .split(/\r?\n/)
  .slice(1)
  .map((line) => line.split(',').slice(0, -1).map(Number));
const csvOf = (rows: readonly number[][]): string => rows.map((row) => `${row.join(',')}\n`).join('');
const [training, heldOut] = [wines.filter((_, i) => i % 5 !== 4), wines.filter((_, i) => i % 5 === 4)];
const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Mean and variance of a column. */
function moments(rows: readonly number[][], j: number): [number, number] {
  const center = mean(rows.map((row) => row[j]!));
  return [center, mean(rows.map((row) => (row[j]! - center) ** 2))];
}

describe.each([
  ['wine', 'wine'],
  ['the same as a CSV file', { id: 'csv', file: 'wines.csv' }],
])('a flow with a head, of %s', (_, initial) => {
  it('keeps densities and samples in the units of the data', async () => {
    const config = {
      seed: 1,
      space: {
        id: 'flow',
        head: 'standardise',
        iterations: 20,
        batch: 64,
        pool: 500,
        block: { id: 'neural-ode', steps: 2, field: { id: 'mlp', hidden: [16] } },
      },
      problem: { initial, functional: { id: 'kl', target: { id: 'gaussian', dimension: 13 } } },
      scheme: 'jko',
      steps: { count: 1, size: 0.5 },
      meters: ['nll'],
    };
    const cwd = folderWith({ 'wine.yaml': config, 'wines.csv': csvOf(wines), 'held-out.csv': csvOf(heldOut) });
    expect((await wasserflow(cwd, 'run', 'wine.yaml')).code).toBe(0);
    const [before, after] = linesOf(cwd, 'runs/wine/metrics.jsonl')
      .filter(({ meter }) => meter === 'nll')
      .map(({ value }) => value as number);
    // Before the first step the model is the head's: independent normals with the training rows' moments.
    const normals = heldOut.map((row) =>
      row.reduce((sum, x, j) => {
        const [center, variance] = moments(training, j);
        return sum + (Math.log(2 * Math.PI * variance) + (x - center) ** 2 / variance) / 2;
      }, 0),
    );
    // Single precision: some 1e-7 of values below 100.
    expect(Math.abs(before! - mean(normals))).toBeLessThan(1e-4);
    expect(after!).toBeLessThan(before! - 0.1);
    // The meter's rows, read from a file: both take them through the same program.
    const { stdout } = await wasserflow(cwd, 'density', 'runs/wine', 'held-out.csv');
    const logs = stdout.trim().split('\n').map(Number);
    expect(logs).toHaveLength(heldOut.length);
    expect(Math.abs(mean(logs) + after!)).toBeLessThan(1e-4);
    await wasserflow(cwd, 'sample', 'runs/wine', '-n', '1000', '-o', 'x.csv');
    const text = readFileSync(join(cwd, 'x.csv'), 'utf8').trim().split('\n').slice(1).join('\n');
    const drawn = rowsOf(text);
    for (let j = 0; j < 13; j++) {
      const [[center, variance], [there, spread]] = [moments(training, j), moments(drawn, j)];
      // No step has changed the law by as much as half a deviation, or a factor of two.
      expect(Math.abs(there - center)).toBeLessThan(0.5 * Math.sqrt(variance));
      expect(Math.abs(Math.log2(spread / variance))).toBeLessThan(1);
    }
  });
});

const data = { 'good.csv': '1,2\n', 'bad.csv': 'x,y\n1,2\n3,\n', 'wide.csv': '1,2,3\n' };

const refusals: [string, string][] = [
  ['sample none -n 1 -o x.csv', 'error: none is not a run folder: it has no config.json'],
  ['sample run -n 1 -o x.txt', 'error: cannot tell the format of x.txt; name a .csv or .npy file'],
  ['sample run -n 1 -o no/x.csv', 'error: cannot write no/x.csv: its folder does not exist'],
  ['sample run -n 1 -o folder.csv', 'error: cannot write folder.csv: that is a folder'],
  ['sample run -n 1 -o device.csv', 'error: cannot write device.csv: that is not a plain file'],
  ['sample run -n 0 -o x.csv', "error: option '-n, --count <number>' argument '0' is invalid. Expected a whole"],
  ['sample run -n 2.5 -o x.csv', "argument '2.5' is invalid. Expected a whole number from 1 to 1e9."],
  ['sample run -o x.csv', "error: required option '-n, --count <number>' not specified"],
  ['sample damaged -n 1 -o x.csv', 'error: damaged/steps/0010 is damaged ('],
  ['sample begun -n 1 -o x.csv', 'error: begun has no step yet; run it first'],
  ['density run none.csv', 'error: cannot read none.csv: there is no such file'],
  ['density run bad.csv', 'error: bad.csv: row 3, column "y" is empty; a finite number is needed in every cell'],
  ['density run wide.csv', 'error: wide.csv has 3 columns, but the model lives on R^2'],
  ['density run good.csv -o no/x', 'error: cannot write no/x: its folder does not exist'],
];

/** A folder with runs whole, damaged and begun, and with places that cannot be written. */
function troublesomeFolder(): string {
  const folder = folderWithRun(data);
  mkdirSync(join(folder, 'folder.csv'));
  symlinkSync('/dev/null', join(folder, 'device.csv'));
  for (const name of ['damaged', 'begun']) copyFolder(join(folder, 'run'), join(folder, name));
  writeFileSync(join(folder, 'damaged/steps/0010/state.json'), '{');
  rmSync(join(folder, 'begun/steps'), { recursive: true });
  return folder;
}

describe('is refused with a sentence, and leaves nothing:', () => {
  let folder: string;
  let before: object;
  let results: Result[];
  beforeAll(async () => {
    folder = troublesomeFolder();
    before = tree(folder, ['device.csv']);
    results = await wasserflowMany(refusals.map(([command]) => ({ cwd: folder, args: command.split(' ') })));
  }, 60_000);

  it.each(refusals.map(([command, message], i) => ({ command, message, i })))('$command', ({ message, i }) => {
    const { code, stdout, stderr } = results[i]!;
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(message)]);
  });

  it('(nothing is left, and a device is a device still)', () => {
    expect(tree(folder, ['device.csv'])).toEqual(before);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('a density of particles, which have none', async () => {
    const cwd = folderWith(data);
    await wasserflow(cwd, 'run', 'ou.yaml', 'space={id: particles, count: 3}', 'scheme=langevin', 'meters=[]');
    const { code, stdout, stderr } = await wasserflow(cwd, 'density', 'runs/ou-2d', 'good.csv');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe('error: space `particles` has no operation `logDensity`\n');
  });
});
