import {
  RANDOM,
  defineFunctional,
  ensure,
  part,
  pointwiseOf,
  type Distribution,
  type FlowFacet,
  type GaussianFacet,
  type Functional,
  type Kernel,
  type ParticleFacet,
  type RadialKernel,
} from '@wasserflow/core';
import { ops, type NdArray, type Stream, type Tensor, type TensorTree } from '@wasserflow/tensor';
import { z } from 'zod';
import { gaussianTarget } from './laws/gaussian-law.js';
import { kernelMixture } from './kernels/gaussian-parts.js';
import { kernelMatrix, meanOffDiagonal } from './kernels/kernel-matrices.js';
import { mmdOfGaussians } from './mmd/gaussian.js';
import { densityOnCells, drawsOnCells, mmdOnGrid } from './mmd/grid.js';
import { meanOverDraws, meanOverGaussian, type KernelMean } from './mmd/line.js';
import { mmdOnLine } from './mmd/quantile.js';
import { lazily, samplerOf, samplesOption, type Sampler } from './laws/target-draws.js';

export interface MmdOptions {
  /**
   * What draws stand for. `biased`: themselves, by double sums with their diagonals; `unbiased`: the law that they
   * are drawn from, by sums without them, which can be negative. Where nothing is drawn both are the exact value.
   */
  readonly estimator?: 'biased' | 'unbiased';
  /** Number of draws that stand for the target. */
  readonly samples?: number;
}

/** @throws WasserflowError E_UNSUPPORTED for a kernel that is not a function of the distance */
export function radialOf({ id, radial }: Kernel, points: NdArray, user: string): RadialKernel {
  ensure(
    radial,
    'E_UNSUPPORTED',
    `\`${user}\` needs a kernel of the distance, which \`${id}\` is not; use { id: gaussian }`,
  );
  return radial(points);
}

/** E k(Y, Y') over the draws, with the pairs i = j or without. */
function meanWithin({ at }: RadialKernel, { shape: [n = 0, d = 1], data }: NdArray, biased: boolean): number {
  let sum = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      let s = 0;
      for (let k = 0; k < d; k++) s += (data[i * d + k]! - data[j * d + k]!) ** 2;
      sum += 2 * at(s).value;
    }
  return biased ? (sum + n * at(0).value) / (n * n) : sum / (n * (n - 1));
}

function onClouds(kernel: RadialKernel, points: NdArray, own: () => number, biased: boolean): ParticleFacet {
  const sums = [
    { weight: 1 / 2, f: kernel, withoutDiagonal: !biased },
    { weight: -1, f: kernel, against: { points } },
  ];
  return { pairs: () => ({ sums, constant: own() / 2 }) };
}

/** A batch against as many fresh draws; what the draws say of themselves does not depend on the map. */
const onFlows = (kernel: RadialKernel, sample: Sampler, biased: boolean): FlowFacet => ({
  needsLogDet: false,
  draw: (rng, n) => ({ reference: sample(n, rng) }),
  loss({ y }, drawn) {
    const { reference } = drawn as TensorTree & { reference: Tensor };
    const own = kernelMatrix(kernel, y, y);
    const within = biased ? ops.mean(own) : meanOffDiagonal(own, kernel.at(0).value);
    return ops.sub(ops.mul(within, 1 / 2), ops.mean(kernelMatrix(kernel, y, reference)));
  },
});

function onGaussians(target: Distribution, kernel: Kernel, radial: RadialKernel): GaussianFacet | undefined {
  const q = gaussianTarget(target);
  const mixture = q && kernelMixture(kernel, radial, Math.sqrt(q.covariance.trace()));
  return mixture && mmdOfGaussians(q, mixture);
}

/** The target on the line in closed form, where the kernel has one. */
const exactOnLine = ({ gaussian }: Distribution, kernel: Kernel, radial: RadialKernel): KernelMean | undefined =>
  gaussian && meanOverGaussian(kernel, radial, gaussian.mean[0]!, gaussian.covariance[0]![0]!);

