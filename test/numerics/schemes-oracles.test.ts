/**
 * Schemes on space `gaussian`, non-commuting and in two dimensions, against closed forms computed elsewhere.
 * Tolerance 1e-10, as the oracles state it.
 */
import { energy, type GaussianMeasure, type Scheme } from '@wasserflow/core';
import {
  accelerated,
  bdf2,
  extrapolatedBdf2,
  forwardBackward,
  forwardEuler,
  implicitMidpoint,
  jko,
  kalman,
  langevin,
  mirror,
  preconditioned,
  proximalLangevin,
  regularizedProximal,
  svgd,
  symmetrizedLangevin,
  trapezoid,
} from '@wasserflow/schemes';
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { gaussianLaw } from './gaussian-laws.js';
import { march } from './gaussian-march.js';
import oracles from './oracles/schemes.json' with { type: 'json' };

const DIGITS = 10;

function expectCovariance({ covariance }: GaussianMeasure, expected: number[][], digits = DIGITS): void {
  expected.forEach((row, i) => row.forEach((value, j) => expect(covariance[i]![j]).toBeCloseTo(value, digits)));
}
function expectMeasure(actual: GaussianMeasure, m: number[], S: number[][], digits = DIGITS): void {
  m.forEach((value, i) => expect(actual.mean[i]).toBeCloseTo(value, digits));
  expectCovariance(actual, S, digits);
}

interface Inputs {
  m?: number[];
  S: number[][];
  m_star?: number[];
  Sigma_star: number[][];
}
const from = ({ m = [0, 0], S, m_star = [0, 0], Sigma_star }: Inputs) => ({
  from: { mean: m, covariance: S },
  target: { mean: m_star, covariance: Sigma_star },
});

it('accelerated: momentum of strongly convex problems', async () => {
  const { inputs, outputs } = oracles.aig_gaussian_strongly_convex;
  const { measures, problem } = await march(accelerated({ beta: inputs.beta }), {
    ...from(inputs),
    gamma: inputs.tau,
    count: 400,
  });
  for (const { n, m, S, KL } of outputs) {
    expectMeasure(measures[n]!, m, S);
    expect(await problem.space.value(problem.functional, measures[n]!)).toBeCloseTo(KL, DIGITS);
  }
  // The convexity that the functional declares is that beta.
  expect(problem.functional.convexity).toBeCloseTo(inputs.beta, 12);
});

it('mirror: the negative entropy as mirror map', async () => {
  const { inputs, outputs } = oracles.entropy_mirror_descent_gaussian;
  const { measures } = await march(mirror(), { ...from(inputs), gamma: inputs.gamma, count: 60 });
  for (const { n, S } of outputs) expectCovariance(measures[n]!, S);
});

it('mirror: a quadratic form is forward Euler preconditioned by its inverse', async () => {
  const { inputs } = oracles.entropy_mirror_descent_gaussian;
  const options = { ...from({ ...inputs, m: [1, -2] }), gamma: 0.1, count: 5 };
  const matrix = [
    [2, 0.5],
    [0.5, 1],
  ];
  const precision = [
    [1 / 1.75, -0.5 / 1.75],
    [-0.5 / 1.75, 2 / 1.75],
  ];
  const one = (await march(mirror({ precision }), options)).measures[5]!;
  const other = (await march(preconditioned(forwardEuler(), matrix), options)).measures[5]!;
  expectMeasure(one, [...other.mean], other.covariance as number[][], 12);
});

it('svgd: the linear kernel', async () => {
  const { inputs, outputs } = oracles.svgd_linear_kernel_gaussian;
  const kernel = { id: 'linear', linear: true } as const;
  const { measures } = await march(svgd(kernel), { ...from(inputs), gamma: inputs.gamma, count: 2000 });
  for (const { n, S } of outputs) expectCovariance(measures[n]!, S);
});

