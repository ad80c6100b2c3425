/** Gradients beside cells that are empty, full of nothing but tail, or out of bounds; and smoothed by kernels. */
import { calculusOf, energy, type Functional, type GridMeasure, type Kernel, type Potential } from '@wasserflow/core';
import { gridSpace, makeGrid, measureOn, type GridField } from '@wasserflow/space-grid';
import { ops, stream, type NdArray } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { kernelGradient } from '../src/fields/kernel-gradient.js';

const normal = (mean: number, variance: number) => ({
  id: 'normal',
  dimension: 1,
  gaussian: { mean: [mean], covariance: [[variance]] },
});
const quadratic: Potential = { dimension: 1, quadratic: { precision: [[1]], center: [0], constant: 0 } };
/** KL to N(0, 1). */
const kl = energy('kl', { entropy: 1, potential: quadratic, constant: Math.log(2 * Math.PI) / 2 });
const entropy = energy('entropy', { entropy: 1, constant: 0 });
const box = (cells: number, half: number, initial = normal(0, 1)) =>
  calculusOf(gridSpace({ initial, cells, lower: [-half], upper: [half] }));
const four = makeGrid([4], [0], [2]);
const space = calculusOf(gridSpace({ initial: normal(1, 0.01), cells: 4, lower: [0], upper: [2] }));
const of = (...mass: number[]): GridMeasure => measureOn(four, Float64Array.from(mass));
const faces = async (G: Functional, mu: GridMeasure): Promise<number[]> =>
  Array.from((await space.gradient(G, mu)).faces[0]!.data);

describe('beside an empty cell', () => {
  it('entropy drives at 2 a / h, and moves mass there as the heat equation does', async () => {
    const mu = of(0, 0.5, 0.5, 0);
    expect(await faces(entropy, mu)).toEqual([0, 4, 0, -4, 0]);
    // Mean mass 1/4 times 2 / h is the flux (1/2 - 0) / h.
    const gamma = 1e-3;
    const { mass } = await space.push(mu, await space.gradient(entropy, mu), -gamma);
    expect(space.defect!(await space.push(mu, await space.gradient(entropy, mu), -gamma))).toBeUndefined();
    // A box spread over a cell more brings three quarters of that at once: its dipole takes some back.
    expect(mass.data[0]! / ((gamma * 0.5) / 0.25)).toBeGreaterThan(1);
    expect(mass.data[0]! / ((gamma * 0.5) / 0.25)).toBeLessThan(2);
  });

  it('is as beside a cell with next to nothing in it', async () => {
    const next = await faces(entropy, of(1e-200, 0.5, 0.5, 1e-200));
    expect(next[1]).toBeCloseTo((await faces(entropy, of(0, 0.5, 0.5, 0)))[1]!, 12);
  });

  it('what falls to -infinity is taken with e^-2 of the mass beside', async () => {
    const roots: Functional = {
      id: 'roots',
      facets: {
        grid: {
          value: () => 0,
          firstVariation: (mu) => Float64Array.from(mu.mass.data, (m) => -1 / Math.sqrt(m)),
        },
      },
    };
    const [, left, middle, right] = await faces(roots, of(0, 0.25, 0.75, 0));
    expect(left).toBeCloseTo((-2 + 2 * Math.E) / 0.5, 12);
    expect(middle).toBeCloseTo((2 - 1 / Math.sqrt(0.75)) / 0.5, 12);
    expect(right).toBeCloseTo((1 - Math.E) / Math.sqrt(0.75) / 0.5, 12);
    expect(await faces(roots, of(1, 0, 0, 0))).toEqual([0, (1 - Math.E) / 0.5, 0, 0, 0]);
    // Fast diffusion, rho^(1/2): -2 rho^(1/2).
    const fast = energy('fast', { entropy: 0, internal: [{ weight: 1, power: 0.5 }], constant: 0 });
    expect((await faces(fast, of(0, 0.5, 0.5, 0)))[1]).toBeCloseTo((Math.E - 1) / 0.5, 12);
  });
});

describe('where a potential is infinite', () => {
  const half: Potential = {
    dimension: 1,
    pointwise: {
      value: ([x]) => (x! > 1 ? Infinity : x!),
      gradient: () => [1],
      hessian: () => [[0]],
    },
  };
  const G = energy('half', { entropy: 1, potential: half, constant: 0 });

  it('there is a wall that keeps the mass', async () => {
    const mu = of(0.5, 0.5, 0, 0);
    expect(await space.value(G, mu)).toBeLessThan(Infinity);
    expect(await faces(G, mu)).toEqual([0, 1, 0, 0, 0]);
    const { mass } = await space.push(mu, await space.gradient(G, mu), -0.05);
    expect(mass.data[0]! + mass.data[1]!).toBeCloseTo(1, 14);
  });

  it('mass has no gradient, and no finite value', async () => {
    expect(await space.value(G, of(0.5, 0.25, 0.25, 0))).toBe(Infinity);
    await expect(space.gradient(G, of(0.5, 0.25, 0.25, 0))).rejects.toThrow(
      '`half` has no gradient: its first variation is Infinity in cell 2, which has mass',
    );
  });
});

