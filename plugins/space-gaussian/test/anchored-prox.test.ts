/** Solves on Gaussians: against closed forms, a search without gradients, and their own first-order condition. */
import { calculusOf, energy, type Anchor, type Functional, type GaussianMeasure } from '@wasserflow/core';
import {
  anchoredProx,
  energyGradient,
  energyValue,
  gaussianSpace,
  proxOfEnergy,
  type Objective,
} from '@wasserflow/space-gaussian';
import { stream } from '@wasserflow/tensor';
import * as fc from 'fast-check';
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { check, covariance, measure, traceDistance2, vector } from './gaussians.js';

const line = (m: number, variance: number): GaussianMeasure => ({ mean: [m], covariance: [[variance]] });
const space = calculusOf(gaussianSpace({ id: 'initial', dimension: 1, gaussian: line(0, 1) }));
const context = { rng: stream(0) };

const termsOf = (entropy: number, precision: number[][], center: number[]) => ({
  entropy,
  potential: { dimension: center.length, quadratic: { precision, center, constant: 0 } },
  constant: 0,
});
const objectiveOf = (terms: ReturnType<typeof termsOf>): Objective => ({
  value: (nu) => energyValue(terms, nu),
  gradient: (nu) => energyGradient(terms, nu),
});
const problems = fc.integer({ min: 1, max: 4 }).chain((d) =>
  fc.record({
    mu: measure(d),
    nu: measure(d),
    terms: fc
      .tuple(fc.double({ min: 0, max: 2, noNaN: true }), covariance(d), vector(d))
      .map(([entropy, S, center]) => termsOf(entropy, inverse(new Matrix(S)).to2DArray(), center)),
    gamma: fc.double({ min: 0.05, max: 3, noNaN: true }),
    weight: fc.double({ min: -0.6, max: 1, noNaN: true }),
  }),
);

/** The least value near x0 by a pattern search: steps along the axes, halved where none goes down. */
function patternSearch(
  f: (x: readonly number[]) => number,
  x0: readonly number[],
  smallest: number,
): readonly number[] {
  let [x, least] = [x0, f(x0)];
  for (let h = 0.5; h > smallest;) {
    const tries = x.flatMap((_, i) => [h, -h].map((s) => x.map((a, j) => (i === j ? a + s : a))));
    const better = tries.map((y) => ({ y, value: f(y) })).filter(({ value }) => value < least);
    const best = better.reduce<{ y: readonly number[]; value: number } | undefined>(
      (a, b) => (a && a.value <= b.value ? a : b),
      undefined,
    );
    if (best) [x, least] = [best.y, best.value];
    else h /= 2;
  }
  return x;
}

/** (m, lower Cholesky entries) of a Gaussian on the plane. */
const onPlane = ([a, b, p, q, r]: readonly number[]): GaussianMeasure => ({
  mean: [a!, b!],
  covariance: [[p! * p!, p! * q!], [p! * q!, q! * q! + r! * r!]], // prettier-ignore
});
const pulls = (anchors: readonly Anchor<GaussianMeasure>[], nu: GaussianMeasure): number =>
  anchors.reduce((sum, { weight, measure: mu }) => sum + weight * traceDistance2(mu, nu), 0);

