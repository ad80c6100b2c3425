/**
 * Schemes on space `grid`, which knows nothing of Gaussians, against space `gaussian`, and divergences in the plane
 * against their closed forms.
 */
import {
  calculusOf,
  type Distribution,
  type Functional,
  type GaussianMeasure,
  type GridMeasure,
  type Scheme,
} from '@wasserflow/core';
import { chiSquare, hellinger, jensenShannon, kl, renyi, reverseKl } from '@wasserflow/functionals';
import {
  accelerated,
  acceleratedJko,
  bdf2,
  extragradient,
  extrapolatedBdf2,
  forwardEuler,
  implicitMidpoint,
  jko,
  kalman,
  preconditioned,
  svgd,
  trapezoid,
} from '@wasserflow/schemes';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { gridSpace, makeGrid, measureOn } from '@wasserflow/space-grid';
import { gaussian } from '@wasserflow/targets';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

const initial = gaussian({ mean: [0.8], variance: 1.5 });
const target = gaussian({ mean: [-0.3], variance: 0.9 });
const functional = kl(target);
const exactly = calculusOf(gaussianSpace(initial));
// Wide enough for the coordinates of `preconditioned` too: mass that would leave the box stops at its wall.
const HALF = 8;
const onCells = (cells: number) => calculusOf(gridSpace({ initial, cells, lower: [-HALF], upper: [HALF] }));

interface Steps {
  readonly count: number;
  readonly gamma: number;
}
/** Below h^2 / 2 = 0.0139 on 96 cells, beyond which explicit steps of entropy are unstable. */
const explicit: Steps = { count: 20, gamma: 0.008 };
/** Maps of steps that go less than a cell are known to a share of it only, which extrapolation adds up. */
const implicit: Steps = { count: 4, gamma: 0.1 };

async function run(
  scheme: Scheme<any>,
  { count, gamma }: Steps,
  space: ReturnType<typeof calculusOf>,
  along: Functional = functional,
): Promise<any> {
  const problem = { functional: along, space };
  let state = scheme.init(await space.initial(stream(0)), problem);
  for (let step = 1; step <= count; step++) {
    const result = await scheme.step(state, problem, { step, gamma, rng: stream(0).fork(step) });
    expect([result.status, result.message]).toEqual(['ok', undefined]);
    state = result.state;
  }
  return state.measure;
}

describe('schemes on a line, from N(0.8, 1.5) along KL to N(-0.3, 0.9)', () => {
  const schemes: [string, Scheme<any>, Steps][] = [
    ['jko', jko(), implicit],
    ['trapezoid', trapezoid(), implicit],
    ['implicit-midpoint', implicitMidpoint(), implicit],
    ['accelerated-jko', acceleratedJko(), implicit],
    ['bdf2', bdf2(), implicit],
    ['extrapolated-bdf2', extrapolatedBdf2(), implicit],
    ['preconditioned jko', preconditioned(jko(), [[0.8]]), implicit],
    ['forward-euler', forwardEuler(), explicit],
    ['extragradient', extragradient(), explicit],
    ['accelerated', accelerated({ beta: 1 }), explicit],
    ['kalman', kalman(), { ...explicit, count: 40 }],
    ['svgd', svgd({ id: 'linear', linear: true }), explicit],
    ['preconditioned forward-euler', preconditioned(forwardEuler(), [[0.8]]), explicit],
  ];

  it.each(schemes)('%s', async (_, scheme, steps) => {
    const exact: GaussianMeasure = await run(scheme, steps, exactly);
    const law = gaussian({ mean: [...exact.mean], variance: exact.covariance[0]![0]! });
    const gaps: number[] = [];
    for (const cells of [48, 96]) {
      const space = onCells(cells);
      const mu: GridMeasure = await run(scheme, steps, space);
      gaps.push(Math.sqrt(await space.distance2(mu, await space.represent(law, stream(0)))));
      const excess = (await space.value(functional, mu)) - (await exactly.value(functional, exact));
      // Binning alone changes the value by about h^2 / 70.
      expect(Math.abs(excess)).toBeLessThan(((2 * HALF) / cells) ** 2 / 6);
    }
    // The law moves by 0.4 (implicit) or 0.2; steps of first and second order differ by 0.016.
    expect(gaps[1]).toBeLessThan(8e-3);
    expect(gaps[1]).toBeLessThan(gaps[0]! / 2);
  });
});

const there = gaussian({
  mean: [0.2, -0.1],
  covariance: [
    [1.4, 0.3],
    [0.3, 1.1],
  ],
});
const here = gaussian({
  mean: [-0.3, 0.4],
  covariance: [
    [1, -0.2],
    [-0.2, 0.8],
  ],
});

