/** The virial and the momentum identity of JKO steps, over random problems, on every space that has proximal steps. */
import { energy, type Distribution, type Functional } from '@wasserflow/core';
import {
  absoluteInteraction,
  internalEnergy,
  interactionEnergy,
  kl,
  potentialEnergy,
  quadraticInteraction,
  sum,
} from '@wasserflow/functionals';
import { gaussian } from '@wasserflow/targets';
import { jkoFindings, subjectOf } from '@wasserflow/testkit';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { make } from './workbench.js';

/** Few runs of a fixed seed: the identity is an equality, which a wrong step breaks at once. */
const check = { seed: 7, numRuns: 8 } as const;

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const gammas = number(-2, 1).map((exponent) => 10 ** exponent);

const onLine = fc
  .record({ mean: number(-1, 1), variance: number(0.3, 2) })
  .map(({ mean, variance }): Distribution => gaussian({ mean: [mean], variance }));
/** Covariances with eigenvalues of at least 0.2, whose axes turn. */
const inPlane = fc
  .record({ m: fc.tuple(number(-1, 1), number(-1, 1)), a: number(0.5, 1.5), b: number(0.5, 1.5), c: number(-0.3, 0.3) })
  .map(({ m, a, b, c }): Distribution =>
    gaussian({
      mean: m,
      covariance: [
        [a, c],
        [c, b],
      ],
    }),
  );

interface Case {
  readonly space: unknown;
  readonly laws: fc.Arbitrary<Distribution>;
  readonly functional: (target: Distribution) => Functional;
  /** Of the solves: points are in float32. */
  readonly tolerance: number;
}

const QUANTILE = { id: 'quantile', nodes: 40 };
const ATOMS = { id: 'quantile', nodes: 40, kind: 'atoms' };
const CLOUD = { id: 'particles', count: 30 };

const entropy = energy('entropy', { entropy: 1, constant: 0 });
const aggregation = (target: Distribution): Functional =>
  sum([kl(target), interactionEnergy(quadraticInteraction())], [1, 0.7]);

const cases: Readonly<Record<string, Case>> = {
  'gaussian, KL': { space: 'gaussian', laws: inPlane, functional: kl, tolerance: 1e-10 },
  'gaussian, entropy': { space: 'gaussian', laws: inPlane, functional: () => entropy, tolerance: 1e-10 },
  'gaussian, KL and an attraction': { space: 'gaussian', laws: inPlane, functional: aggregation, tolerance: 1e-10 },
  'quantile, KL': { space: QUANTILE, laws: onLine, functional: kl, tolerance: 1e-10 },
  'atoms, KL': { space: ATOMS, laws: onLine, functional: kl, tolerance: 1e-10 },
  'quantile, porous medium': {
    space: QUANTILE,
    laws: onLine,
    functional: () => internalEnergy({ power: 2 }),
    tolerance: 1e-10,
  },
  'quantile, fast diffusion in a potential': {
    space: QUANTILE,
    laws: onLine,
    functional: (q) => sum([internalEnergy({ power: 0.7 }), potentialEnergy(q)]),
    tolerance: 1e-10,
  },
  'quantile, KL and |x - y|': {
    space: QUANTILE,
    laws: onLine,
    functional: (q) => sum([kl(q), interactionEnergy(absoluteInteraction())], [1, 0.5]),
    tolerance: 1e-10,
  },
  'particles, potential energy': { space: CLOUD, laws: inPlane, functional: potentialEnergy, tolerance: 1e-5 },
  'particles, potential energy and an attraction': {
    space: CLOUD,
    laws: inPlane,
    functional: (q) => sum([potentialEnergy(q), interactionEnergy(quadraticInteraction())]),
    tolerance: 1e-5,
  },
};

it.each(Object.entries(cases))('%s', async (_, { space: reference, laws, functional, tolerance }) => {
  await fc.assert(
    fc.asyncProperty(laws, laws, gammas, async (initial, target, gamma) => {
      const space = await make('space', reference, initial);
      const subject = await subjectOf(space, { functional: functional(target), seed: 'virial', tolerance });
      expect(await jkoFindings(subject, gamma)).toEqual([]);
    }),
    check,
  );
});
