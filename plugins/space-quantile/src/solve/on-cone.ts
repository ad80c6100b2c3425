/** Minimisation of G(Q) + W |Q - center|^2 over nondecreasing Q. */
import type { Functional } from '@wasserflow/core';
import { solveTridiagonal } from '@wasserflow/geometry';
import { nodeFunction } from '../calculus.js';
import { derivative, sumOf, tether } from '../energy/node-function.js';
import { metricOf, type Nodes } from '../measure.js';
import { norm } from '../tridiagonal.js';
import { gammaOf, type Anchored } from './anchored.js';
import { interiorOf, minimise, type Minimum, type Watch } from './minimise.js';
import { project } from './project.js';
import { softenings } from './soften.js';

/**
 * One projected gradient step, which is the minimiser where the gradient of G is constant on the cone, as it is
 * for W = |z|; undefined where its first-order condition fails.
 */
function inOneStep(G: Functional, at: Anchored): Minimum | undefined {
  if (at.kind !== 'atoms') return undefined;
  const metric = metricOf(at.kind, at.center.length);
  const f = nodeFunction(G, at.kind, at.center.length);
  const start = interiorOf(project(at.kind, at.center), 1);
  const step = (x: Nodes): Nodes => {
    const g = solveTridiagonal(metric, derivative(f, x))!;
    return project(
      at.kind,
      at.center.map((v, i) => v - gammaOf(at) * g[i]!),
    );
  };
  const x = step(start);
  const again = step(x);
  const residual =
    norm(
      metric,
      x.map((v, i) => v - again[i]!),
    ) / gammaOf(at);
  return residual * gammaOf(at) <= 1e-12 * norm(metric, x) ? { x, status: 'ok', residual, iterations: 1 } : undefined;
}

/** argmin of G(Q) + W |Q - center|^2 from a start in the cone. */
function newton(G: Functional, at: Anchored, start: Nodes, watch: Watch): Minimum {
  const metric = metricOf(at.kind, start.length);
  const f = nodeFunction(G, at.kind, start.length);
  // Without a spread of its own, a law starts as wide as a step of the heat flow would make it.
  const length = Math.sqrt(gammaOf(at)) + start.at(-1)! - start[0]!;
  return minimise(sumOf([f, tether(metric, at.center, 2 * at.weight)]), metric, interiorOf(start, length), watch);
}

/** Atoms can sit on a kink of the potential, where Newton's method only leads if the kink is rounded off. */
function throughKinks(G: Functional, at: Anchored, start: Nodes, found: Minimum, watch: Watch): Minimum {
  const ends = [start[0]!, start.at(-1)!, found.x[0]!, found.x.at(-1)!];
  const softer = found.status === 'non-finite' ? undefined : softenings(G, Math.min(...ends), Math.max(...ends));
  if (!softer) return found;
  return softer.reduce(
    (last, soft) => {
      const next = newton(soft, at, last.x, watch);
      return { ...next, iterations: last.iterations + next.iterations };
    },
    { ...found, x: start },
  );
}

/** By one projection where that is enough, and by Newton's method on the cone otherwise. */
export function onCone(G: Functional, at: Anchored, watch: Watch): Minimum {
  const once = inOneStep(G, at);
  if (once) return once;
  const start = project(at.kind, at.center);
  const found = newton(G, at, start, watch);
  return found.status === 'ok' || at.kind === 'linear' ? found : throughKinks(G, at, start, found, watch);
}
