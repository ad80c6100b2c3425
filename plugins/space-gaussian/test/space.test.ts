import {
  calculusOf,
  createWasserflow,
  defineDistribution,
  definePlugin,
  energy,
  type Distribution,
  type Functional,
  type GaussianMeasure,
  type Potential,
} from '@wasserflow/core';
import spaceGaussian, { gaussianSpace } from '@wasserflow/space-gaussian';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

const mu: GaussianMeasure = {
  mean: [1, -1],
  covariance: [
    [2, 0.5],
    [0.5, 1],
  ],
};
const law = (gaussian?: GaussianMeasure): Distribution => ({
  id: 'some-law',
  dimension: 2,
  ...(gaussian && { gaussian }),
});
const space = calculusOf(gaussianSpace(law(mu)));
const context = { rng: stream(1) };

const quadratic: Potential = {
  dimension: 2,
  quadratic: {
    precision: [
      [1, 0.3],
      [0.3, 0.5],
    ],
    center: [0.5, 2],
    constant: 0.7,
  },
};
const G: Functional = energy('test', { entropy: 0.8, potential: quadratic, constant: 0.2 });

const line = (entropy: number, precision: number): Functional => {
  const potential: Potential = { dimension: 1, quadratic: { precision: [[precision]], center: [0.5], constant: 0.7 } };
  return energy('line', { entropy, potential, constant: 0.2 });
};

const startAt = (covariance: number[][]) => () => gaussianSpace(law({ mean: [0, 0], covariance }));

describe('what it starts from', () => {
  it('is a Gaussian with a symmetric positive definite covariance', () => {
    expect(() => gaussianSpace(law())).toThrow('holds Gaussian laws only, and `some-law` is not one');
    expect(
      startAt([
        [1, 2],
        [2, 1],
      ]),
    ).toThrow('`some-law` is no Gaussian with a density: the covariance is not positive definite');
    expect(
      startAt([
        [1, 1],
        [1, 1],
      ]),
    ).toThrow('not positive definite');
    expect(
      startAt([
        [1, 0.2],
        [0.1, 1],
      ]),
    ).toThrow('the covariance of `some-law` is not symmetric in row 1');
    expect(startAt([[1, 0]])).toThrow('has to be 2 by 2');
    expect(
      startAt([
        [NaN, 0],
        [0, 1],
      ]),
    ).toThrow('not finite');
  });

  it('accepts the asymmetry of a computed covariance, and removes it', async () => {
    const covariance = [
      [1, 0.1 + 0.2],
      [0.3, 1],
    ];
    const start = await gaussianSpace(law({ mean: [0, 0], covariance })).initial(stream(0));
    expect(start.covariance[0]![1]).toBe(start.covariance[1]![0]);
  });
});

it('value is the integral of the terms', async () => {
  const sigma = 0.6;
  const density = (x: number) => Math.exp(-((x - 1) ** 2) / (2 * sigma ** 2)) / Math.sqrt(2 * Math.PI * sigma ** 2);
  const integrand = (x: number) => density(x) * (0.8 * Math.log(density(x)) + (1.3 * (x - 0.5) ** 2) / 2 + 0.7);
  // The trapezoidal rule is exact to rounding for such integrands; twelve standard deviations carry all the mass.
  const h = 1e-2;
  let sum = 0.2;
  for (let x = 1 - 12 * sigma; x <= 1 + 12 * sigma; x += h) sum += h * integrand(x);
  expect(await space.value(line(0.8, 1.3), { mean: [1], covariance: [[sigma ** 2]] })).toBeCloseTo(sum, 10);
});

it('gradient is the slope of the value along any push', async () => {
  const v = {
    linear: [
      [0.3, -0.7],
      [0.2, 0.4],
    ],
    center: [0.2, 0.1],
    constant: [1.5, -0.4],
  };
  const g = await space.gradient(G, mu);
  const at = (x: number, y: number, f: typeof v | typeof g) =>
    [0, 1].map((i) => f.linear[i]![0]! * (x - f.center[0]!) + f.linear[i]![1]! * (y - f.center[1]!) + f.constant[i]!);
  // The mean of a quadratic under a Gaussian is that of its four points mean +- sqrt(2) times the Cholesky columns.
  const L = [
    [Math.SQRT2, 0],
    [0.5 / Math.SQRT2, Math.sqrt(1 - 0.125)],
  ];
  const points = [0, 1].flatMap((k) => [-Math.SQRT2, Math.SQRT2].map((s) => mu.mean.map((m, i) => m + s * L[i]![k]!)));
  const inner = points
    .map(([x, y]) => at(x!, y!, g)[0]! * at(x!, y!, v)[0]! + at(x!, y!, g)[1]! * at(x!, y!, v)[1]!)
    .reduce((a, b) => a + b / points.length, 0);
  const h = 1e-5;
  const slope =
    ((await space.value(G, await space.push(mu, v, h))) - (await space.value(G, await space.push(mu, v, -h)))) /
    (2 * h);
  expect(inner).toBeCloseTo(slope, 8);
});

