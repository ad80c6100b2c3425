import { defineStopRule, ensure, type StopContext, type StopRule } from '@wasserflow/core';
import { z } from 'zod';
import { positive } from '../controllers/size.js';

export interface GapOptions {
  /** In nats. */
  readonly below: number;
  /** The least value of G; that at its target by default. */
  readonly minimum?: number | undefined;
}

async function valueAtTarget({ problem: { functional, space }, rng }: StopContext): Promise<number> {
  return space.value(functional, await space.represent(functional.target!, rng.fork('target')));
}

/**
 * Ends a run when G(p_n) - min G < below, in nats. A divergence has its minimum at its target, as the space holds it.
 * @throws WasserflowError E_UNSUPPORTED where the minimum is neither given nor that of a target
 */
export function gap({ below, minimum }: GapOptions): StopRule {
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
    async done(context) {
      const { problem, measure, step } = context;
      const least = minimum ?? (await valueAtTarget(context));
      const found = (await problem.space.value(problem.functional, measure)) - least;
      return found < below ? `after step ${step} the gap is ${found.toPrecision(3)}, below ${below}` : undefined;
    },
  };
}

export const gapDefinition = defineStopRule({
  id: 'gap',
  title: 'Stops when the functional is near its least value',
  options: z.strictObject({ below: positive('a gap'), minimum: z.number().optional() }),
  example: { below: 1e-6 },
  create: gap,
});
