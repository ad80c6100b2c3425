import {
  RANDOM,
  defineFunctional,
  ensure,
  part,
  potentialGradient,
  type Distribution,
  type Functional,
  type Kernel,
  type RadialKernel,
} from '@wasserflow/core';
import { ops, valueAndGradient, type NdArray, type Stream, type Tensor } from '@wasserflow/tensor';
import { wassersteinGradient } from './custom.js';
import { squaredDistances } from './kernel-matrices.js';
import { potentialOf } from './kl.js';
import { radialOf } from './mmd.js';

/** Matrices of n^2 numbers are held whole. */
const MOST_POINTS = 4000;

/** The derivative of an elementwise function. */
const derivative =
  (f: (s: Tensor) => Tensor) =>
  (s: Tensor): Tensor =>
    valueAndGradient(({ at }: { at: Tensor }) => ({ loss: ops.sum(f(at)) }))({ at: s }).gradient.at;

/**
 * The Stein kernel of k = f(|x - y|^2) under the target with gradient of potential v, `[n, n]`:
 * u = v_x . v_y f + 2 f' (x - y) . (v_x - v_y) - 2 d f' - 4 s f''.
 */
function steinMatrix({ value, slope }: RadialKernel, gradient: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const v = gradient(x);
  const s = ops.relu(squaredDistances(x, x));
  const first = slope(s);
  const own = ops.sum(ops.mul(x, v), 1, true);
  const cross = ops.matMul(x, v, false, true);
  const drift = ops.sub(ops.add(own, ops.transpose(own)), ops.add(cross, ops.transpose(cross)));
  const spread = ops.add(ops.mul(first, 2 * x.shape[1]!), ops.mul(ops.mul(s, derivative(slope)(s)), 4));
  const pulls = ops.mul(ops.matMul(v, v, false, true), value(s));
  return ops.sub(ops.add(pulls, ops.mul(ops.mul(first, drift), 2)), spread);
}

/** The diagonal |v|^2 f(0) - 2 d f'(0), summed. */
function diagonal({ at }: RadialKernel, v: Tensor): Tensor {
  const { value, first } = at(0);
  return ops.add(ops.mul(ops.sum(ops.square(v)), value), -2 * v.shape[1]! * first * v.shape[0]!);
}

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
 * of q no more than grad V. Its gradient is by differentiation. No convexity is claimed.
 *
 * On clouds with its diagonal, so that it is never negative (`biased`); on flows without, so that its expectation
 * over batches is right.
 *
 * @param kernel - radial and smooth; its bandwidth is set once
 * @throws WasserflowError E_UNSUPPORTED when q has no potential, the kernel has a kink or is positive definite only
 * conditionally, or no rule can set its bandwidth
 * @see korba2021kernel
 */
export function ksd(target: Distribution, kernel: Kernel, rng: Stream): Functional {
  ensure(
    !kernel.conditional,
    'E_UNSUPPORTED',
    `\`ksd\` needs a positive definite kernel, and \`${kernel.id}\` is so only conditionally; use { id: inverse-multiquadric }`,
  );
  const gradient = potentialGradient(potentialOf(target, 'ksd'));
  const stream = rng.fork('ksd');
  const radial = radialOf(kernel, bandwidthPoints(target, kernel, stream), 'ksd');
  refuseKinks(kernel.id, radial);
  const value = (points: Tensor): Tensor => {
    const n = points.shape[0]!;
    ensure(
      n <= MOST_POINTS,
      'E_ARGUMENT',
      `\`ksd\` holds a matrix of all pairs and serves up to ${MOST_POINTS} points, not ${n}`,
    );
    return ops.mul(ops.mean(steinMatrix(radial, gradient, points)), 1 / 2);
  };
  return {
    id: 'ksd',
    target,
    record: { 'ksd.kernel': kernel.id, 'ksd.bandwidth': radial.bandwidth },
    facets: {
      particles: { value, gradient: wassersteinGradient(value) },
      flow: {
        needsLogDet: false,
        loss({ y }) {
          const off = ops.sub(ops.sum(steinMatrix(radial, gradient, y)), diagonal(radial, gradient(y)));
          return ops.mul(off, 1 / (2 * y.shape[0]! * (y.shape[0]! - 1)));
        },
      },
    },
  };
}

export const ksdDefinition = defineFunctional({
  id: 'ksd',
  title: 'Half the squared kernel Stein discrepancy to a target',
  parts: { target: part('distribution'), kernel: part('kernel', 'inverse-multiquadric') },
  inject: [RANDOM],
  cite: ['korba2021kernel'],
  example: { target: { id: 'gaussian', dimension: 1 } },
  create: ({ target, kernel }, rng) => ksd(target, kernel, rng),
});
