/** Fields of grids along maps: affine ones on Gaussians, where everything has a closed form, and maps that fold. */
import { calculusOf, energy, type GridMeasure, type Potential } from '@wasserflow/core';
import { gridSpace, makeGrid, measureOn, type GridField } from '@wasserflow/space-grid';
import { describe, expect, it } from 'vitest';
import { onFaces } from '../src/fields/at-points.js';
import { onCells } from '../src/cells/grid.js';

type Rows = readonly (readonly number[])[];

const grids = { line: makeGrid([30], [-3], [3]), plane: makeGrid([20, 24], [-2, -3], [2, 3]) };
type Case = keyof typeof grids;
const cellsIn = (on: Case): readonly [number, number] => [grids[on].shape[0]!, grids[on].shape[1] ?? 1];
const place = (on: Case, x: number, y: number): number[] =>
  [x, y].slice(0, grids[on].shape.length).map((s, k) => grids[on].lower[k]! + s * grids[on].spacing[k]!);
const field = (on: Case, f: (p: readonly number[]) => readonly number[]): GridField =>
  onFaces(cellsIn(on), grids[on].shape.length, (k, x, y) => f(place(on, x, y))[k]!);
const affine =
  (A: Rows, b: readonly number[]) =>
  (p: readonly number[]): number[] =>
    A.map((row, k) => row.reduce((sum, a, l) => sum + a * p[l]!, b[k]!));
const law = (on: Case): GridMeasure => {
  const mass = onCells(grids[on], (p) => Math.exp(-p.reduce((s, x) => s + x * x, 0)));
  const total = mass.reduce((a, b) => a + b);
  return measureOn(
    grids[on],
    mass.map((m) => m / total),
  );
};
const space = (on: Case) =>
  calculusOf(
    gridSpace({
      initial: { id: 'any', dimension: grids[on].shape.length },
      cells: grids[on].shape,
      lower: grids[on].lower,
      upper: grids[on].upper,
    }),
  );
/** The largest difference, at faces with `where`. */
const gap = (on: Case, u: GridField, v: GridField, where: (p: readonly number[]) => boolean = () => true): number => {
  const counted = field(on, (p) => p.map(() => Number(where(p))));
  return Math.max(
    ...u.faces.flatMap(({ data }, k) =>
      Array.from(data, (a, i) => Math.abs(a - v.faces[k]!.data[i]!) * counted.faces[k]!.data[i]!),
    ),
  );
};

const maps = {
  line: { A: [[-0.4]], b: [0.3], C: [[1.3]], c: [-0.2] },
  plane: {
    A: [
      [-0.3, 0.2],
      [-0.1, -0.25],
    ],
    b: [0.2, -0.1],
    C: [
      [0.7, -1.1],
      [0.4, 0.9],
    ],
    c: [0.5, 0.8],
  },
};

describe.each(['line', 'plane'] as const)('affine fields on a %s', (on) => {
  const { A, b, C, c } = maps[on];
  const [v, u] = [affine(A, b), affine(C, c)];
  const step = 0.8;
  const there = (p: readonly number[]): number[] => p.map((x, k) => x + step * v(p)[k]!);

  const inside = (p: readonly number[]): boolean =>
    there(p).every((x, k) => x >= grids[on].lower[k]! && x <= grids[on].upper[k]!);

  it('are pulled back exactly, but for corners that leave the box', async () => {
    const got = await space(on).pullBack(law(on), field(on, v), step, field(on, u));
    expect(
      gap(
        on,
        got,
        field(on, (p) => u(there(p))),
        inside,
      ),
    ).toBeLessThan(1e-13);
  });

  it('are carried exactly', async () => {
    const got = await space(on).carry(law(on), field(on, v), step, field(on, u));
    const back = await space(on).pullBack(law(on), field(on, v), step, got);
    expect(gap(on, back, field(on, u), (p) => p.every((x) => Math.abs(x) < 1.5))).toBeLessThan(1e-8);
    // Far from the image of the walls.
    const near = (p: readonly number[]) => p.every((x) => Math.abs(x) < 1);
    const inverse = (p: readonly number[]): number[] => {
      let x = p;
      for (let i = 0; i < 100; i++) x = p.map((y, k) => y - step * v(x)[k]!);
      return [...x];
    };
    expect(
      gap(
        on,
        got,
        field(on, (p) => u(inverse(p))),
        near,
      ),
    ).toBeLessThan(1e-8);
  });

  it('are multiplied exactly, also beside the walls', async () => {
    const got = await space(on).multiply(A, field(on, u));
    expect(
      gap(
        on,
        got,
        field(on, (p) =>
          affine(
            A,
            A.map(() => 0),
          )(u(p)),
        ),
      ),
    ).toBeLessThan(1e-13);
  });

  it('have the gradient at displaced points as the displaced gradient', async () => {
    const S = C.map((row, k) => row.map((a, l) => (a + C[l]![k]!) / 2));
    const potential: Potential = {
      dimension: S.length,
      quadratic: { precision: S, center: c, constant: 0 },
    };
    const G = energy('V', { entropy: 0, potential, constant: 0 });
    const got = await space(on).gradientAt(
      G,
      law(on),
      field(on, (p) => v(p).map((x) => step * x)),
    );
    const exact = field(on, (p) =>
      affine(
        S,
        S.map(() => 0),
      )(there(p).map((x, k) => x - c[k]!)),
    );
    expect(gap(on, got, exact, inside)).toBeLessThan(1e-12);
  });
});

describe('a map that folds', () => {
  it('on a line leaves the mean of what lands at a place, by mass', async () => {
    const grid = makeGrid([8], [0], [8]);
    const mu = measureOn(
      grid,
      Float64Array.of(0, 0, 3, 0, 0, 0, 1, 0).map((m) => m / 4),
    );
    // Cells 2 and 6 both land on [4, 5], the latter turned over and stretched twice.
    const ends: Record<number, number> = { 2: 4, 3: 5, 6: 6, 7: 4 };
    const v = onFaces([8, 1], 1, (_, x) => (ends[x] ?? x) - x);
    const u = onFaces([8, 1], 1, (_, x) => 10 * x);
    const { faces } = await calculusOf(
      gridSpace({ initial: { id: 'any', dimension: 1 }, cells: 8, lower: [0], upper: [8] }),
    ).carry(mu, v, 1, u);
    // At 4 are the ends 2 (density 3) and 7 (density 1/2); at 5 the end 3 and the middle of cell 6.
    expect(faces[0]!.data[4]).toBeCloseTo((3 * 20 + 0.5 * 70) / 3.5, 9);
    expect(faces[0]!.data[5]).toBeCloseTo((3 * 30 + 0.5 * 65) / 3.5, 9);
  });

  it('in a plane says with how much of the mass', async () => {
    const v = field('plane', ([x]) => [-2 * x!, 0]);
    await expect(space('plane').carry(law('plane'), v, 0.6, v)).rejects.toThrow(/folds over where 100 % of the mass/);
    expect((await space('plane').carry(law('plane'), v, 0.4, v)).faces).toHaveLength(2);
  });
});
