import {
  ensure,
  type Distribution,
  type Functional,
  type GaussianMeasure,
  type ParticleMeasure,
  type ScoreEstimator,
  type Space,
  type SpaceOperation,
} from '@wasserflow/core';
import { MOST_POINTS, equallyWeighted, gibbsKernel, resampled } from '@wasserflow/geometry';
import type { Engine, NdArray, Stream } from '@wasserflow/tensor';
import { diffusionRefusal } from './diffusion.js';
import { entropyOf, refusal } from './energies.js';
import { evaluation } from './evaluation.js';
import { combined, inner, multiplied } from './fields.js';
import { kernelGradientOf } from './kernel-gradient.js';
import { metropolisStep } from './metropolis.js';
import { atomsOf, defect, drawFrom, moved, momentsOf, samplerOf, withPoints } from './points.js';
import { anchoredProxOfPoints, proxOfPoints } from './prox.js';
import { regularizedGradientOf } from './regularized.js';
import { cloudTransport, suggestedEpsilon } from './transport.js';

export interface ParticleSpaceOptions {
  readonly engine: Engine;
  readonly initial: Distribution;
  /** Number of draws that laws are represented by; `all` takes every point of a law of finitely many, with its weight. */
  readonly count: number | 'all';
  /** Estimates the score of a cloud where G has entropy. */
  readonly score?: ScoreEstimator | undefined;
  /** Entropic transport with this weight of the relative entropy, length^2, where assignment cannot serve. */
  readonly epsilon?: number | undefined;
}

type Absent = 'mirror' | 'logDensity' | 'generate' | 'modelLogDensity';
type Present = Exclude<SpaceOperation, Absent>;

/** The calculus on points; a field is its values at the points, `[n, d]`. */
export type ParticleSpace = Space<ParticleMeasure, NdArray> &
  Required<Pick<Space<ParticleMeasure, NdArray>, Present | 'refuses' | 'defect'>> & { dispose(): Promise<void> };

/** An epsilon to suggest for laws like the initial one. */
const epsilonFor = (covariance: GaussianMeasure['covariance'] = [[1]]): number =>
  suggestedEpsilon(covariance.reduce((sum, row, k) => sum + row[k]!, 0) / covariance.length);

const assigned: ReadonlySet<SpaceOperation> = new Set(['transport', 'distance2']);

/** Number of points of each cloud here. */
const sizeOf = ({ initial, count }: ParticleSpaceOptions): number =>
  count === 'all' ? atomsOf(initial).points.shape[0]! : count;

function transportRefusal(options: ParticleSpaceOptions): string | undefined {
  const { initial, count, epsilon } = options;
  if (initial.dimension === 1 || epsilon !== undefined) return undefined;
  const weighted = count === 'all' && !equallyWeighted(atomsOf(initial));
  if (!weighted && sizeOf(options) <= MOST_POINTS) return undefined;
  const served = `exact assignment serves up to ${MOST_POINTS} points of equal weight in more than one dimension`;
  const advice = `set \`count\` to at most ${MOST_POINTS}, or \`epsilon\` to the entropic bias to accept, about a twentieth of the variance of a coordinate`;
  const { covariance } = initial.gaussian ?? (initial.atoms ? momentsOf(initial.atoms) : {});
  const example = `space: { id: particles, count: ${count}, epsilon: ${epsilonFor(covariance)} }`;
  return `${served}; ${advice}, e.g. ${example}`;
}

const minimises = (G: Functional): string | undefined =>
  entropyOf(G) === 0
    ? refusal('gradient', G, undefined)
    : 'the entropy of finitely many points is infinite, so that no cloud minimises it; use scheme `forward-euler` with a `score`, `langevin` or `svgd`, or space `quantile`, `grid` or `flow`';

const needsValue = (G: Functional): string | undefined =>
  diffusionRefusal(G) ?? (G.terms!.potential!.value ? undefined : 'its potential is known by its gradient only');

/** Why an operation cannot serve a functional here, known before anything is computed. */
function refuses(options: ParticleSpaceOptions, operation: SpaceOperation, G: Functional): string | undefined {
  const { score } = options;
  if (operation === 'value' || operation === 'gradient') return refusal(operation, G, score);
  if (operation === 'gradientAt') return refusal('elsewhere', G, score);
  if (operation === 'kernelGradient') return refusal('smooth', G, score);
  if (operation === 'prox' || operation === 'anchoredProx') return minimises(G);
  if (operation === 'metropolis' || operation === 'regularizedGradient') return needsValue(G);
  if (assigned.has(operation)) return transportRefusal(options);
  if (operation === 'represent' && G.target && !G.target.sample)
    return `its target \`${G.target.id}\` has no \`sample\`, and particles are draws`;
  return undefined;
}