describe('regularized-proximal', () => {
  it('goes down grad V + a grad log rho_T, rho_T by its kernel formula', async () => {
    const { inputs, outputs } = oracles.regularized_wasserstein_proximal_gaussian;
    const { m, S, m_star, Sigma_star, T, beta } = inputs;
    const [gamma, a] = [0.2, 1 / beta];
    const { potential } = gaussianLaw('target', m_star, Sigma_star);
    const functional = energy('G', { entropy: a, potential: potential!, constant: 0 });
    const { measures } = await march(regularizedProximal(T), { ...from(inputs), gamma, count: 1, functional });
    const [L, score] = [inverse(new Matrix(Sigma_star)), inverse(new Matrix(outputs.S)).mul(a)];
    const column = (u: number[], v: number[]) => Matrix.columnVector(u.map((x, i) => x - v[i]!));
    const field = Matrix.sub(L.mmul(column(m, m_star)), score.mmul(column(m, outputs.m))).to1DArray();
    const B = Matrix.eye(2).sub(Matrix.sub(L, score).mul(gamma));
    const mean = m.map((x, i) => x - gamma * field[i]!);
    expectMeasure(measures[1]!, mean, B.mmul(new Matrix(S)).mmul(B.transpose()).to2DArray());
  });

  it('has the stationary covariance (1 - T^2 l^2) / l', async () => {
    const target = {
      mean: [1, -1],
      covariance: [
        [2, 0],
        [0, 0.5],
      ],
    };
    const start = {
      mean: [0, 0],
      covariance: [
        [1, 0.2],
        [0.2, 1],
      ],
    };
    const { measures } = await march(regularizedProximal(), { from: start, target, gamma: 0.3, count: 400 });
    const limit = (l: number) => (1 - (0.3 * l) ** 2) / l;
    expectMeasure(
      measures[400]!,
      [1, -1],
      [
        [limit(0.5), 0],
        [0, limit(2)],
      ],
    );
  });
});

describe('Langevin schemes that are implicit in the potential', () => {
  const { inputs, outputs } = oracles.proximal_langevin_and_sla;
  const cases: readonly [string, Scheme, typeof outputs.sla][] = [
    ['prox first', proximalLangevin('prox-first'), outputs.prox_then_heat],
    ['heat first', proximalLangevin('heat-first'), outputs.heat_then_prox],
    ['symmetrized', symmetrizedLangevin(), outputs.sla],
  ];
  it.each(cases)('%s', async (_, scheme, { step1, S_inf }) => {
    const { measures } = await march(scheme, { ...from(inputs), gamma: inputs.gamma, count: 400 });
    expectMeasure(measures[1]!, step1.m, step1.S);
    expectCovariance(measures[400]!, S_inf);
  });
});

it('bdf2: one step after a JKO step', async () => {
  const { inputs, outputs } = oracles.bdf2_jko_1d_step;
  const line = ([m, s]: number[]): GaussianMeasure => ({ mean: [m!], covariance: [[s! ** 2]] });
  const options = { from: line(inputs.p0), target: { covariance: [[1 / inputs.lam]] }, gamma: inputs.gamma, count: 2 };
  for (const scheme of [bdf2(), extrapolatedBdf2()]) {
    const { measures } = await march(scheme, options);
    expectMeasure(measures[1]!, [inputs.p1[0]!], [[inputs.p1[1]! ** 2]]);
    expectMeasure(measures[2]!, [outputs.m], [[outputs.sigma ** 2]]);
  }
});