const proxFrom = (covariance: number) => space.prox(line(1, 1), { mean: [0], covariance: [[covariance]] }, 1, context);

describe('prox', () => {
  it('of a potential maps each point by its proximal map', async () => {
    const { measure, moved2, objective } = await space.prox(line(0, 2), { mean: [3], covariance: [[4]] }, 0.5, context);
    // x -> (x + gamma P c) / (1 + gamma P) = (x + 0.5) / 2
    expect(measure.mean[0]).toBeCloseTo(1.75, 14);
    expect(measure.covariance[0]![0]).toBeCloseTo(1, 14);
    expect(moved2).toBeCloseTo(1.25 ** 2 + (2 - 1) ** 2, 13);
    expect(objective).toBeCloseTo(1.25 ** 2 + 1 + 0.7 + 0.2 + moved2!, 13);
  });

  it('of a scaled functional with a step as much smaller is the same step', async () => {
    const scaled = energy('scaled', {
      entropy: 2.4,
      potential: {
        dimension: 2,
        quadratic: {
          ...quadratic.quadratic!,
          precision: [
            [3, 0.9],
            [0.9, 1.5],
          ],
        },
      },
      constant: 0,
    });
    const [a, b] = [await space.prox(G, mu, 0.9, context), await space.prox(scaled, mu, 0.3, context)];
    for (const i of [0, 1]) expect(a.measure.mean[i]).toBeCloseTo(b.measure.mean[i]!, 13);
    for (const i of [0, 1]) expect(a.measure.covariance[i]![1]).toBeCloseTo(b.measure.covariance[i]![1]!, 13);
  });

  it('of the entropy starts from a point mass as well', async () => {
    const entropy = energy('entropy', { entropy: 1, constant: 0 });
    const { measure, moved2, status } = await space.prox(entropy, { mean: [2], covariance: [[0]] }, 0.3, context);
    expect(status).toBe('ok');
    expect(measure.covariance[0]![0]).toBeCloseTo(0.3, 14); // s^2 = gamma
    expect(moved2).toBeCloseTo(0.3, 14);
  });

  it('says so when no minimiser exists, and keeps the measure', async () => {
    const start = { mean: [3], covariance: [[4]] };
    const result = await space.prox(line(1, -2), start, 0.6, context);
    expect(result).toMatchObject({ status: 'non-finite', measure: start });
    expect(result.message).toBe(
      'no minimiser exists for step size 0.6: the potential is not convex; use a size below 0.5',
    );
    expect((await space.prox(line(1, -2), start, 0.4, context)).status).toBe('ok');
  });

  it('says so when it starts from numbers that are not finite, or overflows', async () => {
    expect((await proxFrom(NaN)).status).toBe('non-finite');
    expect((await proxFrom(Infinity)).message).toContain('starts from numbers that are not finite');
    expect((await proxFrom(1e200)).status).toBe('non-finite');
  });
});

describe('what it refuses', () => {
  const score: Potential = { dimension: 2, gradient: (x) => x };
  it('names what would do', () => {
    const logistic = energy('kl', { entropy: 1, potential: score, constant: 0 });
    expect(space.refuses!('prox', logistic)).toContain('its potential is not quadratic');
    expect(space.refuses!('prox', logistic)).toContain('use a Gaussian target, or space `particles` or `flow`');
    expect(space.refuses!('distance2', logistic)).toBeUndefined();
    expect(space.refuses!('value', { id: 'mmd' })).toContain('neither terms nor a facet');
    expect(space.refuses!('prox', energy('sum', { entropy: -1, constant: 0 }))).toContain(
      'weight -1 of its entropy is negative',
    );
    expect(space.refuses!('gradient', energy('sum', { entropy: -1, constant: 0 }))).toBeUndefined();
  });

  it('throws the same reason when called all the same', async () => {
    const nothing: Functional = { id: 'mmd' };
    await expect(space.value(nothing, mu)).rejects.toThrow(
      '`value` of `mmd` on space `gaussian`: it has neither terms',
    );
    expect(() => space.generate(mu, law(mu), 1, stream(0))).toThrow('has no operation `generate`');
    const point = { mean: [0], covariance: [[0]] };
    await expect(space.value(line(1, 1), point)).rejects.toThrow(
      'has no density: the covariance is not positive definite',
    );
    await expect(space.transport(point, { mean: [0], covariance: [[1]] })).rejects.toThrow('has no density');
  });
});