describe('against closed forms', () => {
  it('one anchor is the exact JKO step', () => {
    fc.assert(
      fc.property(problems, ({ mu, terms, gamma }) => {
        const exact = proxOfEnergy(terms, mu, gamma)!;
        const solved = anchoredProx(objectiveOf(terms), [{ weight: 1 / (2 * gamma), measure: mu }]);
        expect(solved.status).toBe('ok');
        const trace = new Matrix(mu.covariance as number[][]).trace();
        expect(traceDistance2(exact.measure, solved.measure)).toBeLessThan(1e-11 * (1 + trace));
        expect(Math.abs(exact.objective! - solved.objective!)).toBeLessThan(1e-9 * (1 + Math.abs(exact.objective!)));
        expect(Math.abs(exact.moved2! - solved.moved2!)).toBeLessThan(1e-9 * (1 + exact.moved2!));
      }),
      check,
    );
  });

  it('commuting anchors average: sum w (s - s_i)^2 = W (s - mean of s_i)^2 + const', async () => {
    // Along each axis the step from the weighted mean of the deviations, with weight W.
    const diagonal = (m: number[], s: number[]): GaussianMeasure => ({ mean: m, covariance: [[s[0]! ** 2, 0], [0, s[1]! ** 2]] }); // prettier-ignore
    const G = energy('test', termsOf(0.7, [[2, 0], [0, 0.5]], [1, -1])); // prettier-ignore
    const anchors = [
      { weight: 2, measure: diagonal([1, 2], [1, 2]) },
      { weight: -0.5, measure: diagonal([3, 0], [1.5, 0.5]) },
      { weight: 1, measure: diagonal([0, 0], [0.4, 3]) },
    ];
    const mean = (a: number, b: number, c: number) => (2 * a - 0.5 * b + c) / 2.5;
    const start = diagonal([mean(1, 3, 0), mean(2, 0, 0)], [mean(1, 1.5, 0.4), mean(2, 0.5, 3)]);
    const expected = await space.prox(G, start, 1 / 5, context);
    const { measure: nu, status, residual } = await space.anchoredProx(G, anchors, context);
    expect(status).toBe('ok');
    expect(residual).toBeLessThan(1e-10);
    for (const [i, row] of nu.covariance.entries()) {
      expect(nu.mean[i]).toBeCloseTo(expected.measure.mean[i]!, 11);
      for (const [j, a] of row.entries()) expect(a).toBeCloseTo(expected.measure.covariance[i]![j]!, 11);
    }
  });

  it('a single anchor is `prox`', async () => {
    const G = energy('test', termsOf(1, [[2]], [1]));
    const anchored = await space.anchoredProx(G, [{ weight: 2, measure: line(3, 4) }], context);
    expect(anchored).toEqual(await space.prox(G, line(3, 4), 0.25, context));
  });
});

describe('against a search without gradients', () => {
  it('in one dimension', async () => {
    const G = energy('test', termsOf(1, [[2]], [1]));
    const anchors = [{ weight: 1.3, measure: line(2, 4) }, { weight: -0.4, measure: line(-1, 0.25) }]; // prettier-ignore
    const { measure: nu } = await space.anchoredProx(G, anchors, context);
    const f = ([m, s]: readonly number[]): number =>
      (2 * ((m! - 1) ** 2 + s! ** 2)) / 2 -
      Math.log(Math.abs(s!)) +
      1.3 * ((m! - 2) ** 2 + (s! - 2) ** 2) -
      0.4 * ((m! + 1) ** 2 + (s! - 0.5) ** 2);
    const [m, s] = patternSearch(f, [0, 1], 1e-8);
    // The search sees differences of 1e-16 in f, hence 1e-8 in its argument.
    expect(nu.mean[0]).toBeCloseTo(m!, 6);
    expect(Math.sqrt(nu.covariance[0]![0]!)).toBeCloseTo(s!, 6);
  });

  it.each([0.8, -0.3])('on the plane with anchors that do not commute, the second of weight %d', async (weight) => {
    const terms = termsOf(1, [[1, 0.3], [0.3, 0.5]], [0.5, 2]); // prettier-ignore
    const anchors = [
      { weight: 1.25, measure: { mean: [1, -1], covariance: [[2, 0.5], [0.5, 1]] } },
      { weight, measure: { mean: [0, 0.5], covariance: [[1, -0.9], [-0.9, 1.5]] } },
    ]; // prettier-ignore
    const { measure: nu, objective } = await space.anchoredProx(energy('test', terms), anchors, context);
    const F = (rho: GaussianMeasure) => energyValue(terms, rho) + pulls(anchors, rho);
    const x = patternSearch((y) => (y[2]! > 0 && y[4]! > 0 ? F(onPlane(y)) : Infinity), [0, 0, 1, 0, 1], 1e-6);
    expect(objective).toBeCloseTo(F(onPlane(x)), 9);
    for (const [i, a] of nu.covariance.flat().entries()) expect(a).toBeCloseTo(onPlane(x).covariance.flat()[i]!, 4);
    for (const [i, a] of nu.mean.entries()) expect(a).toBeCloseTo(onPlane(x).mean[i]!, 4);
  });
});

