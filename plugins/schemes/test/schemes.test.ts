/** Schemes on a space of points of the line, where every step can be done by hand. */
import {
  calculusOf,
  energy,
  type Functional,
  type Potential,
  type Problem,
  type Scheme,
  type Space,
} from '@wasserflow/core';
import { forwardBackward, forwardEuler, jko, langevin, mala, mirror, svgd } from '@wasserflow/schemes';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

interface Point {
  readonly x: number;
  readonly noise: number;
}

/** V(x) = 2 x^2; the entropy of a point is made up: a x. */
const slope = (G: Functional, x: number) => (G.terms!.potential ? 4 * x : 0) + G.terms!.entropy;
const points: Space<Point, number> = {
  id: 'points',
  dimension: 1,
  initial: async () => ({ x: 3, noise: 0 }),
  gradient: async (G, { x }) => slope(G, x),
  push: async ({ x, noise }, v, step) => ({ x: x + step * v, noise }),
  prox: async (G, { x, noise }, gamma) => {
    const moved = -gamma * G.terms!.entropy;
    return {
      measure: { x: x + moved, noise },
      status: 'not-converged',
      message: 'by hand',
      moved2: moved ** 2,
      iterations: 5,
    };
  },
  diffuse: async ({ x, noise }, variance) => ({ x, noise: noise + variance }),
};

const V: Potential = { dimension: 1, gradient: (x) => x, smoothness: 4 };
const G = energy('test', { entropy: 0.5, potential: V, constant: 0 });

const problemOf = (functional: Functional, space: Space<Point, number> = points): Problem => ({
  functional,
  space: calculusOf(space),
});
function step(scheme: Scheme, problem: Problem, gamma = 0.1) {
  const state = scheme.init({ x: 3, noise: 0 }, problem);
  return scheme.step(state, problem, { step: 1, gamma, rng: stream(0) });
}

describe('one step', () => {
  it('jko is the proximal step of G, with all it tells', async () => {
    const { state, ...rest } = await step(jko(), problemOf(G));
    expect(state.measure.x).toBeCloseTo(3 - 0.05, 14);
    expect(rest).toEqual({
      status: 'not-converged',
      message: 'by hand',
      info: { moved: expect.closeTo(0.05, 14), iterations: 5 },
    });
  });

  it('forward-euler goes down the gradient of G', async () => {
    const { state, status } = await step(forwardEuler(), problemOf(G));
    expect(state.measure.x).toBeCloseTo(3 - 0.1 * 12.5, 14);
    expect(status).toBe('ok');
  });

  it('forward-backward goes down the gradient of V, then makes the proximal step of the entropy', async () => {
    const { state, status, message, info } = await step(forwardBackward(), problemOf(G));
    expect(state.measure.x).toBeCloseTo(3 - 0.1 * 12 - 0.05, 14);
    // What the half step moved is not what the step moved.
    expect({ status, message, info }).toEqual({ status: 'not-converged', message: 'by hand', info: { iterations: 5 } });
  });

  it('langevin goes down the gradient of V and adds noise of variance 2 gamma a', async () => {
    const { state } = await step(langevin(), problemOf(G));
    expect(state.measure.x).toBeCloseTo(3 - 0.1 * 12, 14);
    expect(state.measure.noise).toBeCloseTo(2 * 0.1 * 0.5, 14);
  });
});

