/** Counts what a step costs, whatever scheme makes it. */
import type { Problem } from '../domain/scheme.js';
import type { Calculus, ProxResult, SpaceOperation } from '../domain/space.js';

/** Gradients that one call evaluates; a Metropolis step needs that of its proposal too. */
const explicit: { readonly [O in SpaceOperation]?: number } = {
  gradient: 1,
  gradientAt: 1,
  kernelGradient: 1,
  regularizedGradient: 1,
  metropolis: 2,
};

/** A solve counts by its iterations, or as one where it is in closed form. */
const solves: ReadonlySet<string | symbol> = new Set<SpaceOperation>(['prox', 'anchoredProx', 'mirror']);

type Operation = (...given: unknown[]) => unknown;

/** The same problem, and how many gradients were evaluated through it. */
export function countGradients(problem: Problem): { readonly problem: Problem; readonly count: () => number } {
  let total = 0;
  const counted = (name: string | symbol, operation: Operation): Operation => {
    const evaluations = explicit[name as keyof Calculus];
    if (evaluations !== undefined) return (...given) => ((total += evaluations), operation(...given));
    if (!solves.has(name)) return operation;
    return async (...given) => {
      const result = (await operation(...given)) as ProxResult<unknown>;
      total += result.iterations ?? 1;
      return result;
    };
  };
  const space = new Proxy(problem.space, {
    get(target, name, receiver) {
      const found: unknown = Reflect.get(target, name, receiver);
      return typeof found === 'function' ? counted(name, found.bind(target) as Operation) : found;
    },
  });
  return { problem: { ...problem, space }, count: () => total };
}
