import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createWasserflow, type Distribution } from '@wasserflow/core';
import datasets, { csv } from '@wasserflow/datasets';
import { stream, toRows } from '@wasserflow/tensor';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'wasserflow-points-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const wasserflow = createWasserflow({ plugins: [datasets] });
const points = async (options: object): Promise<Distribution> =>
  (await wasserflow.create('distribution', { id: 'points', ...options })).value;

const file = write('cloud.csv', 'x,mass,y\n1,2,3\n4,6,-5\n');

describe('a law of points', () => {
  it('has weights in proportion to those given, adding up to one', async () => {
    const { atoms, dimension } = await points({ at: [[0, 1], [2, 3]], weights: [1, 3] }); // prettier-ignore
    expect(dimension).toBe(2);
    expect(toRows(atoms!.points)).toEqual([[0, 1], [2, 3]]); // prettier-ignore
    expect([...atoms!.weights!.data]).toEqual([0.25, 0.75]);
  });

  it('has none where none are given', async () => {
    expect((await points({ at: [[1], [2]] })).atoms!.weights).toBeUndefined();
  });

  it('is read from a file, a column of which has the weights and is no coordinate', async () => {
    const law = await points({ file, weights: 'mass' });
    expect(toRows(law.atoms!.points)).toEqual([[1, 3], [4, -5]]); // prettier-ignore
    expect([...law.atoms!.weights!.data]).toEqual([0.25, 0.75]);
    expect(law.columns).toEqual(['x', 'y']);
    expect(law.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    const second = await points({ file, weights: 2, columns: ['y'] });
    expect(toRows(second.atoms!.points)).toEqual([[3], [-5]]);
    expect((await points({ file })).dimension).toBe(3);
  });

  it('draws points by their weights', async () => {
    const { sample } = await points({ at: [[0], [1]], weights: [1, 3] });
    const n = 10_000;
    const mean = Array.from(sample!(n, stream('draws')).data).reduce((a, b) => a + b) / n;
    // Five standard deviations of the share.
    expect(Math.abs(mean - 0.75)).toBeLessThan(5 * Math.sqrt((0.75 * 0.25) / n));
  });

  it.each([
    [{ at: [[0], [1]], weights: [1] }, '2 points need 2 weights, but `weights` has 1'],
    [{ at: [[0], [1]], weights: [1, 0] }, 'weight 2 is 0; a weight is a finite number above 0'],
    [{ at: [[0], [1]], weights: [-1, 2] }, 'weight 1 is -1'],
    [{ at: [[0], [1, 2]] }, 'point 2 has 2 numbers, the first 1'],
    [{ at: [] }, 'distribution.at: expected at least one point'],
    [{}, 'name one of the two'],
    [{ at: [[0]], file }, 'name one of the two'],
    [{ at: [[0]], weights: 'mass' }, '`weights` of points in the config are a list'],
    [{ at: [[0]], columns: [1] }, '`columns` are chosen from a file'],
    [{ file, weights: [1, 2] }, '`weights` of points in a file are a column'],
    [{ file, weights: 'mas' }, 'has no column "mas"; did you mean `mass`?'],
    [{ file, weights: 'mass', columns: ['mass'] }, 'no column is left beside "mass"'],
  ])('%j is refused', async (options, message) => {
    await expect(points(options)).rejects.toThrow(message);
  });

  it('is also what the training rows of a CSV file are', async () => {
    const law = await csv({ file: write('rows.csv', '1\n2\n3\n4\n5\n6\n') });
    expect(law.atoms!.points).toEqual(law.trainingRows!(stream(0)));
  });
});
