/** Values of terms against integrals, and gradients against the slopes of values. */
import type {
  EnergyTerms,
  Functional,
  GaussianMeasure,
  Interaction,
  PointwisePotential,
  Potential,
} from '@wasserflow/core';
import { calculusOf, energy } from '@wasserflow/core';
import { energyGradient, energyValue, gaussianSpace, integralOfPower, quadrature } from '@wasserflow/space-gaussian';
import { stream } from '@wasserflow/tensor';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, field, innerAtMean, integrate, measure, slopeAlong } from './gaussians.js';

const normal = (x: number, m: number, s: number) =>
  Math.exp(-((x - m) ** 2) / (2 * s * s)) / Math.sqrt(2 * Math.PI * s * s);
const line = (m: number, variance: number): GaussianMeasure => ({ mean: [m], covariance: [[variance]] });

/** log(1 + |x|^2) + sin(x_1): smooth, neither convex nor a polynomial. */
const smooth: PointwisePotential = {
  value: (x) => Math.log1p(x.reduce((s, a) => s + a * a, 0)) + Math.sin(x[0]!),
  gradient: (x) => {
    const q = 1 + x.reduce((s, a) => s + a * a, 0);
    return x.map((a, i) => (2 * a) / q + (i === 0 ? Math.cos(a) : 0));
  },
  hessian: (x) => {
    const q = 1 + x.reduce((s, a) => s + a * a, 0);
    return x.map((a, i) =>
      x.map((b, j) => (i === j ? 2 / q : 0) - (4 * a * b) / (q * q) - (i === 0 && j === 0 ? Math.sin(a) : 0)),
    );
  },
};
/** sum of x_i^4 / 4 + x_1^2 x_d: polynomials, for which the rules are exact up to three dimensions. */
const quartic: PointwisePotential = {
  value: (x) => x.reduce((s, a) => s + a ** 4 / 4, 0) + x[0]! ** 2 * x.at(-1)!,
  gradient: (x) =>
    x.map((a, i) => a ** 3 + (i === 0 ? 2 * x[0]! * x.at(-1)! : 0) + (i === x.length - 1 ? x[0]! ** 2 : 0)),
  hessian: (x) =>
    x.map((a, i) =>
      x.map((_, j) => {
        const last = x.length - 1;
        const mixed = (i === 0 && j === last ? 2 * x[0]! : 0) + (j === 0 && i === last ? 2 * x[0]! : 0);
        return (i === j ? 3 * a * a : 0) + (i === 0 && j === 0 ? 2 * x[last]! : 0) + mixed;
      }),
    ),
};
const potential = (dimension: number, pointwise: PointwisePotential): Potential => ({ dimension, pointwise });

const radial = (at: Interaction['at'], more: Partial<Interaction> = {}): Interaction => ({
  at,
  value: (s) => s,
  slope: (s) => s,
  ...more,
});
const absolute = radial((s) => ({ value: Math.sqrt(s), first: s > 0 ? 0.5 / Math.sqrt(s) : 0, second: 0 }));
const logarithm = radial((s) => ({ value: Math.log(s) / 2, first: s > 0 ? 0.5 / s : 0, second: 0 }), {
  singular: true,
});
const bump = radial((s) => ({ value: -Math.exp(-s / 2), first: Math.exp(-s / 2) / 2, second: -Math.exp(-s / 2) / 4 }));
const spring = (k: number) => radial((s) => ({ value: (k * s) / 2, first: k / 2, second: 0 }), { quadratic: k });
/** The spring again, not known to be one. */
const hiddenSpring = radial((s) => ({ value: 0.8 * s, first: 0.8, second: 0 }));

const only = (terms: Partial<EnergyTerms>): EnergyTerms => ({ entropy: 0, constant: 0, ...terms });
const pair = (interaction: Interaction, weight = 1) => only({ interactions: [{ weight, interaction }] });