/**
 * The space of n points `[n, d]` with weights, mu = sum_i w_i delta_{x_i}, in float64; laws are represented by
 * equally weighted draws, or, with `count: 'all'`, laws of finitely many points by these, each with its weight, and
 * others by as many draws as the initial law has points. Points keep their places in the array, so that fields are carried along by rows.
 *
 * G is evaluated by its facet `particles`, else by its terms: int V and interactions, on the engine in float32 and
 * for many points in tiles. Entropy is infinite here: its gradient is a times the score that the estimator `score`
 * gives, its value a times the negative entropy of the law that the estimator knows, and without one both are refused. Langevin, SVGD, MALA and the regularised proximal scheme need no estimator.
 *
 * `prox` is the JKO step among clouds of n points, for G without entropy. W2 is exact wherever it can be: by monotone
 * coupling on the line (weights or not), else by assignment between equally many points of equal weight, up to 2,000.
 * `epsilon` changes nothing there. Between other clouds W2 needs `epsilon` and is the debiased Sinkhorn divergence,
 * biased by it; without `epsilon` they are refused.
 *
 * @throws WasserflowError E_UNSUPPORTED when the initial law cannot be sampled, or a functional is refused.
 * @see peyre2019computational
 */
export function particleSpace(options: ParticleSpaceOptions): ParticleSpace {
  const { engine, initial, count, score, epsilon } = options;
  const size = sizeOf(options);
  samplerOf(initial);
  const on = evaluation(engine, score);
  const between = cloudTransport(engine, epsilon);
  const kernel = gibbsKernel(engine);

  function allow(operation: SpaceOperation, G: Functional): void {
    const reason = refuses(options, operation, G);
    ensure(reason === undefined, 'E_UNSUPPORTED', `\`${operation}\` of \`${G.id}\` on particles: ${reason}`);
  }

  const cloudOf = (law: Distribution, rng: Stream): ParticleMeasure =>
    count === 'all' && law.atoms ? atomsOf(law) : drawFrom(law, size, rng);

  return {
    id: 'particles',
    dimension: initial.dimension,
    initial: async (rng) => cloudOf(initial, rng),
    refuses: (operation, G) => refuses(options, operation, G),
    defect,
    value: (G, mu) => on.value(G, mu),
    gradient: (G, mu) => on.gradient(G, mu),
    gradientAt: (G, mu, u) => on.gradientAt(G, mu, moved(mu, u, 1).points),
    push: async (mu, v, step) => moved(mu, v, step),
    async prox(G, mu, gamma, context) {
      allow('prox', G);
      return proxOfPoints(on, G, mu, gamma, context);
    },
    async anchoredProx(G, anchors, context) {
      allow('anchoredProx', G);
      return anchoredProxOfPoints(on, G, anchors, context);
    },
    async diffuse(mu, variance, rng) {
      ensure(variance >= 0, 'E_ARGUMENT', `a variance is a number of at least 0, not ${variance}`);
      return moved(mu, rng.normal(mu.points.shape), Math.sqrt(variance));
    },
    async noise({ points: { shape } }, variance, rng) {
      ensure(variance >= 0, 'E_ARGUMENT', `a variance is a number of at least 0, not ${variance}`);
      return combined([{ weight: Math.sqrt(variance), of: rng.normal(shape) }], shape);
    },
    transport: (mu, nu) => between.field(mu, nu),
    distance2: (mu, nu) => between.distance2(mu, nu),
    extrapolate: (mu0, mu1, t) => between.extrapolate(mu0, mu1, t),
    async combine(terms) {
      ensure(terms[0], 'E_ARGUMENT', 'a sum of no fields has no points to be at');
      return combined(terms, terms[0].of.shape);
    },
    multiply: async (A, v) => multiplied(A, v),
    inner: async (mu, u, v) => inner(mu, u, v),
    carry: async (_mu, _v, _step, u) => u,
    pullBack: async (_mu, _v, _step, u) => u,
    moments: async (mu) => momentsOf(mu),
    image: async (mu, A) => withPoints(mu, multiplied(A, mu.points).data as Float64Array),
    async kernelGradient(G, by, mu) {
      allow('kernelGradient', G);
      return kernelGradientOf(on, G, by, mu);
    },
    regularizedGradient: (G, mu, T) => regularizedGradientOf(on, kernel, G, mu, T),
    metropolis: (G, mu, gamma, rng) => metropolisStep(on, G, mu, gamma, rng),
    represent: async (law, rng) => cloudOf(law, rng),
    sample: async (mu, n, rng) => resampled(mu, n, rng),
    async dispose() {
      await Promise.all([on.dispose(), between.dispose(), kernel.dispose()]);
    },
  };
}
