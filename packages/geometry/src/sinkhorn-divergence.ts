import type { ParticleMeasure, Status } from '@wasserflow/core';
import { ndarray, type NdArray } from '@wasserflow/tensor';
import { weightsOf } from './clouds.js';
import { gibbsAverages, type GibbsKernel } from './gibbs.js';
import { sinkhorn, type SinkhornOptions, type SinkhornResult } from './sinkhorn.js';

/**
 * The barycentric map of a plan, T(x_i) = sum_j pi_ij y_j / sum_j pi_ij, `[n, d]`.
 *
 * @param g - the potential at the points of nu
 */
export async function barycentricMap(
  kernel: GibbsKernel,
  mu: ParticleMeasure,
  nu: ParticleMeasure,
  g: Float64Array,
  epsilon: number,
): Promise<NdArray> {
  const b = weightsOf(nu);
  const columns = g.map((v, j) => v / epsilon + Math.log(b[j]!));
  const exponents = { x: mu.points, y: nu.points, scale: epsilon, columns };
  return (await gibbsAverages(kernel, exponents, nu.points)).averages;
}

export interface SinkhornDivergence {
  /** S_eps = OT_eps(mu, nu) - (OT_eps(mu, mu) + OT_eps(nu, nu)) / 2, a squared length. */
  readonly value: number;
  /** T_mu,nu(x) - T_mu,mu(x), `[n, d]`: where nu pulls the points of mu. */
  readonly displacement: NdArray;
  /** The Wasserstein gradient 2 (T_mu,mu - T_mu,nu)(x) at the points of mu, `[n, d]`. */
  readonly gradient: NdArray;
  /** The largest marginal error of the three problems. */
  readonly marginalError: number;
  /** Sweeps of the three problems together. */
  readonly iterations: number;
  readonly status: Status;
  readonly message?: string;
}

/** The first of several solves that failed. */
const failure = (solves: readonly SinkhornResult[]): { status: Status; message?: string } => {
  const failed = solves.find(({ status }) => status !== 'ok');
  return failed ? { status: failed.status, message: failed.message! } : { status: 'ok' };
};

/** Solved problems of clouds with themselves, as long as the clouds live: a target is solved once. */
export type SelfTransport = (mu: ParticleMeasure, options: SinkhornOptions) => Promise<SinkhornResult>;

export function selfTransport(kernel: GibbsKernel): SelfTransport {
  const known = new WeakMap<ParticleMeasure, Map<string, SinkhornResult>>();
  return async (mu, options) => {
    const key = `${options.epsilon} ${options.tolerance} ${options.maxIterations}`;
    const solved = known.get(mu) ?? new Map<string, SinkhornResult>();
    const result = solved.get(key) ?? (await sinkhorn(kernel, mu, mu, options));
    known.set(mu, solved.set(key, result));
    return result;
  };
}

const difference = (a: NdArray, b: NdArray, factor: number): NdArray =>
  ndarray(
    Float64Array.from(a.data, (v, i) => factor * (v - b.data[i]!)),
    a.shape,
  );

/**
 * The debiased Sinkhorn divergence between two weighted clouds and its Wasserstein gradient, with cost |x - y|^2:
 * zero for equal clouds; W2^2 as eps -> 0, the squared distance of the means as eps -> infinity.
 *
 * @throws WasserflowError E_ARGUMENT when dimensions differ or epsilon is not positive
 * @see feydy2019interpolating
 */
export async function sinkhornDivergence(
  kernel: GibbsKernel,
  self: SelfTransport,
  mu: ParticleMeasure,
  nu: ParticleMeasure,
  options: SinkhornOptions,
): Promise<SinkhornDivergence> {
  const across = await sinkhorn(kernel, mu, nu, options);
  const [within, beyond] = [await self(mu, options), await self(nu, options)];
  const solves = [across, within, beyond];
  const there = await barycentricMap(kernel, mu, nu, across.g, options.epsilon);
  const here = await barycentricMap(kernel, mu, mu, within.g, options.epsilon);
  return {
    value: across.cost - (within.cost + beyond.cost) / 2,
    displacement: difference(there, here, 1),
    gradient: difference(here, there, 2),
    marginalError: Math.max(...solves.map(({ marginalError }) => marginalError)),
    iterations: solves.reduce((sum, { iterations }) => sum + iterations, 0),
    ...failure(solves),
  };
}
