/** Schemes on Gaussians of the line, where each step is a formula in (m, s). Tolerances are of rounding. */
import { energy, type Scheme } from '@wasserflow/core';
import {
  accelerated,
  acceleratedJko,
  bdf2,
  extragradient,
  extrapolatedBdf2,
  forwardBackward,
  forwardEuler,
  implicitMidpoint,
  jko,
  kalman,
  langevin,
  noiseInjection,
  preconditioned,
  proximalLangevin,
  splitting,
  symmetrizedLangevin,
  trapezoid,
} from '@wasserflow/schemes';
import { describe, expect, it } from 'vitest';
import { lineEnergy, march, problemOf, type Line } from './line.js';

const [l, a, c, gamma] = [1.3, 0.7, 0.2, 0.2];
const G = lineEnergy(l, a, c);
const from: Line = { m: 3, s: 2 };
const { m, s } = from;

function expectLine(actual: Line, expected: Line, digits = 12): void {
  expect(actual.m).toBeCloseTo(expected.m, digits);
  expect(actual.s).toBeCloseTo(expected.s, digits);
}

describe('one step, by its formula', () => {
  const shrunk = 1 + gamma * l;
  const half = (gamma * l) / 2;
  const drift = { m: m - gamma * l * (m - c), slope: 1 - gamma * l };
  const euler = 1 - gamma * (l - a / s ** 2);
  const cases: readonly [string, Scheme<any>, Line][] = [
    ['forward-euler', forwardEuler(), { m: drift.m, s: s * euler }],
    ['langevin', langevin(), { m: drift.m, s: Math.sqrt((drift.slope * s) ** 2 + 2 * gamma * a) }],
    [
      'proximal-langevin, prox first',
      proximalLangevin(),
      { m: (m + gamma * l * c) / shrunk, s: Math.sqrt((s / shrunk) ** 2 + 2 * gamma * a) },
    ],
    [
      'proximal-langevin, heat first',
      proximalLangevin('heat-first'),
      { m: (m + gamma * l * c) / shrunk, s: Math.sqrt(s ** 2 + 2 * gamma * a) / shrunk },
    ],
    [
      'symmetrized-langevin',
      symmetrizedLangevin(),
      { m: c + ((1 - half) / (1 + half)) * (m - c), s: Math.sqrt(((1 - half) * s) ** 2 + 2 * gamma * a) / (1 + half) },
    ],
    ['kalman', kalman(), { m: m - gamma * s ** 2 * l * (m - c), s: s * Math.abs(1 - gamma * (s ** 2 * l - a)) }],
    [
      'kalman with noise',
      kalman({ noise: true }),
      { m: m - gamma * s ** 2 * l * (m - c), s: s * Math.sqrt((1 - gamma * s ** 2 * l) ** 2 + 2 * gamma * a) },
    ],
    [
      'preconditioned forward-euler: P in front of the gradient',
      preconditioned(forwardEuler(), [[0.3]]),
      { m: m - gamma * 0.3 * l * (m - c), s: s * (1 - gamma * 0.3 * (l - a / s ** 2)) },
    ],
    [
      'noise-injection: the gradient at the moved points',
      noiseInjection({ level: 0.4 }),
      { m: m - gamma * ((l - a / s ** 2) * 0.4 + l * (m - c)), s: s * euler },
    ],
  ];
  it.each(cases)('%s', async (_, scheme, expected) =>
    expectLine((await march(scheme, G, { from, gamma })).last, expected),
  );

  it('extragradient takes the gradient of the trial step, point by point', async () => {
    const trial = { m: drift.m, s: s * euler };
    const slope = (l - a / trial.s ** 2) * euler;
    const expected = { m: m - gamma * l * (trial.m - c), s: s * (1 - gamma * slope) };
    expectLine((await march(extragradient(), G, { from, gamma })).last, expected);
  });

  it('implicit-midpoint goes twice the way of half a JKO step', async () => {
    const halfway = (await march(jko(), G, { from, gamma: gamma / 2 })).last;
    const { last } = await march(implicitMidpoint(), G, { from, gamma });
    expectLine(last, { m: 2 * halfway.m - m, s: 2 * halfway.s - s });
  });

  it('trapezoid solves (Q - Q0) / gamma = -(grad G(Q) + grad G(Q0)) / 2', async () => {
    const { last } = await march(trapezoid(), G, { from, gamma });
    const force = (mu: Line) => ({ m: l * (mu.m - c), s: l * mu.s - a / mu.s });
    const [now, before] = [force(last), force(from)];
    expect((last.m - m) / gamma).toBeCloseTo(-(now.m + before.m) / 2, 12);
    expect((last.s - s) / gamma).toBeCloseTo(-(now.s + before.s) / 2, 12);
  });

  it('preconditioned jko is jko with a metric of its own', async () => {
    const { last } = await march(preconditioned(jko(), [[0.3]]), G, { from, gamma, count: 3 });
    expectLine(last, (await march(jko(), G, { from, gamma: 0.3 * gamma, count: 3 })).last);
  });

  it('a wrapped scheme keeps its own state: acceleration in coordinates', async () => {
    const root = Math.sqrt(0.3);
    const scaled = lineEnergy(0.3 * l, a, c / root);
    const options = { gamma, count: 5 };
    const inner = (await march(accelerated(), scaled, { from: { m: m / root, s: s / root }, ...options })).last;
    const { last } = await march(preconditioned(accelerated(), [[0.3]]), G, { from, ...options });
    expectLine(last, { m: inner.m * root, s: inner.s * root });
  });

  it('noise decays step by step', async () => {
    const scheme = noiseInjection({ level: 0.4, decay: 0.5 });
    const { results } = await march(scheme, G, { from, gamma, count: 3 });
    expect(results.map(({ info }) => info['noise'])).toEqual([0.4, 0.2, 0.1]);
  });
});