describe('values', () => {
  it('of internal energies are the integrals of powers of the density', () => {
    for (const power of [0.6, 1.5, 2, 3]) {
      const integral = integrate((x) => normal(x, 0.7, 1.3) ** power, -40, 40, 0.01);
      expect(integralOfPower(line(0.7, 1.69), power)).toBeCloseTo(integral, 12);
      const terms = only({ internal: [{ weight: 1.4, power }] });
      expect(energyValue(terms, line(0.7, 1.69))).toBeCloseTo((1.4 * integral) / (power - 1), 11);
    }
    // A product of two independent coordinates.
    const two = { mean: [0, 0], covariance: [[1, 0], [0, 4]] }; // prettier-ignore
    expect(integralOfPower(two, 2)).toBeCloseTo(integralOfPower(line(0, 1), 2) * integralOfPower(line(0, 4), 2), 14);
  });

  it('of a potential on the line are its integral', () => {
    const integral = integrate((x) => normal(x, -0.4, 0.8) * smooth.value([x]), -10, 10, 0.005);
    // The logarithm has poles at x = +-i, so that twenty points leave an error; more points take it away.
    const at = (n: number) => energyValue(only({ potential: potential(1, smooth) }), line(-0.4, 0.64), quadrature(n));
    expect(at(20)).toBeCloseTo(integral, 4);
    expect(at(64)).toBeCloseTo(integral, 8);
  });

  it('of polynomials are exact: E x^4 / 4 = (m^4 + 6 m^2 s + 3 s^2) / 4, E x^3 = m^3 + 3 m s', () => {
    const [m, s] = [0.7, 1.3];
    const expected = (m ** 4 + 6 * m * m * s + 3 * s * s) / 4 + m ** 3 + 3 * m * s;
    expect(energyValue(only({ potential: potential(1, quartic) }), line(m, s))).toBeCloseTo(expected, 12);
  });

  it('of interactions are closed forms: x - y ~ N(0, 2 s)', () => {
    const s = 1.7;
    // E|Z| = sqrt(2 v / pi), E log|Z| = (log(v / 2) - gamma) / 2, E exp(-Z^2 / 2) = (1 + v)^(-1/2), v = 2 s.
    const v = 2 * s;
    const value = (W: Interaction, mu: GaussianMeasure) => energyValue(pair(W), mu);
    expect(value(absolute, line(3, s))).toBeCloseTo(Math.sqrt((2 * v) / Math.PI) / 2, 12);
    const EULER = 0.5772156649015329;
    expect(value(logarithm, line(3, s))).toBeCloseTo((Math.log(v / 2) - EULER) / 4, 12);
    expect(value(bump, line(3, s))).toBeCloseTo(-0.5 / Math.sqrt(1 + v), 12);
    expect(value(spring(1.6), line(3, s))).toBeCloseTo((1.6 * s) / 2, 14);
  });

  it('of interactions in two and three dimensions', () => {
    const flat = { mean: [1, 2], covariance: [[2, 0.9], [0.9, 0.6]] }; // prettier-ignore
    // E exp(-|Z|^2 / 2) = |I + 2 S|^(-1/2).
    expect(energyValue(pair(bump), flat)).toBeCloseTo(-0.5 / Math.sqrt(5 * 2.2 - 1.8 ** 2), 12);
    const round = { mean: [0, 0, 0], covariance: [[2, 0, 0], [0, 2, 0], [0, 0, 2]] }; // prettier-ignore
    // |Z| is sqrt(v) times a Maxwell variable, of mean sqrt(8 / pi).
    expect(energyValue(pair(absolute), round)).toBeCloseTo(Math.sqrt((8 * 4) / Math.PI) / 2, 11);
    const long = { mean: [0, 0, 0], covariance: [[9, 0, 0], [0, 0.5, 0], [0, 0, 0.1]] }; // prettier-ignore
    expect(energyValue(pair(bump), long)).toBeCloseTo(-0.5 / Math.sqrt(19 * 2 * 1.2), 6);
  });
});

const cases: Record<string, (d: number) => EnergyTerms> = {
  entropy: () => only({ entropy: 0.8 }),
  'internal, m = 2': () => only({ internal: [{ weight: 1.3, power: 2 }] }),
  'internal, m = 3/4': () => only({ internal: [{ weight: 0.6, power: 0.75 }] }),
  'quartic potential': (d) => only({ potential: potential(d, quartic) }),
  'absolute value': () => pair(absolute, 1.2),
  logarithm: () => pair(logarithm, -0.7),
  bump: () => pair(bump, 2),
  spring: () => pair(spring(1.6), 0.5),
  'all at once': (d) => ({
    entropy: 1,
    internal: [{ weight: 0.5, power: 2 }, { weight: 0.2, power: 3 }], // prettier-ignore
    potential: potential(d, quartic),
    interactions: [{ weight: 1, interaction: bump }, { weight: -0.1, interaction: spring(1) }], // prettier-ignore
    constant: 3,
  }),
};

describe('gradients are the slopes of values along any push', () => {
  const problems = fc.integer({ min: 1, max: 3 }).chain((d) => fc.record({ mu: measure(d), v: field(d) }));
  it.each(Object.entries(cases))('%s', (_, termsFor) => {
    fc.assert(
      fc.property(problems, ({ mu, v }) => {
        const terms = termsFor(mu.mean.length);
        const slope = slopeAlong((nu) => energyValue(terms, nu), mu, v, 1e-5);
        const gradient = energyGradient(terms, mu);
        // A central difference: rounding 1e-16 / h times the value, truncation h^2 times a third derivative.
        const size = Math.abs(energyValue(terms, mu)) + Math.abs(slope) + 1;
        expect(Math.abs(innerAtMean(mu, gradient, v) - slope)).toBeLessThan(1e-6 * size);
      }),
      { ...check, numRuns: 4 },
    );
  });
});

