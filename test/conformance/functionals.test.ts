/** Every functional: what it declares of itself, on every space that serves it. */
import { describeFunctional, gaussiansInPlane, type FunctionalHost } from '@wasserflow/testkit';
import { gaussian } from '@wasserflow/targets';
import thirdParty from '../../examples/third-party-functional/dist/variance.js';
import type { Functional } from '@wasserflow/core';
import { custom, potentialEnergy } from '@wasserflow/functionals';
import { ops } from '@wasserflow/tensor';
import { onnxEngine } from '@wasserflow/engine-onnx';
import { expect, test } from 'vitest';
import { definitionsOf, exampleOf, make, spaceOf, strangers } from './workbench.js';

/** Laws that even a chi-square divergence compares: 2 S* - S is positive definite. */
const line = {
  target: { id: 'gaussian', mean: [-0.2], variance: 0.8 },
  initial: gaussian({ mean: [0.3], variance: 0.7 }),
};
const plane = {
  target: { id: 'gaussian', ...gaussiansInPlane.target },
  initial: gaussian({
    mean: [0.3, 0.1],
    covariance: [
      [0.9, -0.1],
      [-0.1, 0.5],
    ],
  }),
};

const discretised = { target: 'it holds the target up to its discretisation' };

/** `error` is that of values between spaces: cells of the line see a Gaussian to a few in a hundred. */
const onLine: readonly FunctionalHost[] = [
  { name: 'gaussian', space: spaceOf('gaussian', line.initial), error: 1e-6 },
  { name: 'quantile', space: spaceOf({ id: 'quantile', nodes: 60 }, line.initial), error: 0.05, except: discretised },
  { name: 'atoms', space: spaceOf({ id: 'quantile', nodes: 60, kind: 'atoms' }, line.initial), except: discretised },
  {
    name: 'grid',
    space: spaceOf({ id: 'grid', cells: 120, lower: [-6], upper: [6] }, line.initial),
    error: 0.05,
    tolerance: 5e-3,
    except: discretised,
  },
  { name: 'particles', space: spaceOf({ id: 'particles', count: 30 }, line.initial), tolerance: 1e-4 },
];
const inPlane: readonly FunctionalHost[] = [
  { name: 'gaussian', space: spaceOf('gaussian', plane.initial), error: 1e-6 },
  {
    name: 'grid in the plane',
    space: spaceOf({ id: 'grid', cells: 32, lower: [-4, -4], upper: [4, 4] }, plane.initial),
    error: 0.05,
    // Pushed masses are spread over the cells about them.
    tolerance: 5e-2,
    except: { ...discretised, convexity: 'masses narrower than its cells are spread over them' },
  },
  { name: 'particles', space: spaceOf({ id: 'particles', count: 30 }, plane.initial), tolerance: 1e-4 },
];

