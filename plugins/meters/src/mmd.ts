import { RANDOM, defineMeter, ensure, type Meter, type MeterContext } from '@wasserflow/core';
import { medianDistance } from '@wasserflow/geometry';
import type { NdArray, Stream } from '@wasserflow/tensor';
import { z } from 'zod';
import { evaluationPoints, requireEvaluationPoints } from './held-out.js';
import { squaredMmd, type Estimator } from './kernel-discrepancy.js';
import { positiveNumber, wholeNumber } from './options.js';
import { targetOf } from './target.js';

const ID = 'mmd';

export interface MmdOptions {
  /** `measure`: mu against the target; `generated`: what the model generates against held-out data. */
  readonly of?: 'measure' | 'generated';
  readonly estimator?: Estimator;
  /** Number of draws on each side. */
  readonly samples?: number;
  /** h, a length; by the median rule over the reference draws when absent. */
  readonly bandwidth?: number | undefined;
}

function requireSampler({ id, sample }: ReturnType<typeof targetOf>) {
  ensure(
    sample,
    'E_UNSUPPORTED',
    `meter \`${ID}\` compares draws, but target \`${id}\` cannot be sampled; use a target that can, or { id: mmd, of: generated }`,
  );
  return sample;
}

type Draws = (
  context: MeterContext,
  samples: number,
  rng: Stream,
) => Promise<readonly [x: NdArray, reference: NdArray]>;

const measureAndTarget: Draws = async ({ problem: { space, functional }, measure }, samples, rng) => [
  await space.sample(measure, samples, rng.fork('measure')),
  requireSampler(targetOf(functional, ID))(samples, rng.fork('reference')),
];

const generatedAndData: Draws = async ({ problem: { space, functional }, initial, measure }, samples, rng) => [
  await space.generate(measure, targetOf(functional, ID), samples, rng.fork('generated')),
  evaluationPoints(initial, { limit: samples, draws: samples, rng: rng.fork('reference') }),
];

/**
 * MMD^2 with the Gaussian kernel exp(-|x - y|^2 / (2 h^2)), as `squared`, with h as `bandwidth`.
 *
 * Between draws of mu and of the target, or, with `of: 'generated'`, between what the model generates and the
 * initial law's held-out rows (fresh draws where it has none). The U-statistic by default: unbiased for the
 * two laws (on space `particles` for the law of the points), and around zero, on either side, when they
 * agree; `biased` adds the diagonal. Draws and h are the same at each step.
 *
 * The functional `mmd` is another number: half of MMD^2, biased by default, with a kernel and a bandwidth of its
 * own. The meter `value` measures it.
 *
 * @param random - stream of all draws
 * @throws WasserflowError E_UNSUPPORTED when the functional has no target, or a side cannot be drawn.
 * @see gretton2012kernel
 */
export function mmd(random: Stream, options: MmdOptions = {}): Meter {
  const { of = 'measure', estimator = 'unbiased', samples = 1000, bandwidth } = options;
  const draws = of === 'measure' ? measureAndTarget : generatedAndData;
  return {
    id: ID,
    requires({ functional, initial }) {
      const target = targetOf(functional, ID);
      if (of === 'measure') requireSampler(target);
      else requireEvaluationPoints(initial, ID);
      return [{ operation: of === 'measure' ? 'sample' : 'generate' }];
    },
    async measure(context) {
      const [x, reference] = await draws(context, samples, random.fork(ID));
      const h = bandwidth ?? medianDistance(reference);
      return { squared: squaredMmd(x, reference, h, estimator), bandwidth: h };
    },
  };
}

export const mmdDefinition = defineMeter({
  id: ID,
  title: 'Squared MMD of draws, Gaussian kernel (whole, where the functional `mmd` is half of it)',
  options: z.strictObject({
    of: z.enum(['measure', 'generated']).default('measure'),
    estimator: z.enum(['unbiased', 'biased']).default('unbiased'),
    samples: wholeNumber(2).default(1000),
    bandwidth: positiveNumber().optional(),
  }),
  inject: [RANDOM],
  cite: ['gretton2012kernel'],
  create: (options, random) => mmd(random, options),
});
