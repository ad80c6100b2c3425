/** Images, heat, distances and maps of masses on cells. */
import { stream } from '@wasserflow/tensor';
import { lineDistance2, makeGrid, measureOn, planeDistance2 } from '@wasserflow/space-grid';
import { describe, expect, it } from 'vitest';
import { createDepositor, gradientShifts, noShifts } from '../src/fields/deposit.js';
import { diffused } from '../src/fields/diffuse.js';
import { momentsOf } from '../src/cells/draw.js';
import { combine, faceGradient, inner } from '../src/fields/field.js';
import { massesOf, normalise, onCells, total, type Grid } from '../src/cells/grid.js';
import { lineMap } from '../src/transport/line-distance.js';
import { planeMap } from '../src/transport/plane-distance.js';
import { pushForward } from '../src/fields/push.js';

const bump = (grid: Grid, mean: readonly number[], variance: number) =>
  measureOn(
    grid,
    normalise(onCells(grid, (x) => Math.exp(-x.reduce((s, v, k) => s + (v - mean[k]!) ** 2, 0) / (2 * variance)))),
  );
const rough = (grid: Grid, key: string): Float64Array =>
  normalise(Float64Array.from(stream(key).uniform([grid.size]).data, (u) => u ** 4));
const plane = makeGrid([40, 30], [-4, -3], [4, 3]);
const line = makeGrid([100], [-5], [5]);

describe('images of masses', () => {
  it('stay as they are under the identity', () => {
    const mass = rough(plane, 'identity');
    const image = new Float64Array(plane.size);
    createDepositor(plane, false).deposit(mass, noShifts(plane), image);
    expect(image).toEqual(mass);
  });

  it.each([true, false])('keep their mass under any map, also one that folds (positive: %s)', (positive) => {
    const mass = rough(plane, 'mass');
    const shifts = noShifts(plane);
    gradientShifts(plane, Float64Array.from(stream('f').normal([plane.size]).data), 0.3, shifts);
    const image = new Float64Array(plane.size);
    createDepositor(plane, positive).deposit(mass, shifts, image);
    expect(Math.abs(total(image) - 1)).toBeLessThan(1e-12);
    expect(Math.min(...image) >= 0).toBe(positive);
  });

  it('have the mean and the variance of the map: no blur of h^2', () => {
    const mu = bump(plane, [0.2, -0.3], 0.4);
    const faces = [new Float64Array(41 * 30).fill(0.07), new Float64Array(40 * 31).fill(-0.11)];
    const shapes = [
      [41, 30],
      [40, 31],
    ];
    const v = { faces: faces.map((data, k) => ({ shape: shapes[k]!, data })) };
    const [before, after] = [momentsOf(mu), momentsOf(pushForward(mu, v, 1))];
    expect(after.mean[0]! - before.mean[0]!).toBeCloseTo(0.07, 5);
    expect(after.mean[1]! - before.mean[1]!).toBeCloseTo(-0.11, 5);
    // A plain remap would add theta (1 - theta) h^2 = 0.009 here; what is left is the limiter in the tails.
    expect(Math.abs(after.covariance[0]![0]! - before.covariance[0]![0]!)).toBeLessThan(2e-4);
    expect(Math.abs(after.covariance[1]![1]! - before.covariance[1]![1]!)).toBeLessThan(2e-4);
  });
});

describe('heat', () => {
  it('adds its variance, keeps positive, and composes', () => {
    const mu = bump(plane, [0, 0], 0.05);
    const after = diffused(mu, 0.2);
    // Walls are six standard deviations away.
    for (const k of [0, 1])
      expect(momentsOf(after).covariance[k]![k]! - momentsOf(mu).covariance[k]![k]!).toBeCloseTo(0.2, 6);
    expect(Math.min(...after.mass.data)).toBeGreaterThan(0);
    const twice = diffused(diffused(mu, 0.15), 0.05).mass.data;
    expect(Math.max(...after.mass.data.map((m, i) => Math.abs(m - twice[i]!)))).toBeLessThan(1e-15);
  });

  it('mirrors at the walls, so that in the end all cells are equal', () => {
    const mass = new Float64Array(100);
    mass[3] = 1;
    const flat = diffused(measureOn(line, mass), 1000).mass.data;
    expect(Math.max(...flat.map((m) => Math.abs(100 * m - 1)))).toBeLessThan(1e-10);
  });

  it('is that of second differences for short times too', () => {
    const mass = new Float64Array(100);
    mass[50] = 1;
    const t = 1e-6;
    const after = diffused(measureOn(line, mass), t).mass.data;
    expect(after[51]! / ((t / 2) * 100)).toBeCloseTo(1, 3);
    // Up to (100 t)^2.
    expect(after[50]! - 1 + t * 100).toBeCloseTo(0, 7);
  });
});