describe('time_order_1d_gaussian: orders on N(3, 4) -> N(0, 1) at time one', () => {
  const { exact, schemes } = oracles.time_order_1d_gaussian.outputs;
  const [m1, s1] = exact as [number, number];
  const cases: readonly [string, Scheme<any>, keyof typeof schemes, number][] = [
    ['forward-euler', forwardEuler(), 'fe', 1],
    ['jko', jko(), 'jko', 1],
    ['forward-backward', forwardBackward(), 'fb', 1],
    ['implicit-midpoint', implicitMidpoint(), 'mid', 2],
    ['trapezoid', trapezoid(), 'cn', 2],
    ['bdf2', bdf2(), 'bdf2', 2],
    ['extrapolated-bdf2', extrapolatedBdf2(), 'evbdf2', 2],
  ];
  it.each(cases)('%s', async (_, scheme, key, order) => {
    const points: [number, number][] = [];
    for (const { gamma, final } of schemes[key]) {
      const start = { mean: [3], covariance: [[4]] };
      const count = Math.round(1 / gamma);
      const { measures } = await march(scheme, { from: start, target: { covariance: [[1]] }, gamma, count });
      const [m, s] = [measures[count]!.mean[0]!, Math.sqrt(measures[count]!.covariance[0]![0]!)];
      expect(m).toBeCloseTo(final[0]!, DIGITS);
      expect(s).toBeCloseTo(final[1]!, DIGITS);
      points.push([Math.log(gamma), Math.log(Math.hypot(m - m1, s - s1))]);
    }
    const mean = (k: 0 | 1) => points.reduce((sum, p) => sum + p[k] / points.length, 0);
    const [x, y] = [mean(0), mean(1)];
    const slope =
      points.reduce((sum, p) => sum + (p[0] - x) * (p[1] - y), 0) / points.reduce((sum, p) => sum + (p[0] - x) ** 2, 0);
    expect(Math.abs(slope - order)).toBeLessThan(0.1);
  });
});

describe('local_linear_rates: at the minimiser, by differences', () => {
  const { inputs, outputs } = oracles.local_linear_rates;
  const { l1, l2, gamma } = inputs;
  const cases: readonly [string, Scheme, typeof outputs.jko][] = [
    ['jko', jko(), outputs.jko],
    ['forward-backward', forwardBackward(), outputs.fb],
    ['forward-euler', forwardEuler(), outputs.fe],
    ['langevin', langevin(), outputs.ula],
    ['kalman', kalman(), outputs.kalman],
  ];
  it.each(cases)('%s', async (name, scheme, rates) => {
    const target = {
      mean: [0, 0],
      covariance: [
        [1 / l1, 0],
        [0, 1 / l2],
      ],
    };
    const at = (l: number) => (name === 'langevin' ? 1 / (l * (1 - (gamma * l) / 2)) : 1 / l);
    const step = async (mean: number[], covariance: number[][]) =>
      (await march(scheme, { from: { mean, covariance }, target, gamma, count: 1 })).measures[1]!;
    const disturbed = async (i: number, j: number, by: number) => {
      const S = [
        [at(l1), 0],
        [0, at(l2)],
      ];
      S[i]![j]! += by;
      if (i !== j) S[j]![i]! += by;
      return (await step([0, 0], S)).covariance[i]![j]!;
    };
    const slope = async (i: number, j: number, h: number) =>
      ((await disturbed(i, j, h)) - (await disturbed(i, j, -h))) / (2 * h);
    // Central differences of steps h and 2 h, with their h^2 taken out: h^4 is left, and rounding 1e-16 / h.
    const multiplier = async (i: number, j: number, h = 5e-4) =>
      (4 * (await slope(i, j, h)) - (await slope(i, j, 2 * h))) / 3;
    expect(await multiplier(0, 0)).toBeCloseTo(rates.cov_11, DIGITS);
    expect(await multiplier(1, 1)).toBeCloseTo(rates.cov_22, DIGITS);
    expect(await multiplier(0, 1)).toBeCloseTo(rates.cov_12, DIGITS);
    const { mean } = await step(
      [1, 1],
      [
        [at(l1), 0],
        [0, at(l2)],
      ],
    );
    rates.mean.forEach((rate, i) => expect(mean[i]).toBeCloseTo(rate, 12));
  });
});
