import {
  ensure,
  type Distribution,
  type Functional,
  type ParticleMeasure,
  type Space,
  type SpaceOperation,
} from '@wasserflow/core';
import { takeRows, type Engine, type NdArray } from '@wasserflow/tensor';
import { MOST_POINTS } from '@wasserflow/geometry';
import { gradientOf, refusal, valueOf } from './energies.js';
import { average, defect, drawFrom, moved, samplerOf } from './points.js';
import { createPrograms } from './programs.js';
import { assignmentDistance2, brenierField } from '@wasserflow/geometry';

export interface ParticleSpaceOptions {
  readonly engine: Engine;
  readonly initial: Distribution;
  /** Number of points that laws are represented by. */
  readonly count: number;
}

type Operations = 'value' | 'gradient' | 'push' | 'diffuse' | 'transport' | 'distance2' | 'represent' | 'sample';

/** The calculus on points; a field is its values at the points, `[n, d]`. */
export type ParticleSpace = Space<ParticleMeasure, NdArray> &
  Required<Pick<Space<ParticleMeasure, NdArray>, Operations | 'refuses' | 'defect'>> & { dispose(): Promise<void> };

function allow(operation: 'value' | 'gradient', G: Functional): void {
  const reason = refusal(operation, G);
  ensure(reason === undefined, 'E_UNSUPPORTED', `\`${operation}\` of \`${G.id}\` on particles: ${reason}`);
}

/** Why an operation cannot serve a functional here, known before anything is computed. */
function refuses(
  { initial, count }: ParticleSpaceOptions,
  operation: SpaceOperation,
  G: Functional,
): string | undefined {
  if (operation === 'value' || operation === 'gradient') return refusal(operation, G);
  const assigns = operation === 'transport' || operation === 'distance2';
  if (assigns && initial.dimension > 1 && count > MOST_POINTS)
    return `exact assignment serves up to ${MOST_POINTS} points in more than one dimension; set \`count\` to at most ${MOST_POINTS}`;
  if (operation === 'represent' && G.target && !G.target.sample)
    return `its target \`${G.target.id}\` has no \`sample\`, and particles are draws`;
  return undefined;
}

/**
 * The space of n equally weighted points `[n, d]` in float32, mu = (1/n) sum_i delta_{x_i}.
 *
 * G is evaluated by its facet `particles`, else as int V dmu = (1/n) sum_i V(x_i), with grad V(x_i) as
 * Wasserstein gradient. Entropy is infinite here, so that functionals with entropy are refused; a scheme
 * that needs only their smooth part and `diffuse` (Langevin) works. There is no `prox`.
 *
 * W2 is exact between clouds: sorting in one dimension, else assignment of up to 2,000 points.
 *
 * @throws WasserflowError E_UNSUPPORTED when the initial law cannot be sampled, or a functional is refused.
 * @see peyre2019computational
 */
export function particleSpace(options: ParticleSpaceOptions): ParticleSpace {
  const { engine, initial, count } = options;
  samplerOf(initial);
  const programs = createPrograms(engine);
  return {
    id: 'particles',
    dimension: initial.dimension,
    initial: async (rng) => drawFrom(initial, count, rng),
    refuses: (operation, G) => refuses(options, operation, G),
    defect,
    async value(G, { points }) {
      allow('value', G);
      const { evaluation, constant } = valueOf(G);
      return constant + (evaluation ? average(await programs.run('value', evaluation, points)) : 0);
    },
    async gradient(G, { points }) {
      allow('gradient', G);
      return programs.run('gradient', gradientOf(G), points);
    },
    push: async (mu, v, step) => moved(mu, v, step),
    async diffuse(mu, variance, rng) {
      ensure(variance >= 0, 'E_ARGUMENT', `a variance is a number of at least 0, not ${variance}`);
      return moved(mu, rng.normal(mu.points.shape), Math.sqrt(variance));
    },
    transport: async (mu, nu) => brenierField(mu.points, nu.points),
    distance2: async (mu, nu) => assignmentDistance2(mu.points, nu.points),
    represent: async (law, rng) => drawFrom(law, count, rng),
    sample: async ({ points }, n, rng) => takeRows(points, rng.integers(n, points.shape[0]!)),
    dispose: () => programs.dispose(),
  };
}