/** The spaces on which no draws are at work, for the record. */
function exactOn(spaces: Readonly<Record<string, unknown>>): Record<string, string> {
  const names = Object.keys(spaces).filter((name) => spaces[name]);
  return names.length > 0 ? { 'mmd.exact-on': names.join(', ') } : {};
}

/**
 * MMD^2(rho, q) / 2 = |mean embedding of rho - that of q|^2 / 2 in the kernel's Hilbert space. Its Wasserstein
 * gradient is grad int k(x, .) d(rho - q).
 *
 * The target is known by draws, made once. Where it is Gaussian and the kernel one of `gaussian`, `laplace`,
 * `inverse-multiquadric` and `energy`, it is exact on Gaussians and on the line (`energy` there for -|x - y| only). On
 * a grid a target whose density is known at single points stands by its masses on the cells of the box. The record
 * names the spaces without draws as `mmd.exact-on`. On flows a loss against fresh draws, up to a constant. Not convex
 * along generalized geodesics: nothing is claimed.
 *
 * `estimator` says what a cloud on space `particles`, a batch of a flow and the draws of the target stand for. The
 * measures of the spaces `gaussian`, `quantile` and `grid` are laws themselves: there it concerns the draws of the target
 * alone, and nothing where the value is exact.
 *
 * The meter `mmd` is another number: MMD^2 without the half, unbiased by default, of draws of both sides, with a
 * Gaussian kernel of a bandwidth of its own.
 *
 * @param kernel - radial; its bandwidth is set once, from the draws where its rule looks at points
 * @param rng - stream of the draws
 * @throws WasserflowError E_UNSUPPORTED when the target cannot be sampled, or the kernel is not radial
 * @see gretton2012kernel, arbel2019maximum
 */
export function mmd(target: Distribution, kernel: Kernel, rng: Stream, options: MmdOptions = {}): Functional {
  const { estimator = 'biased', samples = 1000 } = options;
  const sample = samplerOf(target, 'mmd');
  const stream = rng.fork('mmd');
  const points = sample(samples, stream);
  const radial = radialOf(kernel, points, 'mmd');
  const biased = estimator === 'biased';
  const own = lazily(() => meanWithin(radial, points, biased));
  const gaussian = onGaussians(target, kernel, radial);
  const draws = lazily(() => Float64Array.from(points.data));
  const exact = target.dimension === 1 ? exactOnLine(target, kernel, radial) : undefined;
  const density = target.dimension <= 2 && target.potential && pointwiseOf(target.potential);
  return {
    id: 'mmd',
    target,
    record: {
      'mmd.kernel': kernel.id,
      'mmd.bandwidth': radial.bandwidth,
      'mmd.estimator': estimator,
      'mmd.samples': samples,
      'mmd.stream': stream.key,
      ...exactOn({ gaussian, quantile: exact, grid: density }),
    },
    facets: {
      particles: onClouds(radial, points, own, biased),
      flow: onFlows(radial, sample, biased),
      ...(gaussian && { gaussian }),
      ...(target.dimension === 1 && {
        quantile: mmdOnLine(radial, exact ?? meanOverDraws(radial, draws, own)),
      }),
      ...(target.dimension <= 2 && {
        grid: mmdOnGrid(
          radial,
          density ? densityOnCells(target, () => points) : drawsOnCells(radial, () => points, own),
        ),
      }),
    },
  };
}

export const mmdDefinition = defineFunctional({
  id: 'mmd',
  title: 'Half the squared maximum mean discrepancy to a target',
  options: z.strictObject({ estimator: z.enum(['biased', 'unbiased']).default('biased'), samples: samplesOption }),
  parts: { target: part('distribution'), kernel: part('kernel', 'gaussian') },
  inject: [RANDOM],
  cite: ['gretton2012kernel', 'arbel2019maximum'],
  example: { target: { id: 'gaussian', dimension: 1 } },
  create: ({ target, kernel, ...options }, rng) => mmd(target, kernel, rng, options),
});
