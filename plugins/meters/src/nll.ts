import { RANDOM, defineMeter, type Meter } from '@wasserflow/core';
import type { Stream } from '@wasserflow/tensor';
import { z } from 'zod';
import { evaluationPoints, requireEvaluationPoints } from './held-out.js';
import { wholeNumber } from './options.js';
import { targetOf } from './target.js';

const ID = 'nll';

export interface NllOptions {
  /** Number of fresh draws where the initial law has no held-out rows. */
  readonly draws?: number;
  /** Most points to evaluate, drawn without replacement; all of them when absent. */
  readonly rows?: number | undefined;
}

/**
 * Mean negative log-likelihood -(1/n) sum_i log q_0(x_i), in nats, of data under the model: the law q_0 that
 * the inverse map makes of the target, in the data's own units.
 *
 * The x_i are the initial law's held-out rows, or fresh draws where it has none (for data of which nothing was
 * held out, these are training rows, and too favourable). Rows and dequantisation are
 * the same at each step, so that differences between steps are no noise.
 *
 * @param random - stream of the dequantisation, the choice of rows, or the draws
 * @throws WasserflowError E_UNSUPPORTED when the functional has no target, or the initial law no data.
 * @see xu2023jkoiflow
 */
export const nll = (random: Stream, { draws = 2000, rows = Infinity }: NllOptions = {}): Meter => ({
  id: ID,
  requires({ functional, initial }) {
    targetOf(functional, ID);
    requireEvaluationPoints(initial, ID);
    return [{ operation: 'modelLogDensity' }];
  },
  async measure({ problem: { space, functional }, initial, measure }) {
    const x = evaluationPoints(initial, { limit: rows, draws, rng: random.fork(ID) });
    const logs = await space.modelLogDensity(measure, targetOf(functional, ID), x);
    return -logs.reduce((sum, l) => sum + l, 0) / logs.length;
  },
});

export const nllDefinition = defineMeter({
  id: ID,
  title: 'Negative log-likelihood of held-out data under the model, in nats',
  options: z.strictObject({ draws: wholeNumber(1).default(2000), rows: wholeNumber(1).optional() }),
  inject: [RANDOM],
  cite: ['xu2023jkoiflow'],
  create: (options, random) => nll(random, options),
});
