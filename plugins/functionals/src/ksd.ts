import {
  ENGINE,
  RANDOM,
  defineFunctional,
  ensure,
  part,
  pointwiseOf,
  potentialGradient,
  type Distribution,
  type FlowFacet,
  type Functional,
  type Kernel,
  type ParticleFacet,
  type ParticleMeasure,
  type RadialKernel,
} from '@wasserflow/core';
import {
  steinDiscrepancies,
  steinKernel,
  steinPairs,
  type SteinDiscrepancies,
  type SteinDiscrepancy,
} from '@wasserflow/geometry';
import { ops, type Engine, type NdArray, type Stream, type Tensor } from '@wasserflow/tensor';
import { gaussianTarget } from './laws/gaussian-law.js';
import { gaussianParts } from './kernels/gaussian-parts.js';
import { potentialOf } from './kl.js';
import { ksdOfGaussians } from './ksd/gaussian.js';
import { ksdOnGrid } from './ksd/grid.js';
import { ksdOnLine } from './ksd/quantile.js';
import { radialOf } from './mmd.js';

type Field = (x: Tensor) => Tensor;

/** Value and gradient come out together, and are asked for in turn. */
function onClouds(discrepancies: SteinDiscrepancies, radial: RadialKernel, gradient: Field): ParticleFacet {
  const known = new WeakMap<ParticleMeasure, Promise<SteinDiscrepancy>>();
  return {
    evaluate(mu) {
      const found = known.get(mu) ?? discrepancies.run(radial, gradient, mu);
      known.set(mu, found);
      // What failed is tried again.
      found.catch(() => known.delete(mu));
      return found;
    },
  };
}

/** The mean of the Stein kernel of a batch without its diagonal |v|^2 f(0) - 2 d f'(0). */
const onFlows = (radial: RadialKernel, gradient: Field): FlowFacet => ({
  needsLogDet: false,
  loss({ y }) {
    const [n, d] = y.shape as [number, number];
    const at = { x: y, v: gradient(y) };
    const { value, first } = radial.at(0);
    const diagonal = ops.sub(ops.mul(ops.sum(ops.square(at.v)), value), 2 * d * first * n);
    const off = ops.sub(ops.sum(steinKernel(d, steinPairs(radial, at, at, 'products'))), diagonal);
    return ops.mul(off, 1 / (2 * n * (n - 1)));
  },
});

/** @throws WasserflowError E_UNSUPPORTED for a kernel with a kink at zero */
function refuseKinks(id: string, { at, bandwidth }: RadialKernel): void {
  const [near, apart] = [at((1e-6 * bandwidth) ** 2), at(bandwidth ** 2)];
  const smooth =
    Math.abs(near.first) < 1e3 * Math.abs(apart.first) && Math.abs(near.second) < 1e3 * Math.abs(apart.second);
  ensure(
    smooth,
    'E_UNSUPPORTED',
    `\`ksd\` differentiates its kernel twice, and \`${id}\` has a kink at zero; use { id: inverse-multiquadric }`,
  );
}

/** Draws of the target for a bandwidth rule; without them the kernel has to have a bandwidth of its own. */
function bandwidthPoints(target: Distribution, kernel: Kernel, rng: Stream): NdArray {
  if (target.sample) return target.sample(1000, rng);
  const points = rng.normal([1000, target.dimension]);
  const doubled: NdArray = { shape: points.shape, data: points.data.map((v) => 2 * v) };
  const [once, twice] = [points, doubled].map((p) => radialOf(kernel, p, 'ksd').bandwidth);
  ensure(
    once === twice,
    'E_UNSUPPORTED',
    `\`ksd\` has no draws of \`${target.id}\` to set a bandwidth by; give one, e.g. kernel: { id: ${kernel.id}, bandwidth: 1 }`,
  );
  return points;
}

/**
 * The squared kernel Stein discrepancy, halved: int int u(x, y) drho drho / 2, u the Stein kernel of q, which needs
 * of q no more than grad V. No convexity is claimed.
 *
 * On clouds with its diagonal, so that it is never negative (`biased`), of any weights, in tiles on the engine; on
 * flows without, so that its expectation over batches is right. Where V is known at single points, on the line by
 * double sums over the cells of a quantile function, and on grids by convolutions; between Gaussians in closed form
 * with the kernels `gaussian` and `inverse-multiquadric`.
 *
 * @param kernel - radial and smooth; its bandwidth is set once
 * @throws WasserflowError E_UNSUPPORTED when q has no potential, the kernel has a kink or is positive definite only
 * conditionally, or no rule can set its bandwidth
 * @see korba2021kernel
 */
export function ksd(
  target: Distribution,
  kernel: Kernel,
  engine: Engine,
  rng: Stream,
): Functional & { dispose(): Promise<void> } {
  ensure(
    !kernel.conditional,
    'E_UNSUPPORTED',
    `\`ksd\` needs a positive definite kernel, and \`${kernel.id}\` is so only conditionally; use { id: inverse-multiquadric }`,
  );
  const potential = potentialOf(target, 'ksd');
  const gradient = potentialGradient(potential);
  const radial = radialOf(kernel, bandwidthPoints(target, kernel, rng.fork('ksd')), 'ksd');
  refuseKinks(kernel.id, radial);
  const discrepancies = steinDiscrepancies(engine);
  const pointwise = pointwiseOf(potential);
  const [q, parts] = [gaussianTarget(target), gaussianParts(kernel, radial)];
  return {
    id: 'ksd',
    target,
    record: { 'ksd.kernel': kernel.id, 'ksd.bandwidth': radial.bandwidth },
    facets: {
      particles: onClouds(discrepancies, radial, gradient),
      flow: onFlows(radial, gradient),
      ...(q && parts && { gaussian: ksdOfGaussians(q, parts) }),
      ...(pointwise && target.dimension === 1 && { quantile: ksdOnLine(radial, pointwise) }),
      ...(pointwise && target.dimension <= 2 && { grid: ksdOnGrid(radial, pointwise) }),
    },
    dispose: () => discrepancies.dispose(),
  };
}

export const ksdDefinition = defineFunctional({
  id: 'ksd',
  title: 'Half the squared kernel Stein discrepancy to a target',
  parts: { target: part('distribution'), kernel: part('kernel', 'inverse-multiquadric') },
  inject: [ENGINE, RANDOM],
  cite: ['korba2021kernel'],
  example: { target: { id: 'gaussian', dimension: 1 } },
  create: ({ target, kernel }, engine, rng) => ksd(target, kernel, engine, rng),
});
