/** The parts of the solvers, each against brute force or a closed form. */
import type { Interaction } from '@wasserflow/core';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { alongAxis } from '../src/cells/axes.js';
import { conjugateTransform, cTransform } from '../src/prox/c-transform.js';
import { convolve } from '../src/energy/convolve.js';
import { cumulative } from '../src/cells/cumulative.js';
import { makeGrid, onCells } from '../src/cells/grid.js';
import { applyLogKernel, lineKernel, normalInterval } from '@wasserflow/geometry';
import { helmholtzSolver } from '../src/prox/poisson.js';
import { densityLaw } from '../src/energy/pressure.js';
import { densityOfMassOne } from '../src/prox/mass-one.js';

const numbers = (n: number, key: string): Float64Array => Float64Array.from(stream(key).normal([n]).data);
const largest = (values: ArrayLike<number>): number => Math.max(...Array.from(values, Math.abs));
const plane = makeGrid([12, 9], [0, 0], [3, 1.8]);

describe('the c-transform', () => {
  it('is never above the minimum over the cells, and that minimum on the cells of a rough function', () => {
    const f = numbers(plane.size, 'rough').map((v) => 10 * v);
    const tau = 0.3;
    const x = onCells(plane, (p) => p[0]!);
    const y = onCells(plane, (p) => p[1]!);
    const brute = f.map((_, i) =>
      Math.min(...f.map((v, j) => v + ((x[i]! - x[j]!) ** 2 + (y[i]! - y[j]!) ** 2) / (2 * tau))),
    );
    const gaps = cTransform(plane, f, tau).map((v, i) => brute[i]! - v);
    expect(Math.min(...gaps)).toBeGreaterThan(-1e-12);
    // Between cells the parabola is at most an eighth of the largest second difference below.
    const second = (4 * largest(f) + Math.max(...plane.spacing) ** 2 / tau) / 8;
    expect(Math.max(...gaps)).toBeLessThan(2 * second);
  });

  it('of a quadratic is the quadratic of the closed form, away from the walls', () => {
    const grid = makeGrid([200], [-4], [4]);
    const tau = 0.7;
    // min_y a y^2 / 2 + (x - y)^2 / (2 tau) = a x^2 / (2 (1 + a tau)).
    const psi = cTransform(
      grid,
      onCells(grid, ([y]) => (0.8 * y! * y!) / 2),
      tau,
    );
    const errors = psi.map((v, i) => {
      const x = -4 + (i + 0.5) * 0.04;
      return Math.abs(x) < 3 ? v - (0.8 * x * x) / (2 * (1 + 0.8 * tau)) : 0;
    });
    // The parabola through three cells is the function itself.
    expect(largest(errors)).toBeLessThan(1e-13);
  });

  it('twice is the function again where that is c-convex', () => {
    const grid = makeGrid([100], [-2], [2]);
    const f = onCells(grid, ([y]) => Math.cos(y!));
    const back = conjugateTransform(grid, cTransform(grid, f, 0.5), 0.5);
    // Third differences, h^3, are what two interpolations may differ by; at walls points are on cells.
    expect(largest(back.subarray(10, 90).map((v, i) => v - f[i + 10]!))).toBeLessThan(0.04 ** 3);
  });
});

describe('the Neumann solver', () => {
  it('inverts shift - slope Laplacian in a plane', () => {
    const r = numbers(plane.size, 'right');
    const u = helmholtzSolver(plane, 0.3, 0.05)(Float64Array.from(r));
    const applied = u.map((v) => 0.3 * v);
    for (const [k, h] of plane.spacing.entries()) {
      const second = new Float64Array(plane.size);
      alongAxis(plane.shape, k, u, second, (line, out) => {
        for (let i = 0; i < line.length; i++)
          out[i] = ((line[i - 1] ?? line[i]!) - 2 * line[i]! + (line[i + 1] ?? line[i]!)) / (h * h);
      });
      for (let i = 0; i < applied.length; i++) applied[i]! -= 0.05 * second[i]!;
    }
    expect(largest(applied.map((v, i) => v - r[i]!))).toBeLessThan(1e-12);
  });
});

describe('the kernel in the log domain', () => {
  it('is the sum of exponentials, also where products underflow', () => {
    const grid = makeGrid([40, 7], [0, 0], [1, 1]);
    const log = (d: number): number => -3 * d * d;
    const kernels = grid.shape.map((n) => lineKernel(n, log));
    const values = numbers(grid.size, 'log').map((v) => 2000 * v);
    values[17] = -Infinity;
    const out = new Float64Array(grid.size);
    applyLogKernel(grid, kernels, values, out);
    const brute = values.map((_, i) => {
      const terms = values.map((v, j) => {
        const [dx, dy] = [Math.floor(i / 7) - Math.floor(j / 7), (i % 7) - (j % 7)];
        return v + log(dx) + log(dy);
      });
      const top = Math.max(...terms);
      return top + Math.log(terms.reduce((sum, t) => sum + Math.exp(t - top), 0));
    });
    // Logarithms of some thousands, to their rounding.
    expect(largest(out.map((v, i) => v - brute[i]!))).toBeLessThan(1e-10);
  });
});

