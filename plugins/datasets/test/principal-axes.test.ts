import { fromRows, stream, toRows } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { fromCoordinates, principalAxes, toCoordinates } from '../src/principal-axes.js';

const d = 5;
const mixing = stream('mixing').normal([d, d]).data;
/** 200 correlated rows. */
const rows = toRows(stream('rows').normal([200, d])).map((z) =>
  Array.from({ length: d }, (_, j) => 3 + z.reduce((s, zi, i) => s + zi * mixing[i * d + j]!, 0)),
);
const points = fromRows(rows);

describe('principal axes', () => {
  it('are orthonormal eigenvectors of the covariance, by falling eigenvalue', () => {
    const { axes, variances, mean } = principalAxes(points, 3);
    expect(variances).toEqual([...variances].sort((a, b) => b - a));
    const covariance = (i: number, j: number) =>
      rows.reduce((s, r) => s + (r[i]! - mean[i]!) * (r[j]! - mean[j]!), 0) / rows.length;
    for (let a = 0; a < 3; a++) {
      for (let i = 0; i < d; i++) {
        const image = Array.from({ length: d }, (_, j) => covariance(i, j) * axes.get(j, a)).reduce((s, x) => s + x);
        expect(image).toBeCloseTo(variances[a]! * axes.get(i, a), 10);
      }
      for (let b = 0; b <= a; b++) {
        const inner = axes.getColumn(a).reduce((s, x, i) => s + x * axes.get(i, b), 0);
        expect(inner).toBeCloseTo(a === b ? 1 : 0, 12);
      }
    }
  });

  it('lose exactly the variance of the axes left out', () => {
    const { variances } = principalAxes(points, d);
    const two = principalAxes(points, 2);
    const back = toRows(fromCoordinates(two, toCoordinates(two, points)));
    const lost = back.reduce((s, r, n) => s + r.reduce((t, x, i) => t + (x - rows[n]![i]!) ** 2, 0), 0) / rows.length;
    expect(lost).toBeCloseTo(variances[2]! + variances[3]! + variances[4]!, 10);
  });

  it('have signs that do not depend on the solver', () => {
    const { axes } = principalAxes(points, d);
    const mirrored = principalAxes(fromRows(rows.map((r) => r.map((x) => -x))), d).axes;
    for (let a = 0; a < d; a++) {
      const largest = axes.getColumn(a).reduce((m, x) => (Math.abs(x) > Math.abs(m) ? x : m), 0);
      expect(largest).toBeGreaterThan(0);
      for (let i = 0; i < d; i++) expect(mirrored.get(i, a)).toBeCloseTo(axes.get(i, a), 10);
    }
  });
});
