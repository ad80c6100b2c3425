import { RANDOM, defineMeter, type Meter } from '@wasserflow/core';
import type { Stream } from '@wasserflow/tensor';
import { targetOf } from './target.js';

const ID = 'w2-to-target';

/**
 * W2(mu, q), a length, to the target q of the functional as the space represents it.
 *
 * On space `gaussian` this is exact. On space `particles` it is the distance to as many draws of q, the
 * same ones at each step: biased upward, since E W2^2(mu, q_n) >= W2^2(mu, q), by an amount that shrinks
 * like n^(-1/d) in high dimension; it does not reach zero.
 *
 * @param random - stream of the target's draws, where the space needs any
 * @throws WasserflowError E_UNSUPPORTED when the functional has no target.
 * @see peyre2019computational
 */
export const w2ToTarget = (random: Stream): Meter => ({
  id: ID,
  requires({ functional }) {
    targetOf(functional, ID);
    return [{ operation: 'distance2' }, { operation: 'represent' }];
  },
  async measure({ problem: { space, functional }, measure }) {
    const target: unknown = await space.represent(targetOf(functional, ID), random.fork(ID));
    // Rounding may leave a square slightly below zero.
    return Math.sqrt(Math.max(0, await space.distance2(measure, target)));
  },
});

export const w2ToTargetDefinition = defineMeter({
  id: ID,
  title: 'W2 distance to the target, a length',
  inject: [RANDOM],
  cite: ['peyre2019computational'],
  create: (_, random) => w2ToTarget(random),
});