describe("what is the space's to do", () => {
  it('mala moves by Metropolis steps and tells how many were accepted', async () => {
    const asked: unknown[] = [];
    const space: Space<Point, number> = {
      ...points,
      async metropolis(functional, { x, noise }, gamma) {
        asked.push([functional.id, gamma]);
        return { measure: { x: x - 1, noise }, acceptance: 0.625 };
      },
    };
    const { state, info } = await step(mala(), problemOf(G, space));
    expect([state.measure.x, info, asked]).toEqual([2, { acceptance: 0.625 }, [['test', 0.1]]]);
  });

  it('svgd goes down the gradient smoothed by its kernel', async () => {
    const kernel = { id: 'linear', linear: true } as const;
    const space: Space<Point, number> = {
      ...points,
      kernelGradient: async (functional, k, { x }) => (k === kernel ? slope(functional, x) * (x ** 2 + 1) : NaN),
    };
    expect((await step(svgd(kernel), problemOf(G, space))).state.measure.x).toBeCloseTo(3 - 0.1 * 12.5 * 10, 12);
  });

  it('mirror hands on grad phi - gamma grad G', async () => {
    const space: Space<Point, number> = {
      ...points,
      gradient: async (functional, { x }) => (functional.id === 'test' ? 4 * x : 100),
      combine: async (terms) => terms.reduce((sum, { weight, of }) => sum + weight * of, 0),
      mirror: async (_, { noise }, v) => ({ measure: { x: v, noise }, status: 'ok' }),
    };
    expect((await step(mirror(), problemOf(G, space))).state.measure.x).toBeCloseTo(100 - 0.1 * 12, 13);
    expect(() =>
      mirror({
        precision: [
          [1, 2],
          [0, 1],
        ],
      }),
    ).toThrow('not symmetric positive definite');
    expect(() =>
      mirror({
        precision: [
          [1, 2],
          [2, 1],
        ],
      }),
    ).toThrow('not symmetric positive definite');
  });
});

const names = (scheme: Scheme, functional = G) =>
  scheme.requires(functional).map((r) => [r.operation, ...(r.functional ? [r.functional.id] : [])].join(' of '));

describe('what a scheme requires', () => {
  it('is named by operation and functional', () => {
    expect(names(jko())).toEqual(['prox']);
    expect(names(forwardEuler())).toEqual(['gradient', 'push']);
    expect(names(forwardBackward())).toEqual(['gradient of test.smooth', 'push', 'prox of test.proximable']);
    expect(names(langevin())).toEqual(['gradient of test.smooth', 'push', 'diffuse']);
  });

  it('noise is no internal energy', () => {
    const porous = energy('porous', { entropy: 1, internal: [{ weight: 1, power: 2 }], potential: V, constant: 0 });
    expect(() => langevin().requires(porous)).toThrow('`porous` has an internal energy; use scheme `forward-backward`');
    expect(names(forwardBackward(), porous)).toContain('prox of porous.proximable');
    expect(names(mala())).toEqual(['metropolis']);
  });

  it.each([forwardBackward(), langevin()])('$id: a potential and an entropy', (scheme) => {
    const without = (functional: Functional) => () => scheme.requires(functional);
    expect(without(energy('entropy', { entropy: 1, constant: 0 }))).toThrow('`kl` is; `entropy` has no potential');
    const potential = energy('potential', { entropy: 0, potential: V, constant: 0 });
    expect(without(potential)).toThrow('`potential` has no entropy of positive weight');
    expect(without({ ...potential, terms: { ...potential.terms!, entropy: -1 } })).toThrow('of positive weight');
    expect(without({ id: 'mmd' })).toThrow('`mmd` has no potential');
  });
});

describe.each([forwardEuler(), langevin()])('$id: a step that goes wrong', (scheme) => {
  it('ends as non-finite, and says what to try', async () => {
    const { status, message, state } = await step(scheme, problemOf(G), Number.MAX_VALUE);
    expect(status).toBe('non-finite');
    expect(message).toMatch(
      /^after an explicit step of size 1.79\S+ the measure is not finite; try one below 1 \/ L = 0.25, or scheme `jko`$/,
    );
    expect(Number.isFinite(state.measure.x)).toBe(false);
  });

  it('says so without a number where L is not known', async () => {
    const { smoothness: _, ...unknown } = V;
    const rough = energy('test', { entropy: 0.5, potential: unknown, constant: 0 });
    expect((await step(scheme, problemOf(rough), Number.MAX_VALUE)).message).toContain(
      'try a smaller one (gamma * L < 1',
    );
  });

  it('asks the space what is wrong, and finds NaN in any array', async () => {
    const strict = { ...points, defect: ({ x }: Point) => (x < 2.5 ? 'the point left its room' : undefined) };
    expect((await step(scheme, problemOf(G, strict))).message).toContain('size 0.1 the point left its room;');
    const nested = {
      ...points,
      defect: () => undefined,
      diffuse: async (mu: Point) => mu,
      push: async () => ({ a: [{ data: Float32Array.of(1, NaN) }] }) as unknown as Point,
    };
    expect((await step(scheme, problemOf(G, nested))).status).toBe('non-finite');
  });
});
