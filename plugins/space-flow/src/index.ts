import { defineSpace, definePlugin, ENGINE, EVENTS, INITIAL, optionalPart, part, RANDOM } from '@wasserflow/core';
import { z } from 'zod';
import { flowSpace } from './space.js';

export { flowSpace, type FlowOptions, type FlowParts } from './space.js';
export type { FlowMeasure } from './measure.js';
export { flowFacet } from './facet.js';
export { trainStep } from './programs.js';

const count = (standard: number) => z.int().positive().default(standard);

const flow = defineSpace({
  id: 'flow',
  title: 'Push-forwards by trained blocks: a flow-based generative model',
  options: z.strictObject({
    iterations: count(1000),
    batch: count(256),
    pool: count(10_000),
    diffusion: z.number().nonnegative().default(0),
    evaluation: count(2000),
    chunk: count(1000),
    saveEvery: count(500),
    warmStart: z.boolean().default(true),
  }),
  parts: { block: part('block', 'neural-ode'), optimizer: part('optimizer', 'adam'), head: optionalPart('head') },
  inject: [ENGINE, INITIAL, RANDOM, EVENTS],
  cite: ['xu2023jkoiflow', 'cheng2023convergence'],
  create: ({ block, optimizer, head, ...options }, engine, initial, random, events) =>
    flowSpace({ engine, initial, block, head, optimizer, events }, options, random.fork('flow')),
});

export default definePlugin({ name: '@wasserflow/space-flow', contract: 1, contributes: [flow] });
