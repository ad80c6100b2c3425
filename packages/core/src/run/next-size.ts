/** The size of the next step, and whether it is beyond what scheme and space stand for. */
import { smallestLimit } from '../domain/scheme.js';
import type { StepLimit } from '../domain/space.js';
import { checkSize } from './attempt.js';
import type { ComposedRun } from './compose.js';
import type { Position } from './summary.js';

/** The size of the next step, and what the discretisation stands there. */
export interface Next {
  readonly gamma: number;
  readonly limit: StepLimit | undefined;
}

/** What the controller says of the step from here. */
export async function nextSize(run: ComposedRun, { state, summaries }: Position): Promise<Next | 'stop'> {
  const { controller, plan, scheme, problem } = run;
  const step = summaries.length;
  const last = summaries.at(-1)!;
  if (step > plan.count || last.stop !== undefined) return 'stop';
  const limit = await scheme.limitAt?.(problem, state.measure);
  const gamma = controller.next(step, step > 1 ? last : undefined, limit);
  return gamma === 'stop' ? gamma : { gamma: checkSize(gamma, step), limit };
}

/** Tells once that a size is beyond what the scheme, or the discretisation, stands for. */
export function sizeWarning({ scheme, problem, events }: ComposedRun): (next: Next, step: number) => void {
  const known = scheme.bounds?.(problem.functional).limit;
  let told = false;
  return ({ gamma, limit: here }, step) => {
    const limit = smallestLimit([known, here]);
    if (limit === undefined || told || !(gamma > limit.size * (1 + 1e-12))) return;
    told = true;
    const bound = `${limit.name} = ${Number(limit.size.toPrecision(6))}`;
    const message = `step ${step} of scheme \`${scheme.id}\` has size ${gamma}, but beyond ${bound} ${limit.beyond}`;
    events.emit('warning', { code: 'step-size', message });
  };
}