describe('stationary laws', () => {
  const variances: readonly [string, Scheme<any>, number][] = [
    ['langevin', langevin(), a / (l * (1 - (gamma * l) / 2))],
    ['proximal-langevin, prox first', proximalLangevin(), (2 * a * (1 + gamma * l) ** 2) / (l * (2 + gamma * l))],
    ['proximal-langevin, heat first', proximalLangevin('heat-first'), (2 * a) / (l * (2 + gamma * l))],
    ['symmetrized-langevin: no bias', symmetrizedLangevin(), a / l],
    ['kalman: no bias', kalman(), a / l],
    ['extragradient: no bias', extragradient(), a / l],
    ['accelerated: no bias', accelerated(), a / l],
    ['implicit-midpoint: no bias', implicitMidpoint(), a / l],
    ['trapezoid: no bias', trapezoid(), a / l],
    ['bdf2: no bias', bdf2(), a / l],
  ];
  it.each(variances)('%s', async (_, scheme, variance) => {
    // A start from which even the Kalman step, gamma s^2 l < 1, is stable at once.
    const { last } = await march(scheme, G, { from: { m: 1, s: 1.2 }, gamma, count: 300 });
    expectLine(last, { m: c, s: Math.sqrt(variance) }, 10);
  });

  it('forward-euler has a second fixed variance beyond gamma l = 2', async () => {
    const { last } = await march(forwardEuler(), lineEnergy(1), { from: { m: 0, s: Math.sqrt(5) }, gamma: 2.5 });
    expect(last.s ** 2).toBeCloseTo(1 / (1 - 2 / 2.5), 12);
  });

  it('forward-backward has the wrong variance beyond gamma l = 1', async () => {
    const { last } = await march(forwardBackward(), lineEnergy(1), { gamma: 1.5, count: 200 });
    expect(last.s ** 2).toBeCloseTo(1.5 / (2 - 1.5), 12);
    const right = await march(forwardBackward(), lineEnergy(1), { gamma: 0.9, count: 200 });
    expect(right.last.s ** 2).toBeCloseTo(1, 12);
  });
});

