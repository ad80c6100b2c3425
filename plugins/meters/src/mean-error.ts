import { defineMeter, ensure, type Meter } from '@wasserflow/core';
import { z } from 'zod';

export interface MeanErrorOptions {
  /** The mean that is compared with, `[d]`. */
  readonly mean: readonly number[];
  /** Standard deviations, `[d]`: the units in which errors are told. */
  readonly std: readonly number[];
}

/**
 * The error of the mean against a reference m with standard deviations s, e_i = |E x_i - m_i| / s_i: `rms`, the root
 * of the mean of e_i^2, and `worst`, the largest. The mean of n independent draws has an rms of 1 / sqrt(n).
 *
 * @throws WasserflowError E_ARGUMENT when lengths differ or a standard deviation is not positive.
 */
export function meanError({ mean, std }: MeanErrorOptions): Meter {
  const d = mean.length;
  ensure(std.length === d, 'E_ARGUMENT', `\`mean\` has ${d} numbers, but \`std\` ${std.length}; give one for each`);
  ensure(
    std.every((s) => s > 0),
    'E_ARGUMENT',
    'every number of `std` has to be above 0',
  );
  return {
    id: 'mean-error',
    requires({ space }) {
      const sentence = `\`mean-error\` compares ${d} numbers, but the measure lives on R^${space.dimension}`;
      ensure(space.dimension === d, 'E_ARGUMENT', sentence);
      return [{ operation: 'moments' }];
    },
    async measure({ problem: { space }, measure }) {
      const { mean: found } = await space.moments(measure);
      const errors = found.map((m, i) => Math.abs(m - mean[i]!) / std[i]!);
      return { rms: Math.hypot(...errors) / Math.sqrt(d), worst: Math.max(...errors) };
    },
  };
}

const numbers = z.array(z.number(), { error: 'expected a list of numbers, one per dimension' });

export const meanErrorDefinition = defineMeter({
  id: 'mean-error',
  title: 'Error of the mean against a reference, in its standard deviations',
  options: z.strictObject({ mean: numbers, std: numbers }),
  example: { mean: [0], std: [1] },
  create: meanError,
});
