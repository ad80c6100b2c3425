/** Limits that a discretisation sets to explicit steps from a measure. */
import type { Problem, StepLimit } from '@wasserflow/core';

/** The limit of gamma where a step feels it as share * gamma. */
export function sharedLimit(limit: StepLimit | undefined, share: number): StepLimit | undefined {
  if (limit === undefined || share === 1) return limit;
  return { ...limit, size: limit.size / share, name: `${Number((1 / share).toPrecision(3))} * ${limit.name}` };
}

/** Of an explicit step in all of G, or of one with a share of its stable range. */
export const explicitLimit =
  (range = 1) =>
  ({ functional, space }: Problem, measure: unknown): StepLimit | undefined =>
    sharedLimit(space.stepLimit?.(functional, measure), 1 / range);