describe('accelerated', () => {
  it('is momentum on the particles: X = A z + m', async () => {
    const c0 = (1 - Math.sqrt(l * gamma)) / (1 + Math.sqrt(l * gamma));
    const root = Math.sqrt(gamma);
    const x = { m, s, vm: 0, vs: 0 };
    const { measures } = await march(accelerated(), G, { from, gamma, count: 25 });
    for (const measure of measures.slice(1)) {
      x.vm = c0 * x.vm - root * l * (x.m - c);
      x.vs = c0 * x.vs - root * (l * x.s - a / x.s);
      x.m += root * x.vm;
      x.s += root * x.vs;
      expectLine(measure, x, 11);
    }
  });

  it('with Nesterov coefficients begins without momentum, then (k - 1) / (k - 1 + r)', async () => {
    const flat = lineEnergy(l, 0, c);
    const { measures } = await march(accelerated({ coefficients: 'nesterov', r: 3 }), flat, { from, gamma, count: 4 });
    const means = measures.map((mu) => mu.m);
    let v = 0;
    for (const k of [1, 2, 3, 4]) {
      v = ((k - 1) / (k + 2)) * v - Math.sqrt(gamma) * l * (means[k - 1]! - c);
      expect(means[k]).toBeCloseTo(means[k - 1]! + Math.sqrt(gamma) * v, 12);
    }
  });

  it('drops a velocity that points uphill', async () => {
    const flat = lineEnergy(l, 0, c);
    const options = { coefficients: 'nesterov', restart: true } as const;
    const { measures, results } = await march(accelerated(options), flat, { from, gamma, count: 30 });
    const restarts = results.flatMap(({ info }, i) => (info['restarted'] === 1 ? [i] : []));
    expect(restarts.length).toBeGreaterThan(0);
    for (const i of restarts) {
      // The step after a restart is one of plain descent; the steps before it did not go uphill.
      expect(measures[i + 1]!.m).toBeCloseTo(measures[i]!.m - gamma * l * (measures[i]!.m - c), 12);
      expect(Math.sign(measures[i]!.m - c)).not.toBe(Math.sign(measures[i - 1]!.m - measures[i]!.m));
    }
  });

  it('needs the modulus of convexity, or coefficients that need none', () => {
    const unknown = energy('rough', { entropy: 1, constant: 0, potential: { dimension: 1, gradient: (x) => x } });
    expect(() => accelerated().requires(unknown)).toThrow('and `rough` declares none; give `beta`');
    expect(() => accelerated().requires(lineEnergy(-1))).toThrow('has -1');
    expect(accelerated({ beta: 0.5 }).requires(unknown)).toHaveLength(4);
    expect(accelerated({ coefficients: 'nesterov', restart: true }).requires(unknown)).toHaveLength(5);
  });
});

describe('two-step schemes', () => {
  // One Matthes-Plazotta step: the root of (3/2 + gamma l) x^2 - (2 s1 - s0 / 2) x - gamma = 0.
  it('bdf2 after a JKO step', async () => {
    const { measures } = await march(bdf2(), lineEnergy(1), { from: { m: 3, s: 2 }, gamma: 0.2, count: 2 });
    expectLine(measures[1]!, { m: 2.5, s: 1.7612940604716707 });
    expectLine(measures[2]!, { m: 2.058823529411765, s: 1.5593228939784403 });
  });

  it('extrapolated-bdf2 is the same on the line, also where steps differ in size', async () => {
    const sizes = [0.1, 0.2, 0.05, 0.05, 0.3];
    const [one, other] = [bdf2(), extrapolatedBdf2()].map((scheme) => march(scheme, G, { from, gamma: sizes }));
    const [left, right] = [(await one!).measures, (await other!).measures];
    left.forEach((mu, i) => expectLine(mu, right[i]!));
  });
});

