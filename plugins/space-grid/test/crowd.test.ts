/** Crowds in a plane: a potential, and a bound on the density. */
import { calculusOf, energy, type Functional, type GridMeasure } from '@wasserflow/core';
import { gridSpace, type GridSpaceOptions } from '@wasserflow/space-grid';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

const identity = [
  [1, 0],
  [0, 1],
];
const pull = energy('pull', {
  entropy: 0,
  potential: { dimension: 2, quadratic: { precision: identity, center: [0, 0], constant: 0 } },
  constant: 0,
});
const crowd = (maximum: number): Functional => ({
  id: 'crowd',
  summands: [
    { weight: 1, of: pull },
    { weight: 1, of: { id: 'bound', facets: { grid: { maximum, value: () => 0 } } } },
  ],
});

/**
 * A step from N(0, s I) in |x|^2 / 2 with rho <= M. Without the bound x moves to x / (1 + gamma), a Gaussian again;
 * where that is too dense a disc fills up, from within (1 + gamma) R to R: M pi R^2 = 1 - e^(-(1 + gamma)^2 R^2 / (2 s)).
 */
function exactStep(s: number, M: number, gamma: number): { R: number; secondMoment: number } {
  const within = (R: number): number => -Math.expm1((-((1 + gamma) ** 2) * R * R) / (2 * s));
  let [low, high] = [1e-3, 1 / Math.sqrt(M * Math.PI)];
  for (let k = 0; k < 60; k++) {
    const R = (low + high) / 2;
    if (within(R) > M * Math.PI * R * R) low = R;
    else high = R;
  }
  // |x|^2 of the Gaussian is exponential, of mean 2 s.
  const tail = ((1 + gamma) * low) ** 2 / (2 * s);
  const outside = (2 * s * (1 + tail) * Math.exp(-tail)) / (1 + gamma) ** 2;
  return { R: low, secondMoment: (M * Math.PI * low ** 4) / 2 + outside };
}

const [s, M, cells, half] = [0.5, 0.4, 40, 3];
const h = (2 * half) / cells;
const spaceWith = (options: Partial<GridSpaceOptions>) =>
  calculusOf(
    gridSpace({
      initial: {
        id: 'g',
        dimension: 2,
        gaussian: { mean: [0, 0], covariance: identity.map((r) => r.map((v) => v * s)) },
      },
      cells,
      lower: [-half, -half],
      upper: [half, half],
      ...options,
    }),
  );
const context = { rng: stream('crowd') };

/** The mass of the cells with centres within radius r over their area. */
function meanDensity({ mass }: GridMeasure, r: number): number {
  const at = (i: number): number => -half + (i + 0.5) * h;
  const inside = Array.from(mass.data).filter((_, c) => Math.hypot(at(Math.floor(c / cells)), at(c % cells)) < r);
  return inside.reduce((a, b) => a + b, 0) / (inside.length * h * h);
}

describe('a step from a Gaussian below the bound fills a disc', () => {
  it.each([
    ['by default', {}, 0.2, h ** 2],
    ['by default', {}, 1, h ** 2],
    ['back-and-forth', { method: 'back-and-forth' }, 0.2, 2 * h ** 2],
    ['back-and-forth', { method: 'back-and-forth' }, 1, 2 * h ** 2],
  ] as const)('%s %o, gamma = %d', async (_, options, gamma, error) => {
    const space = spaceWith(options);
    const mu = await space.initial(stream(1));
    const { status, measure } = await space.prox(crowd(M), mu, gamma, context);
    expect(status).toBe('ok');
    const { R, secondMoment } = exactStep(s, M, gamma);
    expect(Math.max(...measure.mass.data) / h ** 2).toBeLessThan(M * (1 + 1e-6));
    // Fronts are some cells wide, by the plan or the pressures of a front; R is 3 cells at gamma = 0.2.
    expect(meanDensity(measure, 0.8 * R)).toBeGreaterThan(0.94 * M);
    const { covariance } = await space.moments(measure);
    const found = covariance[0]![0]! + covariance[1]![1]! - h ** 2 / 3;
    // Of second order in the size of a cell, and in epsilon = 2 h^2; without the step the error is 0.3.
    expect(Math.abs(found - secondMoment)).toBeLessThan(error);
    expect(Math.abs(Float64Array.from(measure.mass.data).reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-12);
  });

  it('step after step, until all is full: variance 1 / (4 pi M)', async () => {
    const space = spaceWith({});
    let mu = await space.initial(stream(1));
    for (let k = 0; k < 6; k++) mu = (await space.prox(crowd(M), mu, 1, context)).measure;
    const { covariance } = await space.moments(mu);
    expect(covariance[0]![0]! - h ** 2 / 6).toBeCloseTo(1 / (4 * Math.PI * M), 2);
    expect(meanDensity(mu, 0.8 / Math.sqrt(M * Math.PI))).toBeGreaterThan(0.999 * M);
  });
});
