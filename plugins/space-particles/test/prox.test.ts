import type { Functional, Interaction, ParticleMeasure, PointwisePotential, Potential } from '@wasserflow/core';
import { ops } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';
import { cloud, context, largestGap, line, potentialEnergy, quartic, space } from './clouds.js';

const onLine = space({ dimension: 1 });
const inPlane = space();

const pointwise = (V: PointwisePotential): Potential => ({ dimension: 1, pointwise: V, value: (x) => ops.sum(x, 1), gradient: (x) => x }); // prettier-ignore

/** The same potential without what is known of it at single points: the engine has to serve. */
const { pointwise: _, ...quarticOnEngine } = quartic;

const interaction = (weight: number, W: Interaction): Functional => ({
  id: 'interaction',
  terms: { entropy: 0, interactions: [{ weight, interaction: W }], constant: 0 },
});

/** W(z) = |z|^2 / 2. */
const quadratic: Interaction = {
  at: (s) => ({ value: s / 2, first: 0.5, second: 0 }),
  value: (s) => ops.mul(s, 0.5),
  slope: (s) => ops.mul(ops.onesLike(s), 0.5),
};

/** W(z) = log |z|. */
const logarithm: Interaction = {
  at: (s) => ({ value: Math.log(s) / 2, first: s > 0 ? 1 / (2 * s) : 0, second: -1 / (2 * s * s) }),
  value: (s) => ops.mul(ops.log(s), 0.5),
  slope: (s) => ops.div(0.5, s),
  singular: true,
};

/** E[x (x - y)] / gamma + E[x grad V] + ..., the virial identity, term by term. */
const virial = (from: ParticleMeasure, to: ParticleMeasure, gamma: number): number => {
  const d = from.points.shape[1]!;
  const n = from.points.shape[0]!;
  const masses = from.weights?.data ?? new Float64Array(n).fill(1 / n);
  let sum = 0;
  for (let i = 0; i < n * d; i++)
    sum += (masses[Math.floor(i / d)]! * to.points.data[i]! * (to.points.data[i]! - from.points.data[i]!)) / gamma;
  return sum;
};