describe('explicit schemes in the plane, along KL between correlated Gaussians', () => {
  const along = kl(there);
  const schemes: [string, Scheme<any>][] = [
    ['extragradient', extragradient()],
    ['accelerated', accelerated({ beta: 0.5 })],
    ['kalman', kalman()],
    ['svgd', svgd({ id: 'linear', linear: true })],
  ];

  it.each(schemes)('%s', async (_, scheme) => {
    const steps = { count: 8, gamma: 0.02 };
    const exact: GaussianMeasure = await run(scheme, steps, calculusOf(gaussianSpace(here)), along);
    const space = calculusOf(gridSpace({ initial: here, cells: 24, lower: [-6, -6], upper: [6, 6] }));
    const mu: GridMeasure = await run(scheme, steps, space, along);
    const law = gaussian({ mean: [...exact.mean], covariance: exact.covariance });
    // The law moves by 0.1 at the least, `accelerated` by 0.3; cells of 0.5, whose errors fall with their square.
    expect(Math.sqrt(await space.distance2(mu, await space.represent(law, stream(0))))).toBeLessThan(0.015);
  });
});

describe('divergences in the plane, between correlated Gaussians', () => {
  const all: [string, Functional][] = [
    ['renyi 3/2', renyi(there, 1.5)],
    ['renyi 1/2', renyi(there, 0.5)],
    ['hellinger', hellinger(there)],
    // On Gaussians a quadrature, which knows no cells.
    ['jensen-shannon', jensenShannon(there)],
    ['reverse-kl', reverseKl(there)],
  ];

  it.each(all)('%s', async (_, G) => {
    const exact = await calculusOf(gaussianSpace(here)).value(G, here.gaussian!);
    const errors: number[] = [];
    for (const cells of [24, 48]) {
      const space = calculusOf(gridSpace({ initial: here, cells, lower: [-6, -6], upper: [6, 6] }));
      errors.push(Math.abs((await space.value(G, await space.initial(stream(0)))) - exact));
    }
    // Masses are means over cells, those of the target the density at their centres: second order, and a little less
    // where the tails weigh as much as in `renyi` above one.
    expect(errors[0]! / errors[1]!).toBeGreaterThan(3);
    expect(errors[1]).toBeLessThan(0.03 * exact);
  });
});

describe('divergences to a target of bounded support, by forward Euler', () => {
  const [low, high] = [-1.6, 1.6];
  const centres = Array.from({ length: 32 }, (_, i) => low + 0.1 * (i + 0.5));
  /** Uniform on [-1, 1]. */
  const uniform: Distribution = {
    id: 'uniform',
    dimension: 1,
    potential: {
      dimension: 1,
      pointwise: { value: ([x]) => (Math.abs(x!) <= 1 ? 0 : Infinity), gradient: () => [0], hessian: () => [[0]] },
    },
  };
  const space = calculusOf(gridSpace({ initial: uniform, cells: 32, lower: [low], upper: [high] }));
  const all: [string, Functional, number][] = [
    ['chi-square', chiSquare(uniform), 5e-4],
    ['renyi 2', renyi(uniform, 2), 5e-4],
    ['renyi 1/2', renyi(uniform, 0.5), 1e-3],
    ['hellinger', hellinger(uniform), 2e-3],
    ['jensen-shannon', jensenShannon(uniform), 2e-3],
    ['kl', kl(uniform), 2e-3],
  ];

  // On half of the support: cells are empty both within the support and beyond.
  it.each(all)('%s falls from one finite value to the next, and lets no mass out', async (_, functional, gamma) => {
    const start = Float64Array.from(centres, (x) => (Math.abs(x + 0.5) < 0.5 ? 0.1 : 0));
    const problem = { functional, space };
    let state = forwardEuler().init(measureOn(makeGrid([32], [low], [high]), start), problem);
    const values = [await space.value(functional, state.measure)];
    for (let step = 1; step <= 100; step++) {
      const result = await forwardEuler().step(state, problem, { step, gamma, rng: stream(0) });
      expect([result.status, result.message]).toEqual(['ok', undefined]);
      state = result.state;
      if (step % 20 === 0) values.push(await space.value(functional, state.measure));
    }
    expect(values.every((v, i) => v < (values[i - 1] ?? Infinity))).toBe(true);
    expect(values.at(-1)).toBeLessThan(0.8 * values[0]!);
    const masses: number[] = Array.from((state.measure as GridMeasure).mass.data);
    // Beyond the wall hellinger and renyi below one are finite: there a cell at the edge may spill a little.
    expect(masses.reduce((sum, m, i) => sum + (Math.abs(centres[i]!) > 1 ? m : 0), 0)).toBeLessThan(1e-3);
  });
});