describe('the distribution function', () => {
  it('is increasing, right at the faces, and has the slope that it tells', () => {
    const F = cumulative(Float64Array.of(0.1, 0.4, 0, 0.2, 0.3));
    expect([0, 1, 2, 3, 4, 5].map(F.at)).toEqual([0, 0.1, 0.5, 0.5, 0.7, 1].map((v) => expect.closeTo(v, 15)));
    for (let s = 0.005; s < 5; s += 0.01) {
      expect(F.at(s + 0.005)).toBeGreaterThanOrEqual(F.at(s - 0.005) - 1e-16);
      expect((F.at(s + 1e-6) - F.at(s - 1e-6)) / 2e-6).toBeCloseTo(F.slope(s), 8);
    }
  });
});

describe('the density by its pressure', () => {
  const grid = makeGrid([50], [-2], [2]);
  const V = new Float64Array(50);
  const phi = onCells(grid, ([x]) => 1 - x! * x!);
  const laws = {
    entropy: { entropy: 0.7, internal: [], maximum: Infinity },
    'm = 2': { entropy: 0, internal: [{ weight: 0.5, power: 2 }], maximum: Infinity },
    'm = 3': { entropy: 0, internal: [{ weight: 0.5, power: 3 }], maximum: Infinity },
    'm = 1/2': { entropy: 0, internal: [{ weight: 0.5, power: 0.5 }], maximum: Infinity },
    mixed: {
      entropy: 0.2,
      internal: [
        { weight: 0.5, power: 3 },
        { weight: 1, power: 0.6 },
      ],
      maximum: Infinity,
    },
    congested: { entropy: 0, internal: [], maximum: 0.4 },
    'bounded entropy': { entropy: 1, internal: [], maximum: 0.4 },
  };
  it.each(Object.entries(laws))('%s: has mass one, and the response that it tells', (_, energy) => {
    const law = densityLaw(energy, 0.05);
    const density = new Float64Array(50);
    const c = densityOfMassOne(grid, law, phi, V, density, 0);
    expect(density.reduce((a, b) => a + b) * grid.volume).toBeCloseTo(1, 12);
    // At its kinks a law has no derivative.
    const smooth = (p: number): boolean =>
      [-0.05, 0.05].every((k) => Math.abs(p - k) > 1e-3) && Math.abs(law.density(p, 0) - energy.maximum) > 1e-3;
    for (const p of phi.map((v) => v - c).filter(smooth)) {
      const rho = law.density(p, 0);
      const slope = (law.density(p + 1e-6, 0) - law.density(p - 1e-6, 0)) / 2e-6;
      expect(slope / (1 + rho)).toBeCloseTo(law.response(p, rho, 0) / (1 + rho), 5);
    }
  });

  it('has the slope of its local energy as pressure', () => {
    const law = densityLaw(laws.mixed, 0.05);
    const rho = law.density(0.8, 0);
    expect(0.2 * Math.log(rho) + 0.75 * rho ** 2 - 1.5 * rho ** -0.4).toBeCloseTo(0.8, 12);
  });
});

describe('convolution', () => {
  const attraction: Interaction = {
    at: (s) => ({ value: Math.sqrt(s), first: 0, second: 0 }),
    value: (s) => s,
    slope: (s) => s,
  };
  it('is the sum over all pairs', () => {
    const mass = numbers(plane.size, 'mass').map(Math.abs);
    const x = onCells(plane, (p) => p[0]!);
    const y = onCells(plane, (p) => p[1]!);
    const brute = mass.map((_, i) => mass.reduce((sum, m, j) => sum + m * Math.hypot(x[i]! - x[j]!, y[i]! - y[j]!), 0));
    expect(largest(convolve(plane, attraction, mass).map((v, i) => v - brute[i]!))).toBeLessThan(1e-11);
  });

  it('takes a cell of a singular interaction by its mean: log|z| on a line', () => {
    const grid = makeGrid([4], [0], [2]);
    const log: Interaction = {
      ...attraction,
      singular: true,
      at: (s) => ({ value: Math.log(s) / 2, first: 0, second: 0 }),
    };
    const [own, next] = convolve(grid, log, Float64Array.of(1, 0, 0, 0));
    // E log|u - v| over one cell is log h - 3/2; the quadrature has 24 points.
    expect(own).toBeCloseTo(Math.log(0.5) - 1.5, 1);
    expect(next).toBeCloseTo(Math.log(0.5), 12);
  });
});

describe('normal probabilities', () => {
  it('are those of tables, and keep their digits in the tails', () => {
    expect(normalInterval(-1, 1)).toBeCloseTo(0.6826894921370859, 14);
    expect(normalInterval(0.5, 3)).toBeCloseTo(0.3071876406943568, 13);
    // P(Z > 10) and P(Z < -20).
    expect(normalInterval(10, 40) / 7.619853024160495e-24).toBeCloseTo(1, 11);
    expect(normalInterval(-60, -20) / 2.7536241186062337e-89).toBeCloseTo(1, 11);
  });
});