describe('orders on N(3, 4) -> N(0, 1) at time one', () => {
  const exact = { m: 3 * Math.exp(-1), s: Math.sqrt(1 + 3 * Math.exp(-2)) };
  const KL = lineEnergy(1);
  async function errorAt(scheme: Scheme<any>, sizes: readonly number[]): Promise<number> {
    const { last } = await march(scheme, KL, { gamma: sizes });
    return Math.hypot(last.m - exact.m, last.s - exact.s);
  }
  /** The slope of log error by log gamma, by least squares. */
  async function slope(scheme: () => Scheme<any>, sizes: (n: number) => readonly number[]): Promise<number> {
    const points = await Promise.all(
      [20, 40, 80, 160].map(async (n) => [Math.log(1 / n), Math.log(await errorAt(scheme(), sizes(n)))] as const),
    );
    const mean = (k: 0 | 1) => points.reduce((sum, p) => sum + p[k] / points.length, 0);
    const [x, y] = [mean(0), mean(1)];
    const over = (k: 0 | 1) => points.reduce((sum, p) => sum + (p[0] - x) * (p[k] - [x, y][k]!), 0);
    return over(1) / over(0);
  }
  const equal = (n: number) => Array<number>(n).fill(1 / n);
  const strang = () =>
    splitting(
      [
        { scheme: implicitMidpoint(), part: 'smooth' },
        { scheme: trapezoid(), part: 'entropy' },
      ],
      'strang',
    );
  const lie = () =>
    splitting([
      { scheme: implicitMidpoint(), part: 'smooth' },
      { scheme: trapezoid(), part: 'entropy' },
    ]);
  const cases: readonly [string, () => Scheme<any>, number][] = [
    ['jko', jko, 1],
    ['forward-euler', forwardEuler, 1],
    ['forward-backward', forwardBackward, 1],
    ['extragradient', extragradient, 1],
    ['implicit-midpoint', implicitMidpoint, 2],
    ['trapezoid', trapezoid, 2],
    ['bdf2', bdf2, 2],
    ['extrapolated-bdf2', extrapolatedBdf2, 2],
    ['splitting, Strang', strang, 2],
    ['splitting, Lie', lie, 1],
  ];
  it.each(cases)('%s', async (_, scheme, order) => {
    expect(Math.abs((await slope(scheme, equal)) - order)).toBeLessThan(0.1);
    expect(scheme().order ?? 1).toBe(order);
  });

  it('bdf2 keeps its order where every second step is half as long again', async () => {
    const uneven = (n: number) => Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 0.8 : 1.2) / n);
    expect(Math.abs((await slope(bdf2, uneven)) - 2)).toBeLessThan(0.1);
  });
});

describe('accelerated-jko', () => {
  const lambda = 0.04;
  const KL = ({ m: mean, s: deviation }: Line) =>
    (lambda * (mean ** 2 + deviation ** 2) - 1 - Math.log(lambda * deviation ** 2)) / 2;

  it('extrapolates by (n - 2) / (n + 2), the estimate sequence with weights 3 / (n + 2)', async () => {
    const options = { from: { m: 5, s: 2.5 }, gamma: 0.5, count: 60 };
    const { measures } = await march(acceleratedJko(), lineEnergy(lambda), options);
    let [x, z] = [options.from, options.from];
    for (const n of Array.from({ length: 60 }, (_, i) => i + 1)) {
      const w = 3 / (n + 2);
      const mix = (p: Line, q: Line, u: number, v: number): Line => ({ m: u * p.m + v * q.m, s: u * p.s + v * q.s });
      const next = (await march(jko(), lineEnergy(lambda), { from: mix(x, z, 1 - w, w), gamma: 0.5 })).last;
      z = mix(next, x, 1 / w, -(1 - w) / w);
      x = next;
      expectLine(measures[n]!, x, 11);
    }
    expect(KL(measures[49]!)).toBeCloseTo(2.99002e-4, 9);
  });
});

describe('splitting', () => {
  it('of forward Euler and JKO is forward-backward', async () => {
    const parts = [
      { scheme: forwardEuler(), part: 'smooth' },
      { scheme: jko(), part: 'proximable' },
    ] as const;
    const { last } = await march(splitting(parts), G, { from, gamma, count: 4 });
    expect(last).toEqual((await march(forwardBackward(), G, { from, gamma, count: 4 })).last);
  });

  it('gives each term to one scheme, and leaves none out', () => {
    const of = (...parts: ('smooth' | 'potential' | 'entropy' | 'internal')[]) =>
      splitting(parts.map((part) => ({ scheme: jko(), part })));
    expect(() => of('smooth').requires(G)).toThrow('the entropy of `line` has to be in one part; it is in no part');
    expect(() => of('smooth', 'potential', 'entropy').requires(G)).toThrow('it is in the parts smooth and potential');
    expect(() => of('entropy').requires({ id: 'mmd' })).toThrow('`mmd` is none');
    expect(of('potential', 'entropy').requires(G)).toMatchObject([
      { operation: 'prox', functional: { id: 'line.potential' } },
      { operation: 'prox', functional: { id: 'line.entropy' } },
    ]);
  });
});

