/**
 * A plugin small enough to check by hand: measures are points on the line, G(x) = x^2/2, so that
 * prox(x) = x/(1 + gamma) and the gradient is x.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import {
  createWasserflow,
  defineController,
  defineDistribution,
  defineFunctional,
  defineMeter,
  defineObserver,
  definePlugin,
  defineScheme,
  defineSpace,
  defineStopRule,
  INITIAL,
  part,
  stepFromProx,
  stepTo,
  type Observer,
  type Plugin,
  type RunConfig,
  type SolveContext,
  type Space,
} from '@wasserflow/core';

export interface Point {
  readonly x: number;
}

/** What a test wants to happen inside the proximal solve of a step. */
export interface Hooks {
  prox?: (context: SolveContext, step: number) => void | Promise<void>;
  attach?: Observer['attach'];
}

const lineSpace = (start: number, hooks: Hooks): Space<Point, number> => {
  let solved = 0;
  return {
    id: 'line',
    dimension: 1,
    initial: async () => ({ x: start }),
    value: async (_, { x }) => x ** 2 / 2,
    async prox(_, { x }, gamma, context) {
      await hooks.prox?.(context, ++solved);
      const y = x / (1 + gamma);
      const status = Number.isFinite(y) ? 'ok' : 'non-finite';
      return { measure: { x: y }, status, objective: y ** 2 / 2 + (x - y) ** 2 / (2 * gamma), moved2: (x - y) ** 2 };
    },
    distance2: async ({ x }, { x: y }) => (x - y) ** 2,
    refuses: (operation, G) => (operation === 'prox' && G.id === 'rough' ? 'it is not smooth' : undefined),
  };
};

const law = defineDistribution({
  id: 'dirac',
  title: 'A point mass',
  options: z.object({ at: z.number(), dimension: z.int().default(1) }),
  create: ({ at, dimension }) => ({ id: 'dirac', dimension, gaussian: { mean: [at], covariance: [[0]] } }),
});

const functionals = ['square', 'rough'].map((id) =>
  defineFunctional({
    id,
    title: id,
    options: z.object({ weight: z.number().default(1) }),
    parts: { target: part('distribution', { id: 'dirac', at: 0 }) },
    create: ({ target }) => ({ id, target }),
  }),
);

const jko = defineScheme({
  id: 'jko',
  title: 'Proximal',
  create: () => ({
    id: 'jko',
    requires: () => [{ operation: 'prox' }],
    init: (measure) => ({ measure }),
    step: async ({ measure }, { space, functional }, context) =>
      stepFromProx(await space.prox(functional, measure, context.gamma, context)),
  }),
});

const euler = defineScheme({
  id: 'euler',
  title: 'Explicit',
  create: () => ({
    id: 'euler',
    requires: () => [{ operation: 'gradient' }],
    init: (measure) => ({ measure }),
    step: async ({ measure }) => stepTo(measure),
  }),
});

const still = defineScheme({
  id: 'still',
  title: 'Stays where it is',
  create: () => ({
    id: 'still',
    requires: () => [],
    init: (measure) => ({ measure }),
    step: async ({ measure }) => stepTo(measure),
  }),
});

const controllers = [
  defineController({
    id: 'constant',
    title: 'Constant',
    options: z.object({ size: z.number() }),
    create: ({ size }) => ({ next: () => size }),
  }),
  defineController({
    id: 'list',
    title: 'List',
    options: z.object({ sizes: z.array(z.number()) }),
    create: ({ sizes }) => ({ next: (n) => sizes[n - 1] ?? 'stop' }),
  }),
];

/** Accepts what is near enough, else halves. */
const doubling = defineController({
  id: 'doubling',
  title: 'Step doubling',
  options: z.object({ first: z.number(), tolerance: z.number() }),
  create: ({ first, tolerance }) => ({
    requires: [{ operation: 'distance2' }],
    next: (_, last) => last?.info['proposed'] ?? first,
    judge: ({ gamma, error }) => ({ accept: error <= tolerance, size: error <= tolerance ? gamma * 2 : gamma / 2 }),
  }),
});

const stopRules = [
  defineStopRule({
    id: 'near',
    title: 'Ends near zero',
    options: z.object({ below: z.number() }),
    create: ({ below }) => ({
      id: 'near',
      requires: () => [{ operation: 'value' }],
      done: ({ measure, previous, step }) =>
        measure.x < below ? `step ${step} went from ${previous.x} to ${measure.x}` : undefined,
    }),
  }),
  defineStopRule({
    id: 'spent',
    title: 'Ends when gradients are spent',
    options: z.object({ gradients: z.number() }),
    create: (options) => ({
      id: 'spent',
      done: async ({ gradients }) => (gradients >= options.gradients ? `${gradients} spent` : undefined),
    }),
  }),
  defineStopRule({
    id: 'dense',
    title: 'Needs a density',
    create: () => ({ id: 'dense', requires: () => [{ operation: 'logDensity' }], done: () => undefined }),
  }),
];

const meters = [
  defineMeter({
    id: 'value',
    title: 'G',
    create: () => ({
      id: 'value',
      measure: async ({ problem, measure }) => problem.space.value(problem.functional, measure),
    }),
  }),
  defineMeter({
    id: 'draw',
    title: 'A random number of the step, and its number',
    create: () => ({ id: 'draw', measure: async ({ rng, step }) => ({ step, u: rng.uniform([]).data[0]! }) }),
  }),
  defineMeter({
    id: 'nll',
    title: 'Needs a density',
    create: () => ({ id: 'nll', requires: () => [{ operation: 'logDensity' }], measure: async () => 0 }),
  }),
];

export const toy = (hooks: Hooks = {}): Plugin =>
  definePlugin({
    name: 'toy',
    contract: 1,
    contributes: [
      law,
      ...functionals,
      jko,
      euler,
      still,
      ...controllers,
      doubling,
      ...stopRules,
      ...meters,
      defineSpace({
        id: 'line',
        title: 'Points on the line',
        inject: [INITIAL],
        create: (_, initial) => lineSpace(initial.gaussian!.mean[0]!, hooks),
      }),
      defineObserver({
        id: 'spy',
        title: 'Does what the test wants',
        create: () => ({ id: 'spy', attach: (bus) => hooks.attach?.(bus) ?? (() => {}) }),
      }),
    ],
  });

export const config = {
  name: 'toy',
  seed: 3,
  space: 'line',
  problem: { initial: { id: 'dirac', at: 8 }, functional: 'square' },
  scheme: 'jko',
  steps: { count: 4, size: 1 },
  meters: ['value', 'draw'],
} satisfies RunConfig;

export const wasserflowOf = (hooks: Hooks = {}) => createWasserflow({ plugins: [toy(hooks)] });

/** A folder of this test, removed after it. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'wasserflow-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
