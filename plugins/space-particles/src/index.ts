/** Space `particles`: weighted points, computed on the engine. */
import { ENGINE, INITIAL, definePlugin, defineSpace, optionalPart } from '@wasserflow/core';
import { z } from 'zod';
import { particleSpace } from './particle-space.js';

export { particleSpace, type ParticleSpace, type ParticleSpaceOptions } from './particle-space.js';

const wholeNumber = {
  error: ({ input }: { input?: unknown }) =>
    `expected a whole number of at least 1, e.g. 1000, or all, but got ${JSON.stringify(input)}`,
};

const squaredLength = {
  error: ({ input }: { input?: unknown }) =>
    `expected a squared length above 0, e.g. 0.05, but got ${JSON.stringify(input)}`,
};

const particles = defineSpace({
  id: 'particles',
  title: 'Weighted points',
  options: z.strictObject({
    /** Number of draws, or `all`: every point of a law of finitely many, with its weight. */
    count: z.union([z.int(wholeNumber).min(1, wholeNumber), z.literal('all')], wholeNumber).default(1000),
    /** Weight of the entropy in transport, which biases it; for clouds that exact assignment cannot serve alone. */
    epsilon: z.number(squaredLength).positive(squaredLength).optional(),
  }),
  parts: { score: optionalPart('score') },
  inject: [ENGINE, INITIAL],
  cite: ['peyre2019computational', 'crouse2016implementing', 'feydy2019interpolating'],
  create: ({ count, epsilon, score }, engine, initial) => particleSpace({ engine, initial, count, epsilon, score }),
});

export default definePlugin({ name: '@wasserflow/space-particles', contract: 1, contributes: [particles] });