it('a spring that is not known to be one has the same energy and gradient', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }).chain(measure), (mu) => {
      // k / 2 = 0.8. In four dimensions the draws are spread to be exact on quadratic functions.
      const [known, hidden] = [pair(spring(1.6)), pair(hiddenSpring)];
      const scale = energyValue(known, mu);
      expect(Math.abs(energyValue(hidden, mu) - scale)).toBeLessThan(1e-6 * scale);
      const [g, h] = [energyGradient(known, mu), energyGradient(hidden, mu)];
      for (const [i, row] of g.linear.entries())
        for (const [j, a] of row.entries()) expect(h.linear[i]![j]).toBeCloseTo(a, 4);
    }),
    { ...check, numRuns: 4 },
  );
});

it('beyond three dimensions expectations are means over fixed draws', () => {
  const mu = {
    mean: [1, 0, 0, 0],
    covariance: [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 0.5 : 0.1))),
  };
  const terms = only({ potential: potential(4, quartic) });
  const [m, s] = [1, 0.5];
  const expected = (m ** 4 + 6 * m * m * s + 3 * s * s + 9 * s * s) / 4 + 2 * m * 0.1;
  const value = energyValue(terms, mu);
  expect(energyValue(terms, mu, quadrature(20))).toBe(value);
  // 8000 draws with standard deviation about 3: five standard errors are 0.17.
  expect(Math.abs(value - expected)).toBeLessThan(0.17);
});

describe('the space', () => {
  const mu = line(0.5, 1);
  const space = calculusOf(gaussianSpace({ id: 'initial', dimension: 1, gaussian: mu }));
  const porous = energy('porous', only({ internal: [{ weight: 1, power: 2 }] }));
  const pointwise = energy('quartic', only({ entropy: 1, potential: potential(1, quartic) }));
  const facet: Functional = { id: 'facet', facets: { gaussian: { value: ({ mean }) => mean[0]! ** 2, gradient: ({ mean }) => ({ linear: [[0]], center: mean, constant: [2 * mean[0]!] }) } } }; // prettier-ignore
  const sum: Functional = { id: 'sum', summands: [{ weight: 2, of: facet }, { weight: 0.5, of: pointwise }] }; // prettier-ignore

  it('adds summands up, be they facets or terms', async () => {
    expect(await space.value(sum, mu)).toBeCloseTo(2 * 0.25 + 0.5 * (await space.value(pointwise, mu)), 14);
    const [g, own] = [await space.gradient(sum, mu), await space.gradient(pointwise, mu)];
    expect(g.constant[0]).toBeCloseTo(2 + 0.5 * own.constant[0]!, 14);
    expect(g.linear[0]![0]).toBeCloseTo(0.5 * own.linear[0]![0]!, 14);
    expect(space.refuses!('gradient', sum)).toBeUndefined();
    const { status, measure: nu } = await space.prox(sum, mu, 0.3, { rng: stream(0) });
    expect(status).toBe('ok');
    const [slope, back] = [await space.gradient(sum, nu), await space.transport(nu, mu)];
    expect(slope.linear[0]![0]).toBeCloseTo(back.linear[0]![0]! / 0.3, 9);
    expect(slope.constant[0]).toBeCloseTo(back.constant[0]! / 0.3, 9);
  });

  it('says which operation does not serve which functional', async () => {
    expect(space.refuses!('value', pointwise)).toBeUndefined();
    expect(space.refuses!('prox', pointwise)).toBeUndefined();
    expect(space.refuses!('gradient', porous)).toBeUndefined();
    expect(space.refuses!('prox', porous)).toBeUndefined();
    expect(space.refuses!('anchoredProx', { id: 's', summands: [{ weight: 1, of: porous }] })).toBeUndefined();
    const sink: Functional = { id: 'sink', summands: [{ weight: -2, of: porous }] };
    expect(space.refuses!('prox', sink)).toBe(
      'the weight -2 of its internal energy is negative, so a minimiser need not exist',
    );
    expect(space.refuses!('anchoredProx', energy('e', only({ entropy: -1 })))).toContain('-1 of its entropy');
    expect(space.refuses!('regularizedGradient', pointwise)).toContain('its potential is not quadratic');
    expect(space.refuses!('regularizedGradient', sum)).toContain('not given by terms');
    expect(space.refuses!('mirror', pointwise)).toContain('not quadratic');
    expect(space.refuses!('mirror', energy('e', only({ entropy: 1 })))).toBeUndefined();
    expect(space.refuses!('mirror', energy('e', only({ entropy: -1 })))).toContain('positive multiple of the entropy');
    const nothing: Functional = { id: 's', summands: [{ weight: 1, of: facet }, { weight: 1, of: { id: 'mmd' } }] }; // prettier-ignore
    expect(space.refuses!('value', nothing)).toContain('neither terms nor a facet');
    await expect(space.prox(sink, mu, 1, { rng: stream(0) })).rejects.toThrow('`prox` of `sink` on space `gaussian`');
  });

  it('refuses a potential of another dimension', async () => {
    const wrong = energy('wrong', only({ potential: potential(2, quartic) }));
    await expect(space.value(wrong, mu)).rejects.toThrow('the potential lives on R^2, but the measure on R^1');
  });
});
