import { stream, toRows } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { breastCancer, isHeldOut, wine } from '../src/index.js';

const firstWine = [14.23, 1.71, 2.43, 15.6, 127, 2.8, 3.06, 0.28, 2.29, 5.64, 1.04, 3.92, 1065];
const fifthWine = [13.24, 2.59, 2.87, 21, 118, 2.8, 2.69, 0.39, 1.82, 4.32, 1.04, 2.93, 735];
const rng = stream(0);

describe.each([
  { name: 'wine', make: wine, features: 13, training: 143, heldOut: 35, classes: [0, 1, 2] },
  { name: 'breast-cancer', make: breastCancer, features: 30, training: 456, heldOut: 113, classes: [0, 1] },
])('$name', ({ make, features, training, heldOut, classes }) => {
  it('has all features, no label, and every fifth row held out', async () => {
    const law = await make();
    expect(law.dimension).toBe(features);
    expect(law.columns).toHaveLength(features);
    expect(new Set(law.columns).size).toBe(features);
    expect(law.trainingRows!(rng).shape).toEqual([training, features]);
    expect(law.heldOutRows!(rng).shape).toEqual([heldOut, features]);
  });

  it('has the class of each training row', async () => {
    const law = await make();
    expect(law.atoms!.points).toEqual(law.trainingRows!(rng));
    expect(law.labels).toHaveLength(training);
    expect([...new Set(law.labels)].sort()).toEqual(classes);
  });

  it('draws training rows and no others', async () => {
    const law = await make();
    const known = new Set(toRows(law.trainingRows!(rng)).map(String));
    const drawn = toRows(law.sample!(400, stream(1))).map(String);
    expect(drawn.every((row) => known.has(row))).toBe(true);
    expect(new Set(drawn).size).toBeGreaterThan(100);
  });
});

describe('values', () => {
  it('are those of the file, in its units', async () => {
    const law = await wine();
    expect(toRows(law.trainingRows!(rng))[0]).toEqual(firstWine);
    expect(toRows(law.heldOutRows!(rng))[0]).toEqual(fifthWine);
    expect(law.columns![12]).toBe('proline');
    const cells = await breastCancer();
    expect(toRows(cells.trainingRows!(rng))[0]!.slice(0, 3)).toEqual([17.99, 10.38, 122.8]);
    expect(cells.columns![20]).toBe('worst radius');
  });
});

describe('rows held out', () => {
  it('are every fifth for a share of 0.2, and floor(n share) of the first n for any', () => {
    for (let i = 0; i < 2000; i++) expect(isHeldOut(i, 0.2)).toBe(i % 5 === 4);
    for (const share of [0, 0.07, 0.29, 1 / 3, 0.5, 0.9]) {
      const count = Array.from({ length: 1000 }, (_, i) => isHeldOut(i, share)).filter(Boolean).length;
      expect(count).toBe(Math.floor(1000 * share + 1e-9));
    }
  });
});