describe('in tails', () => {
  it('an affine gradient is exact as far as the density falls less than e^2-fold from cell to cell', async () => {
    const here = box(40, 6, normal(0.5, 0.5));
    const mu = await here.initial(stream(0));
    const [{ data }] = (await here.gradient(kl, mu)).faces as readonly [NdArray];
    const errors = Array.from({ length: 39 }, (_, i) => -6 + 0.3 * (i + 1))
      .map((x, i) => Math.abs(data[i + 1]! - x + (x - 0.5) / 0.5) / Math.max(Math.abs(x - 0.5), 1))
      .filter((_, i) => Math.abs(-6 + 0.3 * (i + 1) - 0.5) < 2);
    // Exact but for the means over cells of h = 0.3 next to a width of 0.7.
    expect(Math.max(...errors)).toBeLessThan(0.03);
  });

  // Cells of 0.6 in a box of 12 standard deviations: next to the walls the target falls 1000 times from cell to cell.
  it.each([
    [1, 2],
    [3, 0.2],
  ])('forward Euler from N(%d, %d) stays finite and converges', async (mean, variance) => {
    const wide = box(40, 12, normal(mean, variance));
    let mu = await wide.initial(stream(0));
    const gamma = wide.stepLimit!(kl, mu)!.size / 2;
    for (let n = 0; n * gamma < 8; n++) {
      mu = await wide.push(mu, await wide.gradient(kl, mu), -gamma);
      expect(wide.defect!(mu)).toBeUndefined();
    }
    expect(Float64Array.from(mu.mass.data).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    // exp(-2 t) of KL is 1e-6 here; under-resolved tails leave the rest.
    expect(Math.abs(await wide.value(kl, mu))).toBeLessThan(3e-4);
    const goal = await wide.represent(normal(0, 1), stream(0));
    expect(Math.sqrt(await wide.distance2(mu, goal))).toBeLessThan(0.03);
  });
});

const gaussianKernel: Kernel = {
  id: 'gaussian',
  radial: () => ({
    bandwidth: 0.8,
    at(s) {
      const e = Math.exp(-s / (2 * 0.64));
      return { value: e, first: -e / 1.28, second: e / 1.28 ** 2 };
    },
    value: (s) => ops.exp(s),
    slope: (s) => ops.exp(s),
  }),
};

describe('a gradient smoothed by a kernel', () => {
  const plane = makeGrid([5, 4], [-1, 0], [1.5, 2.4]);
  const draws = stream('kernel').uniform([9 * 20]).data;
  const mu = measureOn(
    plane,
    Float64Array.from(draws.subarray(0, 20)).map((m) => m / 10),
  );
  const shapes = [
    [6, 4],
    [5, 5],
  ];
  const v: GridField = {
    faces: shapes.map((shape, k) => ({
      shape,
      data: Float64Array.from({ length: shape[0]! * shape[1]! }, (_, i) => draws[20 + 30 * k + i]! - 0.5),
    })),
  };
  const inner = (k: number, i: number, j: number): boolean => (k === 0 ? i > 0 && i < 5 : j > 0 && j < 4);
  const at = (k: number, i: number, j: number): number[] => [
    -1 + (i + (k === 0 ? 0 : 0.5)) * 0.5,
    (j + (k === 1 ? 0 : 0.5)) * 0.6,
  ];
  const massAt = (k: number, i: number, j: number): number =>
    (Number(mu.mass.data[i * 4 + j]) + Number(mu.mass.data[(k === 0 ? i - 1 : i) * 4 + (k === 1 ? j - 1 : j)])) / 2;
  const each = (k: number, visit: (i: number, j: number) => void): void => {
    for (let i = 0; i < shapes[k]![0]!; i++) for (let j = 0; j < shapes[k]![1]!; j++) if (inner(k, i, j)) visit(i, j);
  };

  it.each([
    [
      'radial',
      gaussianKernel,
      (x: number[], y: number[]) => Math.exp(-((x[0]! - y[0]!) ** 2 + (x[1]! - y[1]!) ** 2) / 1.28),
    ],
    [
      'linear',
      { id: 'linear', linear: true } as Kernel,
      (x: number[], y: number[]) => x[0]! * y[0]! + x[1]! * y[1]! + 1,
    ],
  ])('is the sum over faces in a plane: %s', (_, kernel, k) => {
    const got = kernelGradient(mu, kernel, v);
    for (const axis of [0, 1]) {
      const columns = shapes[axis]![1]!;
      each(axis, (i, j) => {
        let sum = 0;
        each(axis, (p, q) => {
          sum += k(at(axis, i, j), at(axis, p, q)) * massAt(axis, p, q) * Number(v.faces[axis]!.data[p * columns + q]);
        });
        expect(got.faces[axis]!.data[i * columns + j]).toBeCloseTo(sum, 12);
      });
    }
  });

  it('of a Gaussian has the closed form, to second order', async () => {
    // int k(x, y) (a y + b) N(y; m, s) dy is that of the product of two Gaussians.
    const [m, s, h2] = [0.4, 0.7, 0.64];
    const exact = (x: number): number => {
      const k = Math.sqrt(h2 / (h2 + s)) * Math.exp(-((x - m) ** 2) / (2 * (h2 + s)));
      const y = m + ((x - m) * s) / (h2 + s);
      // The gradient of KL to N(0, 1) is y - (y - m) / s.
      return k * (y - (y - m) / s);
    };
    const error = async (cells: number): Promise<number> => {
      const line = box(cells, 5, normal(m, s));
      const [{ data }] = (await line.kernelGradient(kl, gaussianKernel, await line.initial(stream(0))))
        .faces as readonly [NdArray];
      return Math.max(
        ...Array.from({ length: cells - 1 }, (_, i) => Math.abs(data[i + 1]! - exact(-5 + ((i + 1) * 10) / cells))),
      );
    };
    const [coarse, fine] = [await error(30), await error(60)];
    expect(fine).toBeLessThan(3e-3);
    expect(coarse / fine).toBeGreaterThan(3.5);
  });

  it('refuses a kernel of neither kind', () => {
    expect(() => kernelGradient(mu, { id: 'odd' }, v)).toThrow('kernel `odd` is neither radial nor linear');
  });
});
