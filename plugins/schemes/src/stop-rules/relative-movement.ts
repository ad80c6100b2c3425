import { defineStopRule, type Moments, type SpaceOperation, type StopContext, type StopRule } from '@wasserflow/core';
import { z } from 'zod';
import { positive } from '../controllers/size.js';

// Enough for a hundredth of the second moment.
const DRAWS = 10_000;

const secondMomentOf = ({ mean, covariance }: Moments): number =>
  mean.reduce((sum, m, i) => sum + m ** 2 + covariance[i]![i]!, 0);

const has = (space: object, operation: SpaceOperation): boolean => operation in space;

/** E |x|^2 of the new measure; from draws where the space has no moments. */
async function secondMoment({ problem: { space }, measure, rng }: StopContext): Promise<number> {
  if (has(space, 'moments')) return secondMomentOf(await space.moments(measure));
  const { data } = await space.sample(measure, DRAWS, rng);
  return Array.from(data).reduce((sum, x) => sum + x ** 2, 0) / DRAWS;
}

/** W2^2 of the step; for a learned map, its cost as the step tells it. */
async function movement2({ problem, previous, measure, info }: StopContext): Promise<number> {
  const { moved } = info;
  return moved === undefined ? problem.space.distance2(previous, measure) : moved ** 2;
}

/**
 * Ends a run when a step hardly moves: E |x - T x|^2 / E |T x|^2 < below. The scale is that of the data about zero.
 * @see xu2023jkoiflow
 */
export const relativeMovement = (below: number): StopRule => ({
  id: 'relative-movement',
  requires: ({ space }) => [
    { operation: space.moments ? 'moments' : 'sample' },
    { operation: space.distance2 ? 'distance2' : 'prox' },
  ],
  async done(context) {
    const ratio = (await movement2(context)) / (await secondMoment(context));
    if (!(ratio < below)) return undefined;
    return `step ${context.step} moved by ${ratio.toPrecision(3)} of the second moment, less than ${below}`;
  },
});

export const relativeMovementDefinition = defineStopRule({
  id: 'relative-movement',
  title: 'Stops when a step moves by less than a part of the second moment',
  options: z.strictObject({ below: positive('a ratio').default(0.01) }),
  cite: ['xu2023jkoiflow'],
  create: ({ below }) => relativeMovement(below),
});
