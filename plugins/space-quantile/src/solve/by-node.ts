/** Potentials alone: the proximal map of V, node by node. */
import { pointwiseOf, type EnergyTerms, type PointwisePotential } from '@wasserflow/core';
import { gammaOf, type Anchored } from './anchored.js';
import type { Minimum, Watch } from './minimise.js';
import { proximalPoint } from './proximal-point.js';

/** V where G is the integral of V and a constant. */
export function purePotential({ entropy, internal = [], potential, interactions = [] }: EnergyTerms) {
  const others = [...internal, ...interactions].some(({ weight }) => weight !== 0);
  return potential && entropy === 0 && !others ? pointwiseOf(potential) : undefined;
}

/** Too large a step for a V that is not convex: the proximal map is not unique, and may tear the law apart. */
function tooFar(lambda: number | undefined, at: Anchored): string | undefined {
  if (lambda === undefined || lambda >= 0 || -gammaOf(at) * lambda < 1) return undefined;
  return `the minimiser need not be unique: the potential is only ${lambda}-convex; use a size below ${-1 / lambda}`;
}

/** The push-forward under the proximal map of V, node by node: it is monotone, and exact at the nodes. */
export function byNode(V: PointwisePotential, at: Anchored, lambda: number | undefined, { signal }: Watch): Minimum {
  const gamma = gammaOf(at);
  const points = Array.from(at.center, (v) => {
    signal?.throwIfAborted();
    return proximalPoint(V, v, gamma);
  });
  const x = Float64Array.from(points, (p) => p.x);
  const residual = points.reduce((worst, p) => Math.max(worst, p.residual), 0);
  const iterations = points.reduce((most, p) => Math.max(most, p.iterations), 0);
  if (!x.every(Number.isFinite))
    return {
      x,
      status: 'non-finite',
      message: 'the potential or its derivatives are not finite',
      residual,
      iterations,
    };
  const message = tooFar(lambda, at);
  if (message !== undefined) return { x, status: 'not-converged', message, residual, iterations };
  return { x, status: 'ok', residual, iterations };
}