it('anchors of either sign: grad G + sum 2 w_i (id - T_i) = 0', async () => {
  await fc.assert(
    fc.asyncProperty(problems, async ({ mu, nu, terms, gamma, weight }) => {
      const [w1, w2] = [1 / (2 * gamma), weight / (2 * gamma)];
      const G = energy('test', { ...terms, entropy: terms.entropy + 0.2 });
      const anchors = [{ weight: w1, measure: mu }, { weight: w2, measure: nu }]; // prettier-ignore
      const { measure: rho, status, objective } = await space.anchoredProx(G, anchors, context);
      expect(status).toBe('ok');
      const residual = await space.combine([
        { weight: 1, of: await space.gradient(G, rho) },
        { weight: -2 * w1, of: await space.transport(rho, mu) },
        { weight: -2 * w2, of: await space.transport(rho, nu) },
      ]);
      // Lengths up to 40, over gamma, with the rounding of Brenier maps between ill-conditioned covariances.
      expect(Math.sqrt(await space.inner(rho, residual, residual)) * gamma).toBeLessThan(1e-7);
      const F = energyValue(G.terms!, rho) + pulls(anchors, rho);
      expect(Math.abs(objective! - F)).toBeLessThan(1e-9 * (1 + Math.abs(F)) + 1e-10 / gamma);
    }),
    check,
  );
});

describe('hard starts', () => {
  it.each([1e-4, 1, 1e4])('from a covariance of condition 1e6 with gamma = %d', (gamma) => {
    const mu = { mean: [3, 1], covariance: [[1, 0.5], [0.5, 0.25 + 1e-6]] }; // prettier-ignore
    const terms = termsOf(1, [[3, 1], [1, 100]], [0, 0]); // prettier-ignore
    const exact = proxOfEnergy(terms, mu, gamma)!;
    const solved = anchoredProx(objectiveOf(terms), [{ weight: 1 / (2 * gamma), measure: mu }]);
    expect(solved.status).toBe('ok');
    expect(solved.iterations).toBeLessThan(60);
    for (const [i, a] of exact.measure.covariance.flat().entries())
      expect(solved.measure.covariance.flat()[i]).toBeCloseTo(a, 9);
  });

  it('in five dimensions, where expectations are means over draws', async () => {
    const d = 5;
    const pointwise = {
      value: (x: readonly number[]) => x.reduce((sum, a) => sum + a ** 4 / 4, 0),
      gradient: (x: readonly number[]) => x.map((a) => a ** 3),
      hessian: (x: readonly number[]) => x.map((a, i) => x.map((_, j) => (i === j ? 3 * a * a : 0))),
    };
    const covariance = Array.from({ length: d }, (_, i) =>
      Array.from({ length: d }, (__, j) => (i === j ? 1 + i : 0.3)),
    );
    const G = energy('quartic', { entropy: 1, potential: { dimension: d, pointwise }, constant: 0 });
    const mu = { mean: [1, 0, 0, 0, 0], covariance };
    const { status, measure: nu } = await space.prox(G, mu, 100, context);
    expect(status).toBe('ok');
    // A long step goes nearly to N(0, I / sqrt 3), up to 1 / gamma and the error of 8000 draws.
    for (const [i, row] of nu.covariance.entries())
      for (const [j, a] of row.entries()) expect(Math.abs(a - (i === j ? 1 / Math.sqrt(3) : 0))).toBeLessThan(0.05);
  });
});

