import {
  RANDOM,
  defineFunctional,
  part,
  type AffineField,
  type Distribution,
  type Functional,
  type GaussianFacet,
  type GaussianMeasure,
  type ParticleFacet,
  type ParticleMeasure,
} from '@wasserflow/core';
import { apply, dot, matrixOf } from '@wasserflow/geometry';
import type { NdArray, Stream } from '@wasserflow/tensor';
import type { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { affineGradient, gaussianTarget, lawOf, meanDifference, outer, type GaussianLaw } from './gaussian-law.js';
import { lazily, lineLaw, samplerOf, samplesOption } from './target-draws.js';
import { w2OnLine } from './w2-quantile.js';

type Directions = readonly (readonly number[])[];

/** Unit vectors: on a half-circle equally spaced, which no draw of directions can better; else at random. */
function directionsOf(d: number, count: number, rng: Stream): Directions {
  if (d === 1) return [[1]];
  const angle = (k: number): number => ((k + 1 / 2) * Math.PI) / count;
  if (d === 2) return Array.from({ length: count }, (_, k) => [Math.cos(angle(k)), Math.sin(angle(k))]);
  const { data } = rng.normal([count, d]);
  return Array.from({ length: count }, (_, k) => {
    const v = Array.from(data.subarray(k * d, (k + 1) * d));
    return v.map((a) => a / Math.hypot(...v));
  });
}

/** sqrt(theta^T S theta): the spread along theta. */
const spread = (S: Matrix, theta: readonly number[]): number => Math.sqrt(dot(theta, apply(S, theta)));

/** mean over theta of (theta . dm)^2 + (s - s2)^2, halved. */
function gaussianValue(q: GaussianLaw, directions: Directions, mu: GaussianMeasure): number {
  const law = lawOf(mu);
  const dm = meanDifference(law, q);
  const square = (theta: readonly number[]): number =>
    dot(theta, dm) ** 2 + (spread(law.covariance, theta) - spread(q.covariance, theta)) ** 2;
  return directions.reduce((sum, theta) => sum + square(theta), 0) / (2 * directions.length);
}

/** mean over theta of weight(theta) theta theta^T. */
function meanOuter(directions: Directions, weight: (theta: readonly number[]) => number): Matrix {
  const sum = matrixOf(directions[0]!.map((_, __, own) => own.map(() => 0)));
  for (const theta of directions) sum.add(outer(theta).mul(weight(theta) / directions.length));
  return sum;
}

/** dF/dm = mean theta (theta . dm), dF/dS = mean (1 - s2 / s) theta theta^T / 2. */
function gaussianGradient(q: GaussianLaw, directions: Directions, mu: GaussianMeasure): AffineField {
  const law = lawOf(mu);
  const excess = (theta: readonly number[]): number => 1 - spread(q.covariance, theta) / spread(law.covariance, theta);
  const byMean = apply(
    meanOuter(directions, () => 1),
    meanDifference(law, q),
  );
  return affineGradient(
    law,
    byMean,
    meanOuter(directions, (theta) => excess(theta) / 2),
  );
}

const onGaussians = (q: GaussianLaw, directions: Directions): GaussianFacet => ({
  value: (mu) => gaussianValue(q, directions, mu),
  gradient: (mu) => gaussianGradient(q, directions, mu),
});

/** theta . x for points `[n, d]`. */
function projected({ shape: [n = 0, d = 1], data }: NdArray, theta: readonly number[]): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let k = 0; k < d; k++) out[i]! += theta[k]! * data[i * d + k]!;
  return out;
}

const order = (values: Float64Array): Int32Array =>
  Int32Array.from(values, (_, i) => i).sort((i, j) => values[i]! - values[j]!);

/** Adds the value and the gradient along one direction, by the monotone coupling of levels of mass. */
function addSlice(
  x: Float64Array,
  weightOf: (i: number) => number,
  y: Float64Array,
  add: (i: number, weight: number, gap: number) => void,
): void {
  const sorted = y.toSorted();
  const m = sorted.length;
  let [level, k] = [0, 0];
  for (const i of order(x)) {
    const end = level + weightOf(i);
    while (k < m) {
      const to = Math.min(end, (k + 1) / m);
      if (to > level) add(i, to - level, x[i]! - sorted[k]!);
      level = Math.max(level, to);
      if ((k + 1) / m > end) break;
      k++;
    }
    level = end;
  }
}

/** On clouds of any weights, against draws of the target. */
function onClouds(directions: Directions, draws: () => NdArray): ParticleFacet {
  const slices = lazily(() => directions.map((theta) => projected(draws(), theta)));
  const evaluate = async ({ points, weights }: ParticleMeasure) => {
    const [n = 0, d = 1] = points.shape;
    const weightOf = (i: number): number => weights?.data[i] ?? 1 / n;
    const gradient = new Float64Array(n * d);
    let value = 0;
    for (const [s, theta] of directions.entries())
      addSlice(projected(points, theta), weightOf, slices()[s]!, (i, weight, gap) => {
        value += weight * gap * gap;
        for (let k = 0; k < d; k++)
          gradient[i * d + k]! += ((weight / weightOf(i)) * gap * theta[k]!) / directions.length;
      });
    return { value: value / (2 * directions.length), gradient: { shape: points.shape, data: gradient } };
  };
  return { evaluate };
}

export interface SlicedOptions {
  /** Number of directions. */
  readonly projections?: number;
  /** Draws that stand for the target. */
  readonly samples?: number;
}

/**
 * The squared sliced Wasserstein distance, halved: the mean over directions theta of
 * W2^2(theta # rho, theta # q) / 2. The directions are fixed: equally spaced in the plane, else drawn once. On the
 * line it is `w2`. With gradient mean theta (theta . x - T_theta(theta . x)). No convexity is claimed.
 *
 * @param rng - stream of directions and draws
 * @throws WasserflowError E_UNSUPPORTED when q is neither Gaussian nor can be sampled
 * @see bonneel2015sliced
 */
export function slicedW2(
  target: Distribution,
  rng: Stream,
  { projections = 100, samples = 1000 }: SlicedOptions = {},
): Functional {
  const q = gaussianTarget(target);
  const { sample, dimension } = target;
  if (!q) samplerOf(target, 'sliced-w2');
  const own = rng.fork('sliced-w2');
  const directions = directionsOf(dimension, projections, own.fork('directions'));
  const draws = lazily(() => samplerOf(target, 'sliced-w2')(samples, own.fork('draws')));
  return {
    id: 'sliced-w2',
    target,
    record: { 'sliced-w2.stream': own.key, 'sliced-w2.projections': directions.length, 'sliced-w2.samples': samples },
    facets: {
      ...(q && { gaussian: onGaussians(q, directions) }),
      ...(dimension === 1 && { quantile: w2OnLine(lineLaw(target, draws)) }),
      ...(sample && { particles: onClouds(directions, draws) }),
    },
  };
}

export const slicedW2Definition = defineFunctional({
  id: 'sliced-w2',
  title: 'Half the squared sliced Wasserstein distance to a target',
  options: z.strictObject({
    projections: z.int({ error: 'expected a whole number of at least 1, e.g. 100' }).min(1).default(100),
    samples: samplesOption,
  }),
  parts: { target: part('distribution') },
  inject: [RANDOM],
  cite: ['bonneel2015sliced'],
  example: { target: { id: 'gaussian', dimension: 2 } },
  create: ({ target, projections, samples }, rng) => slicedW2(target, rng, { projections, samples }),
});
