/** What schemes, controllers and stop rules know of step sizes, beside the stable ranges of `on-the-line`. */
import { calculusOf, energy, type Functional, type Kernel, type Potential, type Space } from '@wasserflow/core';
import {
  accelerated,
  extragradient,
  forwardBackward,
  forwardEuler,
  gap,
  jko,
  kalman,
  langevin,
  mirror,
  noiseInjection,
  preconditioned,
  splitting,
  svgd,
  theorySize,
  trapezoid,
} from '@wasserflow/schemes';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { line, lineEnergy, problemOf, type Affine, type Line } from './line.js';

const diagonal = (...l: number[]): Potential => ({
  dimension: l.length,
  quadratic: { precision: l.map((v, i) => l.map((_, j) => (i === j ? v : 0))), center: l.map(() => 0), constant: 0 },
  convexity: Math.min(...l),
  smoothness: Math.max(...l),
});
/** int rho^2 + int |x|^2 / 2. */
const porous = energy('porous', {
  entropy: 0,
  internal: [{ weight: 1, power: 2 }],
  potential: diagonal(1),
  constant: 0,
});

describe('an internal energy', () => {
  it.each([
    forwardEuler(),
    extragradient(),
    accelerated(),
    trapezoid(),
    kalman(),
    mirror(),
    mirror({ precision: [[2]] }),
  ])('$id: no limit is claimed of its explicit step, and no size advised', (scheme) => {
    const { limit, advised, lacks } = scheme.bounds!(porous);
    expect([limit, advised]).toEqual([undefined, undefined]);
    expect(lacks).toBe(
      'the curvature of the internal energy of `porous` is not known, and L is that of its potential alone',
    );
    expect(() => theorySize().bind!({ problem: problemOf(porous), scheme })).toThrow(
      `of \`${scheme.id}\` on \`porous\` (${lacks}); give a number`,
    );
  });

  it('takes nothing from what is implicit in it', () => {
    expect(forwardBackward().bounds!(porous)).toMatchObject({ limit: { size: 1 }, advised: 1 });
    expect(jko().bounds!(porous)).toEqual({ anySize: true, advised: 1 });
  });
});

it('a sum of facets, a negative entropy or an interaction leave nothing to claim', () => {
  const sharpening = energy('sharpening', { entropy: -1, potential: diagonal(1), constant: 0 });
  const summands: Functional = { id: 'sum', smoothness: 1, summands: [{ weight: 1, of: lineEnergy(1) }] };
  const attracting = energy('attracting', {
    entropy: 1,
    potential: diagonal(1),
    interactions: [
      { weight: 1, interaction: { at: () => ({ value: 0, first: 0, second: 0 }), value: (s) => s, slope: (s) => s } },
    ],
    constant: 0,
  });
  for (const scheme of [forwardEuler(), kalman(), mirror(), mirror({ precision: [[2]] })])
    for (const G of [sharpening, summands, attracting]) expect(scheme.bounds!(G)).toEqual({});
});

describe('mirror with a quadratic form', () => {
  const precision = [
    [3, 1],
    [1, 2],
  ];
  // The eigenvalues of Q^-1 diag(6, 1): trace 3, determinant 6 / 5.
  const L = (3 + Math.sqrt(9 - 24 / 5)) / 2;
  it('sees the largest eigenvalue of Q^(-1/2) Hess V Q^(-1/2)', () => {
    const bounds = (entropy: number) =>
      mirror({ precision }).bounds!(energy('G', { entropy, potential: diagonal(6, 1), constant: 0 }));
    expect(bounds(0).limit!.size).toBeCloseTo(2 / L, 12);
    expect(bounds(0).advised).toBeCloseTo(1 / L, 12);
    expect(bounds(0.3).limit!.size).toBeCloseTo(1 / L, 12);
    expect(bounds(0.3).advised).toBeCloseTo(1 / (2 * L), 12);
  });

  it('is silent where L is not known', () => {
    const { smoothness: _, quadratic: __, ...rough } = diagonal(6, 1);
    expect(mirror({ precision }).bounds!(energy('G', { entropy: 0, potential: rough, constant: 0 }))).toEqual({});
  });
});

describe('splitting', () => {
  const G = lineEnergy(4);
  const parts = [
    { scheme: forwardEuler(), part: 'smooth' },
    { scheme: jko(), part: 'proximable' },
  ] as const;
  it('has the smallest limit of its parts, in shares of its step', () => {
    expect(splitting(parts).bounds!(G).limit).toMatchObject({ size: 1 / 2, name: '2 / L' });
    expect(splitting(parts, 'strang').bounds!(G).limit).toMatchObject({ size: 1, name: '2 * 2 / L' });
    expect(splitting(parts.toReversed(), 'strang').bounds!(G).limit).toMatchObject({ size: 1 / 2 });
  });

  it('advises where each of its parts does, or is right at any size', () => {
    expect(splitting(parts).bounds!(G).advised).toBeCloseTo(1 / 4, 14);
    expect(splitting(parts, 'strang').bounds!(G).advised).toBeCloseTo(1 / 2, 14);
    const explicit = parts.map(({ part }) => ({ scheme: forwardEuler(), part }));
    expect(splitting(explicit).bounds!(G)).toMatchObject({ limit: { size: 1 / 2 } });
    expect(splitting(explicit).bounds!(G).advised).toBeUndefined();
    const implicit = parts.map(({ part }) => ({ scheme: jko(), part }));
    expect(splitting(implicit).bounds!(G)).toEqual({ anySize: true, advised: 1 / 4 });
  });
});