describe('Bures-JKO steps of internal energies', () => {
  const porous = (power: number, weight: number): Functional =>
    energy('porous', { entropy: 0, internal: [{ weight, power }], constant: 0 });
  const [w, gamma] = [1.3, 0.4];
  const start = { mean: [1, -2], covariance: [[0.5, 0.3], [0.3, 0.4]] }; // prettier-ignore
  const determinant = ({ covariance: S }: GaussianMeasure): number => S[0]![0]! * S[1]![1]! - S[0]![1]! ** 2;

  it.each([2, 3, 0.75])('of power %d on the line solve the scalar equation', async (p) => {
    // w / (p - 1) int rho^p = w C t^(1 - p) / (p - 1) of deviation t: (t - s) / gamma = w C t^(-p).
    const { measure: nu, status } = await space.prox(porous(p, w), line(2, 0.49), gamma, context);
    const t = Math.sqrt(nu.covariance[0]![0]!);
    const C = (2 * Math.PI) ** ((1 - p) / 2) / Math.sqrt(p);
    expect(status).toBe('ok');
    expect(nu.mean[0]).toBeCloseTo(2, 12);
    expect(t).toBeGreaterThan(0.7);
    expect((t - 0.7) / gamma).toBeCloseTo(w * C * t ** -p, 10);
  });

  it('of power 2 on the plane keep the virial identity', async () => {
    // Under dilation of nu about its mean: E <x, x - T(x)> / gamma = d (p - 1) G(nu), with int rho^2 = 1 / (4 pi |S|^(1/2)).
    const { measure: nu, status, residual } = await space.prox(porous(2, w), start, gamma, context);
    expect(status).toBe('ok');
    expect(residual).toBeLessThan(1e-9);
    const trace = (mu: GaussianMeasure): number => mu.covariance[0]![0]! + mu.covariance[1]![1]!;
    const pull = (trace(nu) - trace(start) + traceDistance2(nu, start)) / (2 * gamma);
    expect(pull).toBeCloseTo((2 * w) / (4 * Math.PI * Math.sqrt(determinant(nu))), 9);
  });

  it('in a potential that does not commute with them are the minimisers that a search finds', async () => {
    const terms = { ...termsOf(0, [[1, 0.3], [0.3, 0.5]], [0.5, 2]), internal: [{ weight: w, power: 2 }] }; // prettier-ignore
    const { measure: nu, status } = await space.prox(energy('confined', terms), start, gamma, context);
    const F = (rho: GaussianMeasure): number => {
      const [[a, b], [, c]] = rho.covariance as [[number, number], [number, number]];
      const [x, y] = [rho.mean[0]! - 0.5, rho.mean[1]! - 2];
      const potential = (x * x + 0.6 * x * y + 0.5 * y * y + a + 0.6 * b + 0.5 * c) / 2;
      return potential + w / (4 * Math.PI * Math.sqrt(a * c - b * b)) + traceDistance2(start, rho) / (2 * gamma);
    };
    const x = patternSearch((y) => (y[2]! > 0 && y[4]! > 0 ? F(onPlane(y)) : Infinity), [1, -2, 1, 0, 1], 1e-6);
    expect(status).toBe('ok');
    for (const [i, a] of nu.covariance.flat().entries()) expect(a).toBeCloseTo(onPlane(x).covariance.flat()[i]!, 4);
    for (const [i, a] of nu.mean.entries()) expect(a).toBeCloseTo(onPlane(x).mean[i]!, 4);
  });
});

