/** What the two BDF2 schemes share: the measure before the last, and its weights for steps of unequal size. */
import { stepFromProx, type Problem, type SchemeState, type StepContext, type StepResult } from '@wasserflow/core';
import { remembering } from './explicit-step.js';

/** `previous` and `gamma` are of the last step; the first step has none. */
export interface TwoStepState<M = unknown> extends SchemeState<M> {
  readonly previous?: M;
  readonly gamma?: number;
}

/**
 * The second backward difference (a2 x'' - a1 x' + a0 x) / gamma of steps gamma_{n-1} and gamma, by their ratio w:
 * a1 = 1 + w, a0 = w^2 / (1 + w), a2 = a1 - a0; for equal steps 2, 1/2, 3/2.
 */
export function backwardDifference(gamma: number, before: number): { now: number; last: number; next: number } {
  const ratio = gamma / before;
  const now = 1 + ratio;
  const last = ratio ** 2 / now;
  return { now, last, next: now - last };
}

/** A JKO step first, then `further` steps that know the measure before. */
export async function twoStep(
  state: TwoStepState,
  { functional, space }: Problem,
  context: StepContext,
  further: (from: Required<TwoStepState>) => Promise<StepResult<SchemeState>>,
): Promise<StepResult<TwoStepState>> {
  const { measure, previous, gamma } = state;
  const result =
    previous === undefined || gamma === undefined
      ? stepFromProx(await space.prox(functional, measure, context.gamma, context))
      : await further({ measure, previous, gamma });
  return remembering(result, { previous: measure, gamma: context.gamma });
}
