/** Optimal transport between clouds: on the line, by assignment, or entropic. */
import { ensure, type ParticleMeasure } from '@wasserflow/core';
import {
  MOST_POINTS,
  assignmentDistance2,
  brenierField,
  displacementOnLine,
  distance2OnLine,
  equallyWeighted,
  gibbsKernel,
  isotonic,
  selfTransport,
  sinkhornDivergence,
  weightsOf,
  type SinkhornDivergence,
} from '@wasserflow/geometry';
import type { Engine, NdArray } from '@wasserflow/tensor';
import { momentsOf, withPoints } from './points.js';

export interface CloudTransport {
  /** The Brenier map minus the identity (of weighted atoms its barycentric projection), `[n, d]`. */
  field(mu: ParticleMeasure, nu: ParticleMeasure): Promise<NdArray>;
  distance2(mu: ParticleMeasure, nu: ParticleMeasure): Promise<number>;
  extrapolate(mu0: ParticleMeasure, mu1: ParticleMeasure, t: number): Promise<ParticleMeasure>;
  dispose(): Promise<void>;
}

const isFinite = ({ points }: ParticleMeasure): boolean => points.data.every(Number.isFinite);
const onLine = ({ points }: ParticleMeasure): boolean => points.shape[1] === 1;

/** Why exact assignment does not serve, as a clause; undefined where it does. */
function obstacle(mu: ParticleMeasure, nu: ParticleMeasure): string | undefined {
  const [n, m] = [mu.points.shape[0]!, nu.points.shape[0]!];
  if (n !== m) return `one cloud has ${n} points, the other ${m}`;
  if (n > MOST_POINTS) return `the clouds have ${n} points, and assignment serves up to ${MOST_POINTS}`;
  return equallyWeighted(mu) && equallyWeighted(nu) ? undefined : 'the points have weights';
}

/** A twentieth of the variance of a coordinate, to one digit: a bias that is seen, at a cost that is not. */
export const suggestedEpsilon = (variance: number): number => Number(((variance || 1) / 20).toPrecision(1));

const varianceOf = (mu: ParticleMeasure): number => {
  const { covariance } = momentsOf(mu);
  return covariance.reduce((sum, row, k) => sum + row[k]!, 0) / covariance.length;
};

/** The nearest cloud in the order of `mu`: on the line a map has to be nondecreasing. */
function inOrderOf(mu: ParticleMeasure, data: Float64Array): Float64Array {
  const order = Array.from(data.keys()).sort((i, j) => mu.points.data[i]! - mu.points.data[j]!);
  const weights = weightsOf(mu);
  const fit = isotonic(
    Float64Array.from(order, (i) => data[i]!),
    Float64Array.from(order, (i) => weights[i]!),
  );
  const result = new Float64Array(data.length);
  for (const [rank, i] of order.entries()) result[i] = fit[rank]!;
  return result;
}

/**
 * @param epsilon - for clouds that assignment cannot serve, entropic transport with this weight of the relative
 *   entropy, a squared length; such clouds are refused where it is absent
 */
export function cloudTransport(engine: Engine, epsilon: number | undefined): CloudTransport {
  const kernel = gibbsKernel(engine);
  const self = selfTransport(kernel);

  async function entropic(mu: ParticleMeasure, nu: ParticleMeasure, why: string): Promise<SinkhornDivergence> {
    ensure(
      epsilon !== undefined,
      'E_UNSUPPORTED',
      () =>
        `${why}; use equally many points of equal weight, at most ${MOST_POINTS}, or name the entropic bias to accept, e.g. space: { id: particles, epsilon: ${suggestedEpsilon(varianceOf(mu))} }`,
    );
    const found = await sinkhornDivergence(kernel, self, mu, nu, { epsilon });
    ensure(found.status === 'ok', 'E_NUMERICS', () => found.message!);
    return found;
  }

  async function field(mu: ParticleMeasure, nu: ParticleMeasure): Promise<NdArray> {
    const { shape } = mu.points;
    if (!isFinite(mu) || !isFinite(nu)) return { shape, data: new Float64Array(mu.points.data.length).fill(NaN) };
    if (onLine(mu)) return { shape, data: displacementOnLine(mu, nu) };
    const why = obstacle(mu, nu);
    return why === undefined ? brenierField(mu.points, nu.points) : (await entropic(mu, nu, why)).displacement;
  }

  return {
    field,
    async distance2(mu, nu) {
      if (!isFinite(mu) || !isFinite(nu)) return NaN;
      if (onLine(mu)) return distance2OnLine(mu, nu);
      const why = obstacle(mu, nu);
      return why === undefined ? assignmentDistance2(mu.points, nu.points) : (await entropic(mu, nu, why)).value;
    },
    async extrapolate(mu0, mu1, t) {
      ensure(t > 1, 'E_ARGUMENT', `an extrapolation goes to t > 1, not to ${t}`);
      const back = (await field(mu1, mu0)).data;
      const data = Float64Array.from(mu1.points.data, (x, i) => x - (t - 1) * back[i]!);
      return withPoints(mu1, onLine(mu1) ? inOrderOf(mu1, data) : data);
    },
    dispose: () => kernel.dispose(),
  };
}