describe('stability limits', () => {
  const flat = lineEnergy(4, 0);
  const curved = lineEnergy(4);
  const cases: readonly [string, Scheme<any>, typeof G, number][] = [
    ['forward-euler', forwardEuler(), curved, 1 / 4],
    ['forward-euler without entropy', forwardEuler(), flat, 2 / 4],
    ['extragradient', extragradient(), curved, 1 / 8],
    ['extragradient without entropy', extragradient(), flat, 1 / 4],
    ['langevin', langevin(), curved, 2 / 4],
    // Of noise so small that the stationary law is where it was.
    ['noise-injection', noiseInjection({ level: 1e-12 }), curved, 1 / 4],
    ['noise-injection without entropy', noiseInjection({ level: 1e-12 }), flat, 2 / 4],
    ['kalman', kalman(), lineEnergy(4, 0.5), 2],
  ];
  const distance = ({ m: mean, s: deviation }: Line, to: number) => Math.hypot(mean, deviation - to);
  /** How far a small disturbance of the stationary law is after 100 steps, relative to what it was. */
  async function growth(scheme: Scheme<any>, functional: typeof G, size: number): Promise<number> {
    const { entropy, potential } = functional.terms!;
    const s0 = Math.sqrt(entropy / potential!.smoothness!);
    const rest =
      entropy > 0 ? (await march(scheme, functional, { from: { m: 0, s: s0 }, gamma: size, count: 400 })).last.s : 0;
    const start = { m: 1e-6, s: rest + 1e-6 };
    return (
      distance((await march(scheme, functional, { from: start, gamma: size, count: 100 })).last, rest) /
      distance(start, rest)
    );
  }
  it.each(cases)('%s: stable below', async (_, scheme, functional, size) => {
    expect(scheme.bounds!(functional).limit!.size).toBeCloseTo(size, 14);
    expect(await growth(scheme, functional, 0.97 * size)).toBeLessThan(0.1);
    expect(await growth(scheme, functional, scheme.bounds!(functional).advised!)).toBeLessThan(1e-3);
  });

  // Beyond its limit the Langevin scheme has no stationary law to disturb.
  it.each(cases.filter(([name]) => name !== 'langevin'))('%s: unstable beyond', async (_, scheme, functional, size) =>
    expect(await growth(scheme, functional, 1.03 * size)).toBeGreaterThan(10),
  );

  it('langevin: its mean', async () => {
    const { last } = await march(langevin(), curved, { from: { m: 1, s: 1 }, gamma: 1.03 / 2, count: 200 });
    expect(Math.abs(last.m)).toBeGreaterThan(10);
  });

  it('follow from lambda and L, and are not there without them', () => {
    expect(forwardBackward().bounds!(curved).limit).toMatchObject({ size: 1 / 4, name: '1 / L' });
    expect(trapezoid().bounds!(curved).limit).toMatchObject({ size: 1 / 2 });
    expect(jko().bounds!(curved)).toEqual({ anySize: true, advised: 1 / 4 });
    expect(jko().bounds!(lineEnergy(-2)).limit).toMatchObject({ size: 1 / 2, name: '1 / |lambda|' });
    expect(implicitMidpoint().bounds!(lineEnergy(-2)).limit).toMatchObject({ size: 1, name: '2 / |lambda|' });
    for (const scheme of [forwardEuler(), jko(), langevin(), kalman()])
      expect(scheme.bounds!({ id: 'mmd' })).toEqual({});
    expect(preconditioned(forwardEuler(), [[0.25]]).bounds!(curved).limit!.size).toBeCloseTo(1, 14);
  });
});

it('what a step cannot do it tells, and the wrapped state is not the measure', async () => {
  const { results } = await march(preconditioned(forwardEuler(), [[0.3]]), G, { from, gamma: Number.MAX_VALUE });
  expect(results[0]).toMatchObject({ status: 'non-finite', state: { measure: from } });
  expect(() => preconditioned(jko()).requires(G)).toThrow('covariance of a Gaussian target, and `line` has none');
  expect(() => preconditioned(jko(), [[-1]]).requires(G)).toThrow('not symmetric positive definite');
  expect(() => preconditioned(jko(), [[2]]).requires({ id: 'mmd' })).toThrow('`mmd` is none');
  const names = preconditioned(forwardBackward(), [[2]])
    .requires(G)
    .map((r) => `${r.operation} of ${r.functional?.id}`);
  expect(names).toEqual(['image of undefined', 'gradient of line.smooth', 'push of line', 'prox of line.proximable']);
  expect(problemOf(G).space.id).toBe('line');
});
