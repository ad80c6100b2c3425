/** Other directions of descent: kernels, the regularised proximal point, mirror maps, Metropolis steps. */
import { isDeepStrictEqual } from 'node:util';
import type { Functional, Kernel } from '@wasserflow/core';
import { ops } from '@wasserflow/tensor';
import { atMost, inTurn, vanishes, type Findings } from '../check.js';
import { halfSquare, squaredGap } from './probes.js';
import { lack, type Law, type Subject } from './subject.js';

/** exp(-|x - y|^2 / 2). */
const gaussianKernel: Kernel = {
  id: 'gaussian',
  radial: () => ({
    bandwidth: 1,
    at(s) {
      const e = Math.exp(-s / 2);
      return { value: e, first: -e / 2, second: e / 4 };
    },
    value: (s) => ops.exp(ops.mul(s, -1 / 2)),
    slope: (s) => ops.mul(ops.exp(ops.mul(s, -1 / 2)), -1 / 2),
  }),
};
const linearKernel: Kernel = { id: 'linear', linear: true };

/** A space may hold a kernel's integral for some kernels only. */
const kernels = [linearKernel, gaussianKernel];

const serves = async ({ space, measure }: Subject, G: Functional, kernel: Kernel): Promise<boolean> =>
  space.kernelGradient(G, kernel, measure).then(
    () => true,
    (error: unknown) => {
      if ((error as { code?: string }).code === 'E_UNSUPPORTED') return false;
      throw error;
    },
  );

const descends: Law = {
  id: 'kernel-descent',
  says: 'the direction of a positive definite kernel goes downhill: <grad V, K grad V> >= 0',
  needs: ['inner'],
  silent: ({ space }) => lack(space, halfSquare(space.dimension), ['kernelGradient', 'gradient']),
  async check(subject) {
    const { space, measure: mu, tolerance } = subject;
    const V = halfSquare(space.dimension);
    const gradient: unknown = await space.gradient(V, mu);
    return inTurn(kernels, async (kernel) => {
      if (!(await serves(subject, V, kernel))) return [];
      const rate = await space.inner(mu, gradient, await space.kernelGradient(V, kernel, mu));
      return rate > tolerance ? [] : [`<grad V, K grad V> of the kernel \`${kernel.id}\` is ${rate}, not positive`];
    });
  },
};

/** E k(x, y) grad V(y) - a grad_y k(x, y) vanishes at the minimiser e^(-V / a) / Z, for every kernel. */
const stands: Law = {
  id: 'kernel-stationary',
  says: 'the direction of a kernel vanishes at the minimiser, where the space holds it exactly',
  needs: ['kernelGradient', 'represent', 'inner'],
  async check(subject) {
    const { space, functional: G, rng, tolerance } = subject;
    if (!G.target) return [];
    const [q, again]: unknown[] = [
      await space.represent(G.target, rng.fork('a')),
      await space.represent(G.target, rng.fork('b')),
    ];
    if (!isDeepStrictEqual(again, q)) return [];
    return inTurn(kernels, async (kernel) => {
      if (!(await serves(subject, G, kernel))) return [];
      const v: unknown = await space.kernelGradient(G, kernel, q);
      return vanishes(
        `K grad G of the kernel \`${kernel.id}\` at the minimiser`,
        await space.inner(q, v, v),
        tolerance,
      );
    });
  },
};

const regularized: Law = {
  id: 'regularized-gradient',
  says: 'the regularised gradient tends to the gradient as T -> 0, at order one or more',
  needs: ['regularizedGradient', 'gradient', 'inner', 'combine'],
  async check(subject) {
    const { space, measure: mu, functional: G, tolerance } = subject;
    const gradient: unknown = await space.gradient(G, mu);
    const gap = async (T: number): Promise<number> =>
      Math.sqrt(await squaredGap(subject, mu, await space.regularizedGradient(G, mu, T), gradient));
    const [wide, narrow] = [await gap(0.002), await gap(0.001)];
    return atMost('the ratio of the gaps for T and 2 T', narrow / Math.max(wide, Math.sqrt(tolerance)), 0.55);
  },
};

const mirrored: Law = {
  id: 'mirror',
  says: 'the mirror step to grad phi(mu) itself stays, and for phi = |x|^2 / 2 it is T = v',
  needs: ['gradient', 'distance2', 'push', 'combine'],
  silent: ({ space }) => lack(space, halfSquare(space.dimension), ['mirror']),
  async check(subject) {
    const { space, measure: mu, functional: G, tolerance } = subject;
    const phi = halfSquare(space.dimension);
    const x: unknown = await space.gradient(phi, mu);
    const still = await space.mirror(phi, mu, x);
    const v: unknown = await space.gradient(G, mu);
    const dual: unknown = await space.combine([
      { weight: 1, of: x },
      { weight: -0.1, of: v },
    ]);
    const [got, expected]: unknown[] = [(await space.mirror(phi, mu, dual)).measure, await space.push(mu, v, -0.1)];
    return [
      ...vanishes('W2 of the step to grad phi(mu)', await space.distance2(mu, still.measure), tolerance),
      ...vanishes('W2 to a step of forward Euler', await space.distance2(got, expected), tolerance),
    ];
  },
};

async function metropolisFindings({ space, measure: mu, functional: G, rng, tolerance }: Subject): Promise<Findings> {
  const step = async (gamma: number, name: string) => space.metropolis(G, mu, gamma, rng.fork(name));
  const [tiny, usual, again] = [await step(1e-6, 'a'), await step(0.1, 'b'), await step(0.1, 'b')];
  const { acceptance } = usual;
  return [
    ...(acceptance >= 0 && acceptance <= 1 ? [] : [`the acceptance is ${acceptance}, not a share`]),
    ...atMost('the share of tiny steps that is rejected', 1 - tiny.acceptance, 0.05),
    ...vanishes('W2 of two steps from one stream', await space.distance2(usual.measure, again.measure), tolerance),
  ];
}

export const directions: readonly Law[] = [
  descends,
  stands,
  regularized,
  mirrored,
  {
    id: 'metropolis',
    says: 'a Metropolis step is drawn by its stream alone, and tiny steps are accepted',
    needs: ['metropolis', 'distance2'],
    check: metropolisFindings,
  },
];