describe('a space that sets a limit', () => {
  /** s^2 / 8 over the weight of the entropy. */
  const space: Space<Line, Affine> = {
    ...line,
    stepLimit: ({ terms }, { s }) =>
      terms!.entropy > 0 ? { size: s ** 2 / (8 * terms!.entropy), name: 's^2 / 8 a', beyond: 'it breaks' } : undefined,
  };
  const problem = problemOf(lineEnergy(1, 0.5), space);
  const at = { m: 3, s: 2 };
  it.each([
    ['forward-euler', forwardEuler(), 1],
    ['noise-injection', noiseInjection({ level: 1 }), 1],
    ['accelerated', accelerated(), 1],
    ['extragradient', extragradient(), 1 / 2],
    // The step is along C grad G, C = 4.
    ['kalman', kalman(), 1 / 4],
    // In y = x / 2 the law has s = 1, and an explicit step is as long there.
    ['preconditioned', preconditioned(forwardEuler(), [[4]]), 1 / 4],
    [
      'splitting',
      splitting([
        { scheme: jko(), part: 'potential' },
        { scheme: forwardEuler(), part: 'entropy' },
      ]),
      1,
    ],
    [
      'splitting by halves',
      splitting(
        [
          { scheme: forwardEuler(), part: 'entropy' },
          { scheme: jko(), part: 'potential' },
        ],
        'strang',
      ),
      2,
    ],
  ] as const)('limits %s', async (_, scheme, size) => {
    expect(await scheme.limitAt!(problem, at)).toMatchObject({ size, beyond: 'it breaks' });
  });

  it('leaves alone what is not explicit in the entropy', async () => {
    for (const scheme of [jko(), langevin(), forwardBackward(), kalman({ noise: true })])
      expect(await scheme.limitAt?.(problem, at)).toBeUndefined();
    expect(await preconditioned(jko(), [[4]]).limitAt?.(problem, at)).toBeUndefined();
    const smooth = splitting([
      { scheme: forwardEuler(), part: 'smooth' },
      { scheme: jko(), part: 'proximable' },
    ]);
    expect(await smooth.limitAt!(problem, at)).toBeUndefined();
    expect(await forwardEuler().limitAt!(problemOf(lineEnergy(1)), at)).toBeUndefined();
  });

  it('is halved by the controller `theory`, where it is the smaller', () => {
    const { next } = theorySize(0.8).bind!({ problem, scheme: forwardEuler() });
    const limit = (size: number) => ({ size, name: 'h', beyond: 'no' });
    expect(next(1, undefined)).toBeCloseTo(0.4, 14);
    expect(next(1, undefined, limit(0.1))).toBeCloseTo(0.04, 14);
    expect(next(1, undefined, limit(10))).toBeCloseTo(0.4, 14);
  });
});

it('svgd refuses a kernel that is positive definite only conditionally', () => {
  const kernel: Kernel = { id: 'energy', conditional: true };
  expect(() => svgd(kernel)).toThrow(
    '`svgd` needs a positive definite kernel, and `energy` is so only conditionally; use { id: gaussian }',
  );
  expect(svgd({ id: 'linear', linear: true }).id).toBe('svgd');
});

it('a step that broke below 1 / L is told to be far smaller', async () => {
  const broken: Space<Line, Affine> = { ...line, defect: () => 'the law broke' };
  const problem = problemOf(lineEnergy(4), broken);
  const message = async (gamma: number) =>
    (await forwardEuler().step({ measure: { m: 0, s: 1 } }, problem, { step: 1, gamma, rng: stream(0) })).message;
  expect(await message(0.1)).toBe(
    'after an explicit step of size 0.1 the law broke; try one far below 0.1, or scheme `jko`',
  );
  expect(await message(0.5)).toContain('; try one below 1 / L = 0.25, or scheme `jko`');
});

it('gap: the value at a target that is held by draws is computed once, whatever the step', async () => {
  let [drawn, values] = [0, 0];
  const space: Space<number, number> = {
    id: 'draws',
    dimension: 1,
    initial: async () => 0,
    represent: async (_, rng) => (drawn++, rng.uniform([]).data[0]!),
    value: async (_, mu) => (values++, mu),
  };
  const G: Functional = { id: 'divergence', target: { id: 'data', dimension: 1 } };
  const problem = { functional: G, space: calculusOf(space) };
  const rule = gap({ below: 1e-9 }, stream('run'));
  const done = (step: number, measure: number) =>
    rule.done({
      step,
      gamma: 1,
      info: {},
      metrics: {},
      problem,
      previous: 0,
      measure,
      gradients: 0,
      rng: stream(step),
    });
  const least = stream('run').fork('gap').uniform([]).data[0]!;
  expect(await done(1, least + 1e-6)).toBeUndefined();
  expect(await done(2, least + 1e-10)).toMatch(/^after step 2 the gap is 1\.00e-10, below 1e-9$/);
  expect([drawn, values]).toEqual([1, 3]);
});