describe('Bures-JKO steps of functionals that only know value and gradient', () => {
  const c = 1.5;
  /** Chi-square to N(0, c): c / sqrt(s (2 c - s)) exp(m^2 / (2 c - s)) - 1, infinite for s >= 2 c. */
  const chiSquare: Functional = {
    id: 'chi-square',
    facets: {
      gaussian: {
        value({ mean, covariance }) {
          const [m, s] = [mean[0]!, covariance[0]![0]!];
          return s >= 2 * c ? Infinity : (c / Math.sqrt(s * (2 * c - s))) * Math.exp(m ** 2 / (2 * c - s)) - 1;
        },
        gradient({ mean, covariance }) {
          const [m, s] = [mean[0]!, covariance[0]![0]!];
          const value = (c / Math.sqrt(s * (2 * c - s))) * Math.exp(m ** 2 / (2 * c - s));
          const byVariance = value * ((s - c) / (s * (2 * c - s)) + m ** 2 / (2 * c - s) ** 2);
          return { linear: [[2 * byVariance]], center: mean, constant: [(2 * m * value) / (2 * c - s)] };
        },
      },
    },
  };

  it('are the minimisers that a search finds', async () => {
    const { measure: nu, status, residual } = await space.prox(chiSquare, line(0.8, 0.5), 0.7, context);
    expect(status).toBe('ok');
    expect(residual).toBeLessThan(1e-9);
    const f = ([m, s]: readonly number[]): number =>
      chiSquare.facets!.gaussian!.value(line(m!, s! ** 2)) + ((m! - 0.8) ** 2 + (s! - Math.sqrt(0.5)) ** 2) / 1.4;
    const [m, s] = patternSearch(f, [0.5, 0.8], 1e-8);
    expect(nu.mean[0]).toBeCloseTo(m!, 6);
    expect(Math.sqrt(nu.covariance[0]![0]!)).toBeCloseTo(s!, 6);
  });

  it('may start where the functional is infinite', async () => {
    const { measure: nu, status, objective } = await space.prox(chiSquare, line(0.5, 9), 0.7, context);
    expect(status).toBe('ok');
    expect(nu.covariance[0]![0]).toBeLessThan(2 * c);
    expect(objective).toBeLessThan(Infinity);
  });

  it('say so where they do not come out', async () => {
    const constant = (mean: readonly number[]) => ({ linear: [[0]], center: mean, constant: [0] });
    const never: Functional = { id: 'never', facets: { gaussian: { value: () => Infinity, gradient: ({ mean }) => constant(mean) } } }; // prettier-ignore
    const start = line(0, 1);
    expect(await space.prox(never, start, 1, context)).toMatchObject({ status: 'non-finite', measure: start });
    expect((await space.prox(never, line(0, 0), 1, context)).message).toContain(
      'starts from a measure of which the covariance is not positive definite',
    );
    // -2 x^2 is not bounded by x^2 / 2 from below, and E|x| alone in its own well is flat at a point.
    const away: Functional = { id: 'away', facets: { gaussian: { value: ({ mean }) => -2 * mean[0]! ** 2, gradient: ({ mean }) => ({ linear: [[0]], center: mean, constant: [-4 * mean[0]!] }) } } }; // prettier-ignore
    const result = await space.prox(away, line(1, 1), 1, context);
    expect(result.status).toBe('not-converged');
    expect(result.message).toMatch(
      /the solve on Gaussians stopped after \d+ iterations with residual .*try a smaller step size/,
    );
  });

  it('can be cancelled', async () => {
    const signal = AbortSignal.abort();
    await expect(space.prox(chiSquare, line(0.8, 0.5), 0.7, { ...context, signal })).rejects.toThrow('abort');
  });
});

it('refuses anchors whose weights do not add up to more than zero', async () => {
  const G = energy('test', termsOf(1, [[2]], [1]));
  const anchors = [{ weight: 1, measure: line(0, 1) }, { weight: -1, measure: line(1, 1) }]; // prettier-ignore
  await expect(space.anchoredProx(G, anchors, context)).rejects.toThrow(
    'have to add up to a positive number, but their sum is 0',
  );
});
