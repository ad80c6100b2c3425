import { defineStopRule, type StopRule } from '@wasserflow/core';
import { z } from 'zod';

/** Ends a run when it has evaluated so many gradients; an iteration of a proximal solve counts as one. */
export const gradientBudget = (evaluations: number): StopRule => ({
  id: 'gradient-budget',
  done: ({ gradients, step }) =>
    gradients >= evaluations ? `after step ${step} ${gradients} gradients of ${evaluations} are spent` : undefined,
});

export const gradientBudgetDefinition = defineStopRule({
  id: 'gradient-budget',
  title: 'Stops when a number of gradient evaluations is spent',
  options: z.strictObject({ evaluations: z.int().positive() }),
  example: { evaluations: 1000 },
  create: ({ evaluations }) => gradientBudget(evaluations),
});