describe('W2 on a line', () => {
  it('is exact between uniform laws: shift^2 + (difference of widths)^2 / 12', () => {
    const uniform = (from: number, to: number) =>
      measureOn(line, normalise(onCells(line, ([x]) => (x! > from && x! < to ? 1 : 0))));
    expect(lineDistance2(uniform(-3, -1), uniform(1, 4))).toBeCloseTo(4.5 ** 2 + 1 / 12, 12);
    expect(lineDistance2(uniform(-3, -1), uniform(-3, -1))).toBe(0);
  });

  it('is the integral of (F - G) for ordered laws squared at most, and symmetric on rough masses', () => {
    const [a, b] = [measureOn(line, rough(line, 'a')), measureOn(line, rough(line, 'b'))];
    expect(lineDistance2(a, b)).toBeCloseTo(lineDistance2(b, a), 14);
    expect(lineDistance2(a, b)).toBeCloseTo(quantileDistance2(line, a.mass.data, b.mass.data), 4);
  });

  it('is NaN where a mass is', () => {
    const broken = new Float64Array(100).fill(0.01);
    broken[70] = NaN;
    expect(lineDistance2(measureOn(line, broken), measureOn(line, rough(line, 'a')))).toBeNaN();
  });

  it('refuses other cells', () => {
    expect(() => lineDistance2(bump(line, [0], 1), bump(makeGrid([50], [-5], [5]), [0], 1))).toThrow('100 cells from');
  });

  it('has the map that pushes one law to the other', () => {
    const [a, b] = [bump(line, [-1], 0.3), bump(line, [1], 0.8)];
    const v = { faces: [{ shape: [101], data: lineMap(a, b) }] };
    // Cells are spread evenly over their images: h^2 = 0.01 of W2, next to a distance of 2.
    expect(Math.sqrt(lineDistance2(pushForward(a, v, 1), b))).toBeLessThan(0.005);
    // Between the faces of the bulk the map is affine: sqrt(0.8 / 0.3).
    const slope = (v.faces[0]!.data[45]! - v.faces[0]!.data[35]!) / 1 + 1;
    expect(slope).toBeCloseTo(Math.sqrt(0.8 / 0.3), 2);
  });
});

/** int (Q_a - Q_b)^2 du by the midpoint rule. */
function quantileDistance2(grid: Grid, a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = 100_000;
  const quantiles = (mass: ArrayLike<number>) => {
    let [cell, below] = [0, 0];
    return (u: number): number => {
      while (below + mass[cell]! < u && cell < mass.length - 1) below += mass[cell++]!;
      return (cell + (u - below) / mass[cell]!) * grid.spacing[0]!;
    };
  };
  const [p, q] = [quantiles(a), quantiles(b)];
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (p((i + 0.5) / n) - q((i + 0.5) / n)) ** 2 / n;
  return sum;
}

