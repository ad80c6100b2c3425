import {
  WasserflowError,
  defineController,
  ensure,
  type Controller,
  type Problem,
  type Scheme,
} from '@wasserflow/core';
import { z } from 'zod';
import { positive } from './size.js';

function advisedSize({ functional }: Problem, scheme: Scheme): number {
  const { advised, lacks } = scheme.bounds?.(functional) ?? {};
  const { smoothness: L, convexity: lambda } = functional;
  const declared = `L: ${L ?? 'not declared'}, lambda: ${lambda ?? 'not declared'}`;
  ensure(
    advised !== undefined,
    'E_UNSUPPORTED',
    `there is no theory of the step size of \`${scheme.id}\` on \`${functional.id}\` (${lacks ?? declared}); give a number`,
  );
  return advised;
}

/**
 * The step size that theory advises, times a fraction, from the declared lambda and L of the functional: 1 / L where the
 * potential is explicit (half of it where the entropy is too), 1 / lambda for proximal schemes, which halves W2 to the
 * minimiser in each step. Where the discretisation sets a limit to explicit steps, at most half of that at the present
 * measure; constant otherwise.
 * @throws WasserflowError E_UNSUPPORTED where the scheme or the functional does not tell
 */
export const theorySize = (fraction = 1): Controller => ({
  next: () => {
    throw new WasserflowError(
      'E_ARGUMENT',
      'the controller `theory` has to be bound to its problem before its first step',
    );
  },
  bind: ({ problem, scheme }) => {
    const size = fraction * advisedSize(problem, scheme);
    return { next: (_, __, limit) => Math.min(size, limit ? (fraction * limit.size) / 2 : Infinity) };
  },
});

export const theoryDefinition = defineController({
  id: 'theory',
  title: 'The step size that theory advises, from the declared lambda and L',
  options: z.strictObject({ fraction: positive('a fraction').default(1) }),
  create: ({ fraction }) => theorySize(fraction),
});
