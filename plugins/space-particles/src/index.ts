import { ENGINE, INITIAL, definePlugin, defineSpace } from '@wasserflow/core';
import { z } from 'zod';
import { particleSpace } from './particle-space.js';

export { particleSpace, type ParticleSpace, type ParticleSpaceOptions } from './particle-space.js';

const wholeNumber = {
  error: ({ input }: { input?: unknown }) =>
    `expected a whole number of at least 1, e.g. 1000, but got ${JSON.stringify(input)}`,
};

const particles = defineSpace({
  id: 'particles',
  title: 'Equally weighted points',
  options: z.strictObject({
    /** Number of points. */
    count: z.int(wholeNumber).min(1, wholeNumber).default(1000),
  }),
  inject: [ENGINE, INITIAL],
  cite: ['peyre2019computational', 'crouse2016implementing'],
  create: ({ count }, engine, initial) => particleSpace({ engine, initial, count }),
});

export default definePlugin({ name: '@wasserflow/space-particles', contract: 1, contributes: [particles] });