describe('W2 in a plane', () => {
  it('falls to that of Gaussians with h^2', () => {
    // Covariances s I and t I: |m|^2 + 2 (sqrt(s) - sqrt(t))^2.
    const exact = 1.25 + 2 * (Math.sqrt(0.4) - Math.sqrt(0.7)) ** 2;
    const errors = [16, 32].map((n) => {
      const grid = makeGrid([n, n], [-5, -5], [5, 5]);
      return Math.abs(planeDistance2(bump(grid, [0.5, 0], 0.4), bump(grid, [-0.5, 0.5], 0.7)) - exact);
    });
    expect(errors[1]!).toBeLessThan(1e-3);
    expect(errors[1]!).toBeLessThan(errors[0]! / 2);
  });

  it('is that of the line for products that differ along one axis', () => {
    const grid = makeGrid([64, 16], [-5, -5], [5, 5]);
    const along = makeGrid([64], [-5], [5]);
    const mix = (x: number): number => Math.exp(-((x - 1.5) ** 2)) + 0.5 * Math.exp(-2 * (x + 1.5) ** 2);
    const wide = (x: number): number => Math.exp(-x * x);
    const on = (f: (x: number) => number) => ({
      one: measureOn(along, normalise(onCells(along, ([x]) => f(x!)))),
      two: measureOn(grid, normalise(onCells(grid, ([x, y]) => f(x!) * Math.exp(-y! * y!)))),
    });
    const [a, b] = [on(mix), on(wide)];
    const exact = lineDistance2(a.one, b.one);
    // A law of two bumps is far from the Gaussian start; the dual errs by a few parts in a thousand.
    expect(Math.abs(planeDistance2(a.two, b.two) / exact - 1)).toBeLessThan(0.01);
  });

  it.each([1e-2, 1e-4])('is that of the line for neighbours too, %d apart, whose first moments agree', (e) => {
    const grid = makeGrid([64, 16], [-5, -5], [5, 5]);
    const along = makeGrid([64], [-5], [5]);
    // The third Hermite polynomial: the map between the Gaussians of both sees next to nothing of it.
    const law = (x: number, share: number): number =>
      Math.exp((-x * x) / 2) * (1 + share * (x ** 3 - 3 * x) * Math.exp((-x * x) / 8));
    const on = (share: number) => ({
      one: measureOn(along, normalise(onCells(along, ([x]) => law(x!, share)))),
      two: measureOn(grid, normalise(onCells(grid, ([x, y]) => law(x!, share) * Math.exp(-y! * y!)))),
    });
    const [a, b] = [on(0), on(e)];
    expect(Math.abs(Math.sqrt(planeDistance2(a.two, b.two) / lineDistance2(a.one, b.one)) - 1)).toBeLessThan(0.02);
  });

  it('says where it was not found: a single cell cannot be torn to the four corners', () => {
    const grid = makeGrid([16, 16], [-1, -1], [1, 1]);
    const on = (...cells: number[]) => {
      const mass = new Float64Array(256);
      for (const c of cells) mass[c] = 1 / cells.length;
      return measureOn(grid, mass);
    };
    const tear = () => planeDistance2(on(136), on(0, 15, 240, 255));
    expect(tear).toThrow(expect.objectContaining({ code: 'E_NUMERICS' }));
    expect(tear).toThrow(/^W2 in the plane was not found: after \d+ iterations .* % of the mass beside its goal/);
  });

  it('is zero between equal masses', () => {
    expect(planeDistance2(bump(plane, [0, 0], 1), bump(plane, [0, 0], 1))).toBe(0);
  });
});

describe('the Brenier map in a plane', () => {
  it('falls to the affine map between Gaussians with h^2, and leads to the other one', async () => {
    const gaps = [];
    for (const n of [16, 32]) {
      const grid = makeGrid([n, n], [-5, -5], [5, 5]);
      const [mu, nu] = [bump(grid, [0.5, 0], 0.6), bump(grid, [-0.3, 0.4], 0.9)];
      const map = planeMap(mu, nu);
      const root = Math.sqrt(0.9 / 0.6);
      // T(x) - x = (root - 1) (x - m) + m' - m, the gradient of this.
      const [a, b] = [root - 1, [-0.3 - root * 0.5, 0.4]];
      const exact = faceGradient(
        grid,
        onCells(grid, ([x, y]) => (a * (x! * x! + y! * y!)) / 2 + b[0]! * x! + b[1]! * y!),
      );
      const gap = combine([
        { weight: 1, of: map },
        { weight: -1, of: exact },
      ]);
      gaps.push(Math.sqrt(inner(mu, gap, gap)));
      const end = pushForward(mu, map, 1);
      const beside = massesOf(end).reduce((sum, m, i) => sum + Math.abs(m - massesOf(nu)[i]!), 0) / 2;
      expect(beside).toBeLessThan(0.02);
    }
    // The map moves mass by 0.94.
    expect(gaps[1]).toBeLessThan(0.01);
    expect(gaps[1]).toBeLessThan(gaps[0]! / 3);
  });

  it('is next to nothing between equal masses and such that differ by rounding, and refused where it would tear', () => {
    expect(
      planeMap(bump(plane, [0, 0], 1), bump(plane, [0, 0], 1)).faces.every(({ data }) => data.every((v) => v === 0)),
    ).toBe(true);
    const grid = makeGrid([16, 16], [-1, -1], [1, 1]);
    // A checkerboard of one part in a billion more and less is no image of equal masses on the same cells.
    const flat = new Float64Array(256).fill(1 / 256);
    const board = flat.map((m, i) => m * (1 + 1e-9 * ((i + (i >> 4)) % 2 === 0 ? 1 : -1)));
    const still = planeMap(measureOn(grid, flat), measureOn(grid, board));
    expect(still.faces.every(({ data }) => data.every((v) => Math.abs(v) < 1e-6))).toBe(true);
    const on = (...cells: number[]) =>
      measureOn(
        grid,
        new Float64Array(256).map((_, i) => (cells.includes(i) ? 1 / cells.length : 0)),
      );
    expect(() => planeMap(on(136), on(0, 15, 240, 255))).toThrow(expect.objectContaining({ code: 'E_NUMERICS' }));
  });
});
