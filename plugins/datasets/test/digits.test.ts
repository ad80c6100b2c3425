import { stream, toRows } from '@wasserflow/tensor';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { digits } from '../src/index.js';
import { average, standardErrors, gaussianLogDensity } from './statistics.js';

const bytes = readFileSync(new URL('../data/digits.csv.gz', import.meta.url));
const pixels = gunzipSync(bytes)
  .toString()
  .trim()
  .split('\n')
  .map((line) => line.split(',').map(Number).slice(0, 64));
const trainingPixels = pixels.filter((_, i) => i % 5 !== 4);
const heldOutPixels = pixels.filter((_, i) => i % 5 === 4);

const pixelsOf = (rows: number[][]) => rows.map((row) => row.map((x) => Math.floor(17 * x)));
const squaredDistance = (a: number[], b: number[]) => a.reduce((s, x, i) => s + (x - b[i]!) ** 2, 0);

describe('digits', () => {
  it('is every row of the file, split by index, dequantised within its own level', async () => {
    const law = await digits();
    const training = toRows(law.trainingRows!(stream(1)));
    const heldOut = toRows(law.heldOutRows!(stream(1)));
    expect(law.dimension).toBe(64);
    expect(training).toHaveLength(1438);
    expect(heldOut).toHaveLength(359);
    expect(pixelsOf(training)).toEqual(trainingPixels);
    expect(pixelsOf(heldOut)).toEqual(heldOutPixels);
    const fractions = training.flat().map((x) => 17 * x - Math.floor(17 * x));
    expect(standardErrors(fractions, 1 / 2)).toBeLessThan(5);
    expect(
      standardErrors(
        fractions.map((u) => (u - 1 / 2) ** 2),
        1 / 12,
      ),
    ).toBeLessThan(5);
  });

  it('dequantises afresh in every draw, and the same for the same stream', async () => {
    const law = await digits();
    const rng = stream(2);
    const first = law.trainingRows!(rng).data;
    expect(law.trainingRows!(rng).data).not.toEqual(first);
    expect(law.trainingRows!(stream(2)).data).toEqual(first);
  });

  it('samples training rows only, all about equally often', async () => {
    const law = await digits();
    const seen = new Set(trainingPixels.map(String));
    const drawn = pixelsOf(toRows(law.sample!(3000, stream(3)))).map(String);
    expect(drawn.every((row) => seen.has(row))).toBe(true);
    // n draws of m rows with replacement hit m (1 - (1 - 1/m)^n) different ones: 1438 (1 - e^-2.086) = 1259,
    // with a standard deviation below sqrt(1438) / 2 = 19.
    expect(Math.abs(new Set(drawn).size - 1259)).toBeLessThan(60);
  });

  it('reproduces the published negative log-likelihood of a Gaussian under its protocol', async () => {
    const law = await digits();
    const training = toRows(law.trainingRows!(stream(4)));
    const nll = -average(gaussianLogDensity(training, toRows(law.heldOutRows!(stream(5)))));
    // -52.04 nats (scikit-learn, mean of three dequantisations). Of 64 coordinates, some have no variance
    // but that of u; draws of u move the value by some hundredths.
    expect(Math.abs(nll + 52.04)).toBeLessThan(0.1);
  });

  it('has pictures and the hash of its file', async () => {
    const law = await digits();
    const { width, height, toPixels } = law.picture!;
    const rows = law.heldOutRows!(stream(6));
    expect([width, height]).toEqual([8, 8]);
    expect(toPixels(rows)).toEqual(rows);
    expect(toPixels({ shape: [1, 64], data: new Float32Array(64).fill(1.5) }).data).toEqual(
      new Float64Array(64).fill(1),
    );
    expect(law.fingerprint).toBe(createHash('sha256').update(bytes).digest('hex'));
  });
});

describe('digits in principal coordinates', () => {
  it('keeps distances and shows the same picture when it keeps all 64', async () => {
    const all = await digits({ components: 64 });
    const plain = await digits();
    const coordinates = toRows(all.heldOutRows!(stream(7)));
    const points = plain.heldOutRows!(stream(7));
    const rows = toRows(points);
    for (let i = 1; i < 50; i++)
      expect(squaredDistance(coordinates[i]!, coordinates[0]!)).toBeCloseTo(squaredDistance(rows[i]!, rows[0]!), 10);
    const shown = all.picture!.toPixels(all.heldOutRows!(stream(7)));
    expect(shown.shape).toEqual([359, 64]);
    for (const [i, x] of shown.data.entries()) expect(Math.abs(x - points.data[i]!)).toBeLessThan(1e-12);
  });

  it('has uncorrelated coordinates of falling variance, the mid-points of which have mean zero', async () => {
    const law = await digits({ components: 8 });
    expect(law.dimension).toBe(8);
    expect(law.columns).toHaveLength(8);
    const rows = toRows(law.trainingRows!(stream(8)));
    const covariance = (i: number, j: number) => average(rows.map((r) => r[i]! * r[j]!));
    const variances = rows[0]!.map((_, i) => covariance(i, i));
    expect(variances).toEqual([...variances].sort((a, b) => b - a));
    for (let i = 0; i < 8; i++) {
      // Dequantisation noise around the mid-point has standard deviation 1/(17 sqrt 12) per pixel, in any
      // orthonormal coordinate; 1438 rows leave 4.5e-4 of it in the mean, and 1e-3 of the largest
      // coordinate's variance (0.63) in a covariance.
      expect(Math.abs(average(rows.map((r) => r[i]!)))).toBeLessThan(5 * 4.5e-4);
      for (let j = 0; j < i; j++) expect(Math.abs(covariance(i, j))).toBeLessThan(5e-3);
    }
  });

  it('refuses a number of components that the pixels do not have', async () => {
    for (const components of [0, 65, 2.5, NaN])
      await expect(digits({ components })).rejects.toThrow(
        /`components` is .*; it must be a whole number from 1 to 64/,
      );
  });
});
