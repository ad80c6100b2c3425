/**
 * The same schemes on space `quantile`, which knows nothing of Gaussians, against space `gaussian`: N(3, 4) to N(0, 1)
 * by ten steps of size 0.1. On 100 cells the laws differ by W2 of 5e-3 to 1.1e-2 (by 4e-3 on 400), which is the
 * infinite tails that cells cannot hold; schemes of first and second order differ by 5e-2 here.
 */
import {
  calculusOf,
  energy,
  type GaussianMeasure,
  type Problem,
  type QuantileMeasure,
  type Scheme,
} from '@wasserflow/core';
import {
  acceleratedJko,
  bdf2,
  extrapolatedBdf2,
  forwardBackward,
  implicitMidpoint,
  jko,
  langevin,
  preconditioned,
  proximalLangevin,
  splitting,
  symmetrizedLangevin,
} from '@wasserflow/schemes';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { quantileSpace } from '@wasserflow/space-quantile';
import { stream } from '@wasserflow/tensor';
import { expect, it } from 'vitest';
import { gaussianLaw } from './gaussian-laws.js';

const [initial, target] = [gaussianLaw('initial', [3], [[4]]), gaussianLaw('target', [0], [[1]])];
const functional = energy('kl', { entropy: 1, potential: target.potential!, constant: target.logNormalizer! }, target);
const quantile = quantileSpace(initial, { nodes: 100 });

async function run(scheme: Scheme<any>, problem: Problem): Promise<any> {
  let state = scheme.init(await problem.space.initial(stream(0)), problem);
  for (let step = 1; step <= 10; step++) {
    const result = await scheme.step(state, problem, { step, gamma: 0.1, rng: stream(0).fork(step) });
    expect([result.status, result.message]).toEqual(['ok', undefined]);
    state = result.state;
  }
  return state.measure;
}

const cases: readonly [string, Scheme<any>][] = [
  ['jko', jko()],
  ['forward-backward', forwardBackward()],
  ['langevin', langevin()],
  ['proximal-langevin', proximalLangevin()],
  ['symmetrized-langevin', symmetrizedLangevin()],
  ['implicit-midpoint', implicitMidpoint()],
  ['bdf2', bdf2()],
  ['extrapolated-bdf2', extrapolatedBdf2()],
  ['accelerated-jko', acceleratedJko()],
  ['preconditioned jko', preconditioned(jko(), [[0.5]])],
  [
    'splitting',
    splitting(
      [
        { scheme: implicitMidpoint(), part: 'smooth' },
        { scheme: jko(), part: 'entropy' },
      ],
      'strang',
    ),
  ],
];
it.each(cases)('%s', async (_, scheme) => {
  const exact: GaussianMeasure = await run(scheme, { functional, space: calculusOf(gaussianSpace(initial)) });
  const cells: QuantileMeasure = await run(scheme, { functional, space: calculusOf(quantile) });
  const law = gaussianLaw('exact', [...exact.mean], exact.covariance as number[][]);
  const error = Math.sqrt(await quantile.distance2!(cells, await quantile.represent!(law, stream(0))));
  expect(error).toBeLessThan(0.013);
});