type Options = Readonly<Record<string, unknown>>;
interface Entry {
  readonly options?: Options | ((target: unknown) => Options);
  /** Claims that cannot be seen on a host, and why. */
  readonly except?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const usual: readonly Entry[] = [{}];
/** Pushed masses reach cells where the target has next to none, and their ratio counts as a power. */
const rarefied = { 'grid in the plane': { gradient: 'it is a matter of the cells at the edge' } };
const ofAtoms = {
  atoms: { gradient: 'atoms have no density to compare', prox: 'atoms have no density to compare' },
};
const ofDensities: readonly Entry[] = [{ except: ofAtoms }];
const ofRatios: readonly Entry[] = [{ except: { ...ofAtoms, ...rarefied } }];

const uneven = { agreement: 'cells nearest in W2 to a law swing in its tails, and their densities with them' };
const emptied = { gradient: 'pushed masses leave empty cells at the edge, where it is infinite' };

const unbounded = { prox: 'nothing holds against its attraction: there is no minimiser' };

const functionals: Readonly<Record<string, readonly Entry[]>> = {
  kl: usual,
  entropy: usual,
  potential: usual,
  congestion: [{ options: { maximum: 0.6 } }],
  internal: [{ options: { power: 2 } }, { options: { power: 3 } }],
  interaction: [
    { options: { form: 'quadratic' } },
    { options: { form: 'power', power: 4 } },
    {
      options: { form: 'absolute' },
      except: { particles: { prox: 'points meet at the kink, where descent ends short of the minimiser' } },
    },
    {
      options: { form: 'logarithmic' },
      except: {
        quantile: unbounded,
        atoms: unbounded,
        particles: {
          ...unbounded,
          gradient: 'some of the points are nearer to each other than differences can be taken',
        },
      },
    },
    { options: { form: 'gaussian' } },
    { options: { form: 'morse' } },
  ],
  'reverse-kl': [{ except: { grid: emptied, 'grid in the plane': emptied } }],
  'chi-square': ofRatios,
  renyi: ofRatios,
  hellinger: ofDensities,
  'jensen-shannon': ofDensities,
  fisher: [{ except: { ...ofAtoms, quantile: uneven } }],
  mmd: usual,
  ksd: usual,
  w2: usual,
  'sliced-w2': [{ options: { projections: 25 } }],
  sinkhorn: [
    {
      options: { epsilon: 2, samples: 40, sweeps: 12 },
      except: {
        particles: { number: 'clouds that are far apart take Sinkhorn thousands of sweeps' },
        quantile: { prox: 'it takes long with so many nodes, and has a test with few' },
        atoms: { prox: 'it takes long with so many nodes, and has a test with few' },
      },
    },
  ],
  sum: [
    {},
    // Terms and facets: what no space can serve but summand by summand.
    { options: (target) => ({ terms: ['entropy', { id: 'mmd', target, samples: 50 }], weights: [0.5, 2] }) },
  ],
  scale: usual,
};

test('every functional has a case', () => {
  // A function from a file has a case of its own below.
  expect(strangers('functional', [...Object.keys(functionals), 'custom'])).toEqual({ missing: [], unknown: [] });
});

/** The example of the definition, with the target of the place where it has a target. */
function referenceOf(id: string, target: unknown, given: NonNullable<Entry['options']>): Options {
  const options = typeof given === 'function' ? given(target) : given;
  const { parts = {} } = definitionsOf('functional').find((definition) => definition.id === id)!;
  return { id, ...exampleOf('functional', id), ...('target' in parts && { target }), ...options };
}

const nameOf = (id: string, options: NonNullable<Entry['options']>): string =>
  typeof options === 'function' ? `${id} of terms and facets` : `${id} ${JSON.stringify(options)}`;

const excused = (hosts: readonly FunctionalHost[], except: Entry['except'] = {}): FunctionalHost[] =>
  hosts.map((host) => ({ ...host, except: { ...host.except, ...except[host.name] } }));

/** In the plane the line is not seen. */
const UNSEEN: Readonly<Record<string, readonly string[]>> = { 'in the plane': ['quantile'] };
/** Losses run many times over, which repays compiling them. */
const compiling = onnxEngine({ threads: 1 });
const losses = { engine: async () => compiling };

const PLACES = { 'on the line': [line, onLine], 'in the plane': [plane, inPlane] } as const;

for (const [id, entries] of Object.entries(functionals))
  for (const { options = {}, except } of entries)
    for (const [place, [{ target, initial }, hosts]] of Object.entries(PLACES))
      describeFunctional(`${nameOf(id, options)} ${place}`, {
        functional: await make('functional', referenceOf(id, target, options), initial),
        hosts: excused(hosts, except),
        law: initial,
        ...losses,
        unseen: UNSEEN[place] ?? [],
      });

describeFunctional('custom', {
  functional: custom({ id: 'spread', value: (points) => ops.mean(ops.sum(ops.square(points), 1)) }),
  hosts: inPlane,
  ...losses,
});

const [variance] = thirdParty.contributes;
for (const [place, [{ initial }, hosts]] of Object.entries(PLACES))
  describeFunctional(`variance, of a third party, ${place}`, {
    functional: (await variance!.create({ strength: 2 })) as Functional,
    hosts,
    law: initial,
    ...losses,
  });

const kinked = { gaussian: { prox: 'quadrature does not see the kink of |x|' } };

/** What targets declare of their potentials, where the dimension is one of ours. */
for (const { id, example } of definitionsOf('distribution')) {
  // A file that is an example is not there.
  if (id === 'csv') continue;
  const target = await make('distribution', { id, ...example });
  const hosts = { 1: onLine, 2: inPlane }[target.dimension];
  if (!hosts || target.potential?.pointwise === undefined) continue;
  describeFunctional(`potential energy of ${id}`, {
    functional: potentialEnergy(target),
    hosts: excused(hosts, id === 'laplace' ? kinked : {}),
  });
}
