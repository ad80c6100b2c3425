import {
  RANDOM,
  defineFunctional,
  ensure,
  part,
  type Distribution,
  type Functional,
  type GridFacet,
  type GridMeasure,
  type ParticleFacet,
} from '@wasserflow/core';
import { brenierField } from '@wasserflow/geometry';
import type { NdArray, Stream } from '@wasserflow/tensor';
import { z } from 'zod';
import { cellWidths } from './laws/cells.js';
import { gaussianTarget } from './laws/gaussian-law.js';
import { sinkhornOnGrid } from './sinkhorn/grid.js';
import { slicedW2OnFlows } from './sliced-w2/flow.js';
import { lazily, lineLaw, samplerOf, samplesOption } from './laws/target-draws.js';
import { knowsMasses, targetMasses } from './laws/target-masses.js';
import { w2OnGaussians } from './w2/gaussian.js';
import { w2OnCells } from './w2/grid.js';
import { w2OnLine } from './w2/quantile.js';

/** As many draws of the target as the cloud has points, the same ones each time. */
function onClouds(draws: (n: number) => NdArray): ParticleFacet {
  const known = new Map<number, NdArray>();
  const drawn = (n: number): NdArray => {
    const found = known.get(n) ?? draws(n);
    known.set(n, found);
    return found;
  };
  return {
    async evaluate({ points, weights }) {
      const equal = !weights || weights.data.every((w) => Math.abs(w * points.shape[0]! - 1) < 1e-6);
      ensure(
        equal,
        'E_UNSUPPORTED',
        '`w2` assigns point to point and needs equal weights; use `sliced-w2` or `sinkhorn`',
      );
      const target = drawn(points.shape[0]!);
      const { shape, data } = await brenierField(points, target);
      const squares = Float64Array.from(data).reduce((sum, v) => sum + v * v, 0);
      return { value: squares / (2 * points.shape[0]!), gradient: { shape, data: data.map((v) => 0 - v) } };
    },
  };
}

/** The centres' masses; eps = 2 h^2 makes the kernel as wide as a cell. */
const inPlane = (masses: (mu: GridMeasure) => Float64Array): GridFacet =>
  sinkhornOnGrid(masses, (mu) => ({ epsilon: 2 * Math.max(...cellWidths(mu)) ** 2, tolerance: 1e-4 }));

const NO_LOSS =
  'beyond the line the assignment of a batch to draws is no tensor function; use `sinkhorn` or `sliced-w2`';

export interface W2Options {
  /** Draws that stand for the target: on the line where it is not Gaussian, on a grid where it has no density. */
  readonly samples?: number;
}

/**
 * W2^2(rho, q) / 2, a squared length. Its Wasserstein gradient is x - T(x), T the Brenier map to q, and its JKO
 * step goes to the point gamma / (1 + gamma) of the geodesic to q.
 *
 * Closed on Gaussians; exact on the line, for quantile functions and for masses on cells; on particles against as many
 * draws of q as there are points. On a grid in the plane it is the debiased Sinkhorn divergence at eps = 2 h^2, h the
 * longest side of a cell, which errs by O(eps^2) between smooth laws and by O(eps) where one is a few cells. On flows
 * on the line a loss of the batch against as many fresh draws, on average above the value for the laws.
 *
 * 1-convex along generalized geodesics based at q only, which is less than a modulus of convexity: none is claimed.
 *
 * @param rng - stream of the draws
 * @throws WasserflowError E_UNSUPPORTED when q is neither Gaussian nor can be sampled; E_ARGUMENT on a box in the plane
 * that does not hold q
 * @see ambrosio2008gradient, feydy2019interpolating
 */
export function w2(target: Distribution, rng: Stream, { samples = 1000 }: W2Options = {}): Functional {
  const q = gaussianTarget(target);
  const { sample, dimension } = target;
  if (!q) samplerOf(target, 'w2');
  const draws = rng.fork('w2');
  const drawn = lazily(() => samplerOf(target, 'w2')(samples, draws.fork('line')));
  const line = lineLaw(target, drawn);
  const masses = (mu: GridMeasure): Float64Array => targetMasses(target, mu, drawn);
  return {
    id: 'w2',
    target,
    record: { 'w2.stream': draws.key, ...(!q && dimension <= 2 && { 'w2.samples': samples }) },
    facets: {
      ...(q && { gaussian: w2OnGaussians(q) }),
      ...(dimension === 1 && { quantile: w2OnLine(line), grid: w2OnCells(line) }),
      ...(dimension === 2 && knowsMasses(target) && { grid: inPlane(masses) }),
      ...(sample && { particles: onClouds((n) => sample(n, draws.fork(n))) }),
      ...(sample && dimension === 1 && { flow: slicedW2OnFlows(sample, [[1]]) }),
    },
    ...(dimension > 1 && { lacks: { flow: NO_LOSS } }),
  };
}

export const w2Definition = defineFunctional({
  id: 'w2',
  title: 'Half the squared Wasserstein distance to a target',
  options: z.strictObject({ samples: samplesOption }),
  parts: { target: part('distribution') },
  inject: [RANDOM],
  cite: ['ambrosio2008gradient', 'feydy2019interpolating'],
  example: { target: { id: 'gaussian', dimension: 1 } },
  create: ({ target, samples }, rng) => w2(target, rng, { samples }),
});
