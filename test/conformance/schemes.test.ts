/** Every scheme, on the spaces that it runs on, against what it says of itself. */
import { energy, type Distribution, type Functional } from '@wasserflow/core';
import { gaussian } from '@wasserflow/targets';
import { describeScheme, type SchemeCase } from '@wasserflow/testkit';
import { expect, test } from 'vitest';
import { exampleOf, laws, make, spaceOf, strangers } from './workbench.js';

const kl = (target: Distribution): Functional =>
  energy('kl', { entropy: 1, potential: target.potential!, constant: target.logNormalizer! }, target);

const { line, plane } = laws;

/** Where a scheme is tried; the particles know no entropy, so that their functional may be another. */
const places = {
  gaussian: { space: spaceOf('gaussian', plane.initial), functional: kl(plane.target) },
  // Entropy on n cells is as stiff as n^2: explicit steps have to be small.
  quantile: { space: spaceOf({ id: 'quantile', nodes: 16 }, line.initial), functional: kl(line.target), gamma: 0.002 },
  // Masses on cells diffuse a little when they are pushed.
  grid: {
    space: spaceOf({ id: 'grid', cells: 60, lower: [-5], upper: [5] }, line.initial),
    functional: kl(line.target),
    gamma: 0.05,
  },
  particles: { space: spaceOf({ id: 'particles', count: 40 }, plane.initial), functional: kl(plane.target) },
} as const;

type Claims = Pick<SchemeCase, 'gradientFlow' | 'converges' | 'unbiased' | 'gamma' | 'functional'>;
interface Entry {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly on: Partial<Record<keyof typeof places, Partial<Claims>>>;
}

/** A gradient flow in the limit, whose minimiser is a fixed point. */
const exact = { gradientFlow: true, converges: true, unbiased: true };
const biased = { gradientFlow: true, converges: true };
const flowOnly = { gradientFlow: true, converges: true };

/** Below h^2 / 2 = 0.014 on the cells. */
const explicitly = { gamma: 0.005 };

/** KL to a target about the mean that the run starts from: the entropy as mirror map moves no means. */
const concentric = kl(gaussian({ ...plane.initial.gaussian!, covariance: plane.target.gaussian!.covariance }));

/** KL without its entropy: what clouds of points know the gradient of. */
const potential: Functional = energy('potential', {
  entropy: 0,
  potential: plane.target.potential!,
  constant: 0,
});

const schemes: Readonly<Record<string, readonly Entry[]>> = {
  jko: [{ on: { gaussian: exact, grid: {}, quantile: flowOnly, particles: { functional: potential, ...flowOnly } } }],
  'forward-euler': [{ on: { gaussian: exact, quantile: flowOnly, particles: { functional: potential, ...flowOnly } } }],
  'forward-backward': [{ on: { gaussian: exact, grid: {}, quantile: flowOnly } }],
  langevin: [{ on: { gaussian: biased, quantile: {}, grid: {}, particles: {} } }],
  mala: [{ on: { particles: {} } }],
  'proximal-langevin': [{ on: { gaussian: biased } }, { options: { order: 'heat-first' }, on: { gaussian: biased } }],
  'symmetrized-langevin': [{ on: { gaussian: exact, quantile: {}, particles: {} } }],
  'implicit-midpoint': [
    { on: { gaussian: exact, quantile: flowOnly, particles: { functional: potential, ...flowOnly } } },
  ],
  trapezoid: [{ on: { gaussian: exact, quantile: flowOnly, particles: { functional: potential, ...flowOnly } } }],
  bdf2: [{ on: { gaussian: exact, quantile: flowOnly, particles: { functional: potential, ...flowOnly } } }],
  'extrapolated-bdf2': [
    { on: { gaussian: exact, quantile: flowOnly, particles: { functional: potential, ...flowOnly } } },
  ],
  // Their small steps are of the length sqrt(gamma) or prolonged: another flow.
  accelerated: [
    { on: { gaussian: { unbiased: true }, quantile: {}, grid: explicitly, particles: { functional: potential } } },
    { options: { coefficients: 'nesterov', restart: true }, on: { gaussian: { unbiased: true } } },
  ],
  'accelerated-jko': [{ on: { gaussian: { unbiased: true }, quantile: {}, particles: { functional: potential } } }],
  // Their metrics are others.
  mirror: [
    { on: { gaussian: { functional: concentric, unbiased: true } } },
    {
      options: {
        phi: {
          precision: [
            [1, 0],
            [0, 1],
          ],
        },
      },
      on: { gaussian: exact },
    },
  ],
  preconditioned: [{ on: { gaussian: { unbiased: true }, quantile: {} } }],
  kalman: [{ on: { gaussian: { unbiased: true }, quantile: {} } }, { options: { noise: true }, on: { gaussian: {} } }],
  svgd: [
    { on: { gaussian: { unbiased: true }, particles: {} } },
    { options: { kernel: 'gaussian' }, on: { grid: explicitly, particles: {} } },
  ],
  'regularized-proximal': [{ on: { gaussian: biased, particles: {} } }],
  splitting: [
    { on: { gaussian: exact, quantile: {}, grid: {} } },
    {
      options: { schemes: ['forward-euler', 'jko'], parts: ['smooth', 'proximable'], order: 'strang' },
      on: { gaussian: flowOnly },
    },
  ],
  extragradient: [{ on: { gaussian: exact, quantile: flowOnly, particles: { functional: potential, ...flowOnly } } }],
  'noise-injection': [{ on: { particles: { functional: potential } } }],
};

test('every scheme has a case', () => {
  expect(strangers('scheme', Object.keys(schemes))).toEqual({ missing: [], unknown: [] });
});

for (const [id, entries] of Object.entries(schemes))
  for (const { options, on } of entries)
    for (const [place, claims] of Object.entries(on) as [keyof typeof places, Partial<Claims>][]) {
      const reference = { id, ...exampleOf('scheme', id), ...options };
      describeScheme(`${id}${options ? ` ${JSON.stringify(options)}` : ''} on ${place}`, {
        scheme: await make('scheme', reference),
        gamma: 0.1,
        ...places[place],
        ...claims,
      });
    }