it('a facet goes before the terms, operation by operation', async () => {
  const nu = {
    mean: [1, -1],
    covariance: [
      [2.5, 0.5],
      [0.5, 1],
    ],
  };
  const faceted: Functional = { ...G, facets: { gaussian: { value: () => 7, prox: () => nu } } };
  expect(await space.value(faceted, mu)).toBe(7);
  const { measure, moved2, objective } = await space.prox(faceted, mu, 2, context);
  expect(measure).toBe(nu);
  expect(moved2).toBeCloseTo(await space.distance2(mu, nu), 14);
  expect(objective).toBeCloseTo(7 + moved2! / 4, 14);
  expect(await space.gradient(faceted, mu)).toEqual(await space.gradient(G, mu));
  const alone: Functional = { id: 'own', facets: { gaussian: { value: () => 7 } } };
  expect(space.refuses!('value', alone)).toBeUndefined();
  expect(space.refuses!('prox', alone)).toBe('its facet on Gaussians has neither `prox` nor `gradient`');
  const broken: Functional = {
    id: 'own',
    facets: { gaussian: { value: () => 7, prox: () => ({ mean: [0], covariance: [[-1]] }) } },
  };
  expect(await space.prox(broken, mu, 2, context)).toMatchObject({ status: 'non-finite', measure: mu });
});

it('diffuse adds the variance in every direction', async () => {
  expect(await space.diffuse(mu, 0.25, stream(0))).toEqual({
    mean: [1, -1],
    covariance: [
      [2.25, 0.5],
      [0.5, 1.25],
    ],
  });
});

it('draws have the moments of the law, and the same stream gives the same draws', async () => {
  const n = 20_000;
  const { shape, data } = await space.sample(mu, n, stream(5));
  expect(shape).toEqual([n, 2]);
  expect((await space.sample(mu, 50, stream(5))).data).toEqual(data.subarray(0, 100));
  const column = (i: number) => Array.from({ length: n }, (_, k) => data[2 * k + i]! - mu.mean[i]!);
  const meanOf = (a: number[], b?: number[]) => a.reduce((sum, x, k) => sum + x * (b?.[k] ?? 1), 0) / n;
  // Five standard errors: at most 5 sqrt(2) 2 / sqrt(n) = 0.1 for a second moment, 0.05 for a mean.
  for (const i of [0, 1]) {
    expect(Math.abs(meanOf(column(i)))).toBeLessThan(0.05);
    for (const j of [0, 1]) expect(Math.abs(meanOf(column(i), column(j)) - mu.covariance[i]![j]!)).toBeLessThan(0.1);
  }
});

it('logDensity is the log of the density of its formula', async () => {
  const x = { shape: [2, 2], data: Float64Array.of(1, -1, 2, 0.5) };
  const [atMean, away] = await space.logDensity(mu, x);
  expect(atMean).toBeCloseTo(-Math.log(2 * Math.PI) - Math.log(1.75) / 2, 14);
  // S^-1 = [[1, -0.5], [-0.5, 2]] / 1.75; the offset is (1, 1.5)
  expect(away! - atMean!).toBeCloseTo(-(1 - 1.5 + 2 * 2.25) / 1.75 / 2, 14);
  await expect(space.logDensity(mu, { shape: [1, 3], data: new Float64Array(3) })).rejects.toThrow(
    'points have dimension 3',
  );
});

it('the option `quadrature` is the number of points an axis, and says what it has to be', async () => {
  // |x| has a kink, so that a rule of n points has an error that depends on n.
  const kink: Potential = {
    dimension: 1,
    pointwise: { value: ([x]) => Math.abs(x!), gradient: ([x]) => [Math.sign(x!)], hessian: () => [[0]] },
  };
  const V = energy('kink', { entropy: 0, potential: kink, constant: 0 });
  const unit = { id: 'initial', dimension: 1, gaussian: { mean: [0], covariance: [[1]] } };
  const errorOf = async (points: number) =>
    Math.abs((await gaussianSpace(unit, { quadrature: points }).value!(V, unit.gaussian)) - Math.sqrt(2 / Math.PI));
  // Two points are +-1.
  expect(await errorOf(2)).toBeCloseTo(1 - Math.sqrt(2 / Math.PI), 14);
  expect(await errorOf(64)).toBeLessThan(0.02);
  const initial = defineDistribution({ id: 'initial', title: 'Unit', create: () => unit });
  const laws = definePlugin({ name: 'laws', contract: 1, contributes: [initial] });
  const wasserflow = createWasserflow({ plugins: [spaceGaussian, laws] });
  const config = {
    space: { id: 'gaussian', quadrature: 1 },
    problem: { initial: 'initial', functional: 'none' },
    scheme: 'none',
    steps: { count: 1, size: 1 },
  };
  await expect(wasserflow.open(config)).rejects.toThrow(/space.quadrature: .*2/);
});