describe('proximal steps of potentials', () => {
  const gamma = 0.4;
  const places = [-2, -0.7, -0.1, 0, 0.3, 1, 2.5];

  it('of |x| thresholds softly, on its kink too', async () => {
    const V = pointwise({ value: ([x]) => Math.abs(x!), gradient: ([x]) => [Math.sign(x!)], hessian: () => [[0]] });
    const { measure, status } = await onLine.prox(potentialEnergy(V), line(places), gamma, context);
    const expected = places.map((y) => Math.sign(y) * Math.max(Math.abs(y) - gamma, 0));
    expect(status).toBe('ok');
    expect(largestGap(measure.points.data, expected)).toBeLessThan(1e-14);
  });

  it('of x^4 / 4 solves the cubic equation, at single points and on the engine', async () => {
    // The real root of z^3 + z / gamma = y / gamma by Cardano's formula.
    const cardano = (y: number): number => {
      const [p, q] = [1 / gamma, -y / gamma];
      const root = Math.sqrt((q / 2) ** 2 + (p / 3) ** 3);
      return Math.cbrt(-q / 2 + root) + Math.cbrt(-q / 2 - root);
    };
    const expected = places.map(cardano);
    const exact = await onLine.prox(potentialEnergy(quartic), line(places), gamma, context);
    expect(largestGap(exact.measure.points.data, expected)).toBeLessThan(1e-14);
    const approximate = await onLine.prox(potentialEnergy(quarticOnEngine), line(places), gamma, context);
    expect(approximate.status).toBe('ok');
    // Gradients of float32.
    expect(largestGap(approximate.measure.points.data, expected)).toBeLessThan(1e-5);
    expect(approximate.residual).toBeLessThan(1e-4);
    expect(approximate.moved2).toBeCloseTo(exact.moved2!, 5);
    expect(approximate.objective).toBeCloseTo(exact.objective!, 5);
  });

  it('of the double well solves y + gamma (y^3 - y) = x', async () => {
    const V = pointwise({
      value: ([x]) => (x! ** 2 - 1) ** 2 / 4,
      gradient: ([x]) => [x! ** 3 - x!],
      hessian: ([x]) => [[3 * x! ** 2 - 1]],
    });
    const { measure } = await onLine.prox(potentialEnergy(V), line(places), gamma, context);
    const back = Array.from(measure.points.data, (y) => y + gamma * (y ** 3 - y));
    expect(largestGap(back, places)).toBeLessThan(1e-13);
  });

  describe('of V that is not convex', () => {
    const well: PointwisePotential = {
      value: ([x]) => (x! ** 2 - 1) ** 2 / 4,
      gradient: ([x]) => [x! ** 3 - x!],
      hessian: ([x]) => [[3 * x! ** 2 - 1]],
    };
    const declared = { ...pointwise(well), convexity: -1 };

    it('is a minimum below 1 / |lambda|, and not claimed to be beyond', async () => {
      expect((await onLine.prox(potentialEnergy(declared), line(places), 0.99, context)).status).toBe('ok');
      expect(await onLine.prox(potentialEnergy(declared), line(places), 3, context)).toMatchObject({
        status: 'not-converged',
        message:
          'the proximal step of size 3 on `potential` need not have a unique minimiser: the potential is only -1-convex; use a size below 1',
      });
    });

    it('without a declared lambda is told by its curvature: no point stays on the barrier', async () => {
      // From 0 the objective is stationary, and curved by -1 + 1/3.
      const away = places.filter((x) => x !== 0);
      const { status, measure } = await onLine.prox(potentialEnergy(pointwise(well)), line(away), 3, context);
      expect(status).toBe('ok');
      for (const [i, z] of measure.points.data.entries()) expect(3 * z ** 2 - 1 + 1 / 3, `${i}`).toBeGreaterThan(0);
      expect(await onLine.prox(potentialEnergy(pointwise(well)), line(places), 3, context)).toMatchObject({
        status: 'not-converged',
        message: expect.stringContaining('curves down too much'),
      });
    });

    it('in the plane too', async () => {
      const V: Potential = {
        dimension: 2,
        value: (x) => ops.sum(x, 1),
        pointwise: {
          value: (x) => x.reduce((sum, a) => sum + well.value([a]), 0),
          gradient: (x) => x.map((a) => well.gradient([a])[0]!),
          hessian: (x) => x.map((a, i) => x.map((_a, j) => (i === j ? well.hessian([a])[0]![0]! : 0))),
        },
      };
      const from = (x: number): ParticleMeasure => ({ points: { shape: [1, 2], data: Float64Array.of(0.5, x) } });
      expect((await inPlane.prox(potentialEnergy(V), from(0.1), 3, context)).status).toBe('ok');
      expect((await inPlane.prox(potentialEnergy(V), from(0), 3, context)).status).toBe('not-converged');
    });
  });

  it('stay solved where the gradient is down to rounding', async () => {
    const { measure } = await onLine.prox(potentialEnergy(quartic), line([0.5]), 1e6, context);
    const again = await onLine.prox(potentialEnergy(quartic), measure, 1e-3, context);
    expect(again.status).toBe('ok');
    const quadratic = { precision: [[3, 1], [1, 2]], center: [1e3, -1], constant: 0 }; // prettier-ignore
    const V: Potential = { dimension: 2, value: (x) => ops.sum(x, 1), gradient: (x) => x, quadratic };
    const mu = { points: { shape: [1, 2], data: Float64Array.of(1e3 + 1e-12, -1) } };
    expect((await inPlane.prox(potentialEnergy(V), mu, 0.1, context)).status).toBe('ok');
  });

  it('in the plane is found by Newton, exactly', async () => {
    // V = (x^2 + y^2)^2 / 4 + x y / 2: neither separable nor quadratic.
    const V: Potential = {
      dimension: 2,
      value: (x) => ops.sum(x, 1),
      pointwise: {
        value: ([x, y]) => (x! ** 2 + y! ** 2) ** 2 / 4 + (x! * y!) / 2,
        gradient: ([x, y]) => [(x! ** 2 + y! ** 2) * x! + y! / 2, (x! ** 2 + y! ** 2) * y! + x! / 2],
        hessian: ([x, y]) => [
          [3 * x! ** 2 + y! ** 2, 2 * x! * y! + 0.5],
          [2 * x! * y! + 0.5, x! ** 2 + 3 * y! ** 2],
        ],
      },
    };
    const mu = cloud('newton', 20);
    const { measure, status } = await inPlane.prox(potentialEnergy(V), mu, gamma, context);
    expect(status).toBe('ok');
    for (let i = 0; i < 20; i++) {
      const z = Array.from(measure.points.data.subarray(2 * i, 2 * i + 2));
      const g = V.pointwise!.gradient(z);
      for (const k of [0, 1]) expect(z[k]! + gamma * g[k]!).toBeCloseTo(mu.points.data[2 * i + k]!, 10);
    }
  });

  it('of a quadratic is linear, and refused beyond its convexity', async () => {
    const quadratic = { precision: [[2, 0.5], [0.5, -1]], center: [1, -1], constant: 0 }; // prettier-ignore
    const V: Potential = { dimension: 2, value: (x) => ops.sum(x, 1), gradient: (x) => x, quadratic };
    const mu = cloud('quadratic', 10);
    const { measure } = await inPlane.prox(potentialEnergy(V), mu, 0.5, context);
    // (I + P / 2) z = y + P c / 2 with P c = (1.5, 1.5).
    for (let i = 0; i < 10; i++) {
      const [x, y] = measure.points.data.subarray(2 * i, 2 * i + 2);
      expect(2 * x! + 0.25 * y!).toBeCloseTo(mu.points.data[2 * i]! + 0.75, 12);
      expect(0.25 * x! + 0.5 * y!).toBeCloseTo(mu.points.data[2 * i + 1]! + 0.75, 12);
    }
    expect(await inPlane.prox(potentialEnergy(V), mu, 1.5, context)).toMatchObject({
      status: 'not-converged',
      message: expect.stringMatching(/size 1.5 on `potential`.*smaller size/),
    });
  });
});

