/**
 * The same schemes on space `particles`. Where every field is affine in x, and depends on the cloud by its mean and
 * covariance alone, a cloud's moments obey the recursions of Gaussians exactly: what is left is float32. Where noise is
 * drawn, moments are those of the law up to the error of their estimate.
 */
import {
  calculusOf,
  type Functional,
  type GaussianMeasure,
  type Moments,
  type Problem,
  type Scheme,
} from '@wasserflow/core';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { kl, potentialEnergy } from '@wasserflow/functionals';
import {
  accelerated,
  bdf2,
  extragradient,
  forwardEuler,
  implicitMidpoint,
  jko,
  kalman,
  langevin,
  mala,
  noiseInjection,
  preconditioned,
  proximalLangevin,
  svgd,
  symmetrizedLangevin,
} from '@wasserflow/schemes';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { particleSpace } from '@wasserflow/space-particles';
import { gaussian } from '@wasserflow/targets';
import { gaussiansInPlane } from '@wasserflow/testkit';
import { stream } from '@wasserflow/tensor';
import { describe, expect, it } from 'vitest';

const initial = gaussian(gaussiansInPlane.initial);
const target = gaussian(gaussiansInPlane.target);
const [KL, V] = [kl(target), potentialEnergy(target)];
const engine = await tfjsEngine('cpu');
const clouds = (count: number) => particleSpace({ engine, initial, count });

async function run(scheme: Scheme<any>, problem: Problem, from: unknown, gamma: number, count: number): Promise<any> {
  let state = scheme.init(from, problem);
  for (let step = 1; step <= count; step++) {
    const result = await scheme.step(state, problem, { step, gamma, rng: stream(7).fork('step', step) });
    expect([result.status, result.message]).toEqual(['ok', undefined]);
    state = result.state;
  }
  return state.measure;
}

describe('moments of a cloud, exactly', () => {
  const cases: readonly [string, Scheme<any>, Functional][] = [
    ['forward-euler', forwardEuler(), V],
    ['accelerated', accelerated(), V],
    ['extragradient', extragradient(), V],
    ['kalman', kalman(), V],
    [
      'preconditioned forward-euler',
      preconditioned(forwardEuler(), [
        [0.5, 0.1],
        [0.1, 0.8],
      ]),
      V,
    ],
    ['jko', jko(), V],
    ['implicit-midpoint', implicitMidpoint(), V],
    ['bdf2', bdf2(), V],
    ['svgd with the linear kernel', svgd({ id: 'linear', linear: true }), KL],
  ];
  it.each(cases)('%s', async (_, scheme, functional) => {
    const space = clouds(60);
    const cloud = await space.initial(stream(1));
    const start = await space.moments(cloud);
    const law = gaussian({ mean: start.mean, covariance: start.covariance });
    const options = [0.1, 5] as const;
    const moved: Moments = await space.moments(
      await run(scheme, { functional, space: calculusOf(space) }, cloud, ...options),
    );
    const exactly: GaussianMeasure = await run(
      scheme,
      { functional, space: calculusOf(gaussianSpace(law)) },
      { mean: start.mean, covariance: start.covariance },
      ...options,
    );
    for (const i of [0, 1]) {
      expect(moved.mean[i]).toBeCloseTo(exactly.mean[i]!, 4);
      for (const j of [0, 1]) expect(moved.covariance[i]![j]).toBeCloseTo(exactly.covariance[i]![j]!, 4);
    }
  });
});

describe('stationary laws of schemes that draw', () => {
  const count = 4000;
  const line = gaussian({ mean: [0.5], covariance: [[0.5]] });
  const [l, gamma] = [2, 0.2];
  const cases: readonly [string, Scheme<any>, Functional, number][] = [
    ['langevin', langevin(), kl(line), 1 / (l * (1 - (gamma * l) / 2))],
    ['mala: no bias', mala(), kl(line), 1 / l],
    ['proximal-langevin', proximalLangevin('heat-first'), kl(line), 2 / (l * (2 + gamma * l))],
    ['symmetrized-langevin: no bias', symmetrizedLangevin(), kl(line), 1 / l],
    ['noise-injection', noiseInjection({ level: 3 }), potentialEnergy(line), (gamma * 9 * l) / (2 - gamma * l)],
  ];
  it.each(cases)('%s', async (_, scheme, functional, variance) => {
    const space = particleSpace({ engine, initial: gaussian({ dimension: 1 }), count });
    const cloud = await space.initial(stream(1));
    const { mean, covariance } = await space.moments(
      await run(scheme, { functional, space: calculusOf(space) }, cloud, gamma, 30),
    );
    // Five standard errors of a mean and of a variance.
    expect(Math.abs(mean[0]! - 0.5)).toBeLessThan(5 * Math.sqrt(variance / count));
    expect(Math.abs(covariance[0]![0]! / variance - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
  });

  it('kalman with noise: the fixed point of C = (1 - gamma C l)^2 C + 2 gamma C, in both directions at once', async () => {
    const space = clouds(count);
    const cloud = await space.initial(stream(1));
    const problem = { functional: KL, space: calculusOf(space) };
    const { mean, covariance } = await space.moments(await run(kalman({ noise: true }), problem, cloud, 0.1, 60));
    // C l solves (1 - gamma z)^2 + 2 gamma = 1 for each eigenvalue: z = (1 - sqrt(1 - 2 gamma)) / gamma.
    const z = (1 - Math.sqrt(1 - 0.2)) / 0.1;
    const expected = target.gaussian!.covariance.map((row) => row.map((v) => v * z));
    // Five standard errors of a covariance of order one, 5 sqrt(2 / 4000), and of a mean.
    [0, 1].forEach((i) => {
      expect(Math.abs(mean[i]! - target.gaussian!.mean[i]!)).toBeLessThan(0.1);
      [0, 1].forEach((j) => expect(Math.abs(covariance[i]![j]! - expected[i]![j]!)).toBeLessThan(0.12));
    });
  });
});
