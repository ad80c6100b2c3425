import { RANDOM, defineStopRule, ensure, type Problem, type StopRule } from '@wasserflow/core';
import { stream, type Stream } from '@wasserflow/tensor';
import { z } from 'zod';
import { positive } from '../controllers/size.js';

export interface GapOptions {
  /** In nats. */
  readonly below: number;
  /** The least value of G; that at its target by default. */
  readonly minimum?: number | undefined;
}

/** G at its target as the space holds it, once for each problem: draws of a target are the same at every step. */
function leastValue(rng: Stream): (problem: Problem) => Promise<number> {
  const known = new WeakMap<Problem, Promise<number>>();
  const compute = async ({ functional, space }: Problem): Promise<number> =>
    space.value(functional, await space.represent(functional.target!, rng));
  return (problem) => {
    const least = known.get(problem) ?? compute(problem);
    known.set(problem, least);
    return least;
  };
}

/**
 * Ends a run when G(p_n) - min G < below, in nats. A divergence has its minimum at its target, as the space holds it.
 *
 * @param rng - for a space that holds the target by draws
 * @throws WasserflowError E_UNSUPPORTED where the minimum is neither given nor that of a target
 */
export function gap({ below, minimum }: GapOptions, rng: Stream = stream(0)): StopRule {
  const valueAtTarget = leastValue(rng.fork('gap'));
  return {
    id: 'gap',
    requires({ functional }) {
      if (minimum !== undefined) return [{ operation: 'value' }];
      ensure(
        functional.target,
        'E_UNSUPPORTED',
        `the least value of \`${functional.id}\` is not known, as it has no target; give \`minimum\``,
      );
      return [{ operation: 'value' }, { operation: 'represent' }];
    },
    async done({ problem, measure, step }) {
      const least = minimum ?? (await valueAtTarget(problem));
      const found = (await problem.space.value(problem.functional, measure)) - least;
      return found < below ? `after step ${step} the gap is ${found.toPrecision(3)}, below ${below}` : undefined;
    },
  };
}

export const gapDefinition = defineStopRule({
  id: 'gap',
  title: 'Stops when the functional is near its least value',
  options: z.strictObject({ below: positive('a gap'), minimum: z.number().optional() }),
  inject: [RANDOM],
  example: { below: 1e-6 },
  create: (options, rng) => gap(options, rng),
});