describe('proximal steps of interactions', () => {
  it.each([false, true])('quadratic ones draw all points to their mean (weights: %s)', async (weighted) => {
    const mu = cloud('quadratic interaction', 30, 2, weighted);
    const { measure, status, residual } = await inPlane.prox(interaction(3, quadratic), mu, 0.5, context);
    const [was, is] = [await inPlane.moments(mu), await inPlane.moments(measure)];
    // mean + (y - mean) / (1 + gamma k) with gamma k = 1.5.
    const expected = Array.from(mu.points.data, (y, i) => was.mean[i % 2]! + (y - was.mean[i % 2]!) / 2.5);
    expect(status).toBe('ok');
    expect(largestGap(measure.points.data, expected)).toBeLessThan(1e-9);
    expect(is.mean[0]!).toBeCloseTo(was.mean[0]!, 9);
    expect(residual).toBeLessThan(1e-8);
  });

  it('keep the virial identity of a logarithmic gas', async () => {
    // V = x^2 / 2, W = -c log|z|: E[x (x - y)] / gamma + E x^2 = c (N - 1) / (2 N).
    const V: Potential = { dimension: 1, value: (x) => ops.mul(ops.sum(ops.square(x), 1), 0.5) };
    const c = 0.8;
    const gas: Functional = {
      id: 'gas',
      terms: { entropy: 0, potential: V, interactions: [{ weight: -c, interaction: logarithm }], constant: 0 },
    };
    const mu = line(Array.from({ length: 20 }, (_v, i) => (i - 9.3) / 5));
    const { measure, status } = await onLine.prox(gas, mu, 0.3, context);
    expect(status).toBe('ok');
    const square = Array.from(measure.points.data).reduce((sum, x) => sum + x * x, 0) / 20;
    expect(virial(mu, measure, 0.3) + square).toBeCloseTo((c * 19) / 40, 5);
  });

  it('value a singular interaction without its diagonal', async () => {
    // Two points at distance 2: (1/2) sum over the two ordered pairs of log 2 / 4.
    expect(await onLine.value(interaction(1, logarithm), line([0, 2]))).toBeCloseTo(Math.log(2) / 4, 14);
  });
});

describe('proximal steps', () => {
  it('refuse entropy, with what does instead', async () => {
    const kl: Functional = { id: 'kl', terms: { entropy: 1, potential: quartic, constant: 0 } };
    expect(onLine.refuses('prox', kl)).toMatch(/no cloud minimises it.*`langevin` or `svgd`/);
    await expect(onLine.prox(kl, line([0]), 1, context)).rejects.toMatchObject({ code: 'E_UNSUPPORTED' });
    await expect(onLine.prox(potentialEnergy(quartic), line([0]), 0, context)).rejects.toThrow(/above 0, not 0/);
  });

  it('tell that a facet has no minimiser', async () => {
    const upwards: Functional = { id: 'up', facets: { particles: { value: (x) => ops.neg(ops.mean(ops.square(x))) } } };
    const result = await onLine.prox(upwards, line([1, 2]), 10, context);
    expect(result.status).not.toBe('ok');
    expect(result.message).toMatch(/residual|not finite/);
  });

  it('from two anchors is the step of the second-order backward difference', async () => {
    // 1/gamma W2^2(y1, .) - 1/(4 gamma) W2^2(y0, .) + int V with V = lambda x^2 / 2 in one dimension, point by
    // point: x = (2 y1 - y0 / 2) / (3 / 2 + gamma lambda).
    const [gamma, lambda] = [0.3, 2];
    const V: Potential = { dimension: 1, value: (x) => ops.mul(ops.sum(ops.square(x), 1), lambda / 2) };
    const [y0, y1] = [line([-1, 0.5, 3]), line([-0.7, 0.4, 2])];
    const anchors = [
      { weight: 1 / gamma, measure: y1 },
      { weight: -1 / (4 * gamma), measure: y0 },
    ];
    const { measure, objective } = await onLine.anchoredProx(potentialEnergy(V), anchors, context);
    const expected = Array.from(y1.points.data, (y, i) => (2 * y - y0.points.data[i]! / 2) / (1.5 + gamma * lambda));
    expect(largestGap(measure.points.data, expected)).toBeLessThan(1e-6);
    const at = (x: ArrayLike<number>, y: ParticleMeasure) => Array.from(x).reduce((sum, v, i) => sum + (v - y.points.data[i]!) ** 2, 0) / 3; // prettier-ignore
    const energy = expected.reduce((sum, x) => sum + (lambda * x * x) / 2, 0) / 3;
    expect(objective).toBeCloseTo(energy + at(expected, y1) / gamma - at(expected, y0) / (4 * gamma), 6);
    await expect(onLine.anchoredProx(potentialEnergy(V), [{ weight: -1, measure: y0 }], context)).rejects.toThrow(
      /above 0, not to -1/,
    );
  });
});
