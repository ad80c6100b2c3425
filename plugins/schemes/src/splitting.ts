import {
  defineScheme,
  ensure,
  listOf,
  smallestLimit,
  type Problem,
  type Scheme,
  type SchemeState,
  type StepContext,
  type StepResult,
} from '@wasserflow/core';
import { z } from 'zod';
import { boundsOfParts } from './bounds.js';
import { divide, energyParts, type EnergyPart } from './energy-parts.js';
import { sharedLimit } from './limits.js';

/** A scheme, and the part of G that it moves. */
export interface Fraction {
  readonly scheme: Scheme<any>;
  readonly part: EnergyPart;
}

/** `inner` are the states of the schemes, in their order; the measure of each is the present one. */
export interface SplittingState<M = unknown> extends SchemeState<M> {
  readonly inner?: readonly SchemeState<M>[];
}

/** Which scheme moves for which share of gamma, one after the other. */
const sequence = (count: number, order: 'lie' | 'strang'): readonly (readonly [number, number])[] => {
  const all = Array.from({ length: count }, (_, i) => i);
  if (order === 'lie') return all.map((i) => [i, 1]);
  const before = all.slice(0, -1).map((i) => [i, 1 / 2] as const);
  return [...before, [count - 1, 1], ...before.toReversed()];
};

/** The share of gamma of a scheme's steps. */
const shareOf = (i: number, count: number, order: 'lie' | 'strang'): number =>
  order === 'strang' && i < count - 1 ? 1 / 2 : 1;

/**
 * Splitting: each scheme moves by its own part of G, one after the other; `lie`: p_{n+1} = S_k(gamma) ... S_1(gamma) p_n,
 * of first order; `strang`: half steps to the last scheme and back, of second order where the schemes are. Biased in
 * general by the commutator of the parts.
 * @see strang1968construction
 */
export const splitting = (fractions: readonly Fraction[], order: 'lie' | 'strang' = 'lie'): Scheme<SplittingState> => {
  const parts = divide(fractions.map(({ part }) => part));
  const share = (i: number): number => shareOf(i, fractions.length, order);
  const problemOf = ({ functional, space }: Problem, i: number): Problem => ({
    functional: parts(functional)[i]!,
    space,
  });
  const begin = (measure: unknown, problem: Problem): SchemeState[] =>
    fractions.map(({ scheme }, i) => scheme.init(measure, problemOf(problem, i)) as SchemeState);
  async function step(
    state: SplittingState,
    problem: Problem,
    context: StepContext,
  ): Promise<StepResult<SplittingState>> {
    // A half-done solve goes on from what was kept for one solve; here are several.
    const { partial: _, savePartial: __, ...rest } = context;
    const inner = [...(state.inner ?? begin(state.measure, problem))];
    let { measure } = state;
    let worst: Pick<StepResult<SplittingState>, 'status' | 'message'> = { status: 'ok' };
    for (const [k, [i, share]] of sequence(fractions.length, order).entries()) {
      const own = { ...rest, gamma: context.gamma * share, rng: context.rng.fork('part', k) };
      const result = await fractions[i]!.scheme.step({ ...inner[i]!, measure }, problemOf(problem, i), own);
      inner[i] = result.state as SchemeState;
      ({ measure } = inner[i]);
      const { status, message } = result;
      if (status !== 'ok') worst = { status, ...(message !== undefined && { message }) };
      if (status === 'non-finite') break;
    }
    return { state: { measure, inner }, info: {}, ...worst };
  }
  return {
    id: 'splitting',
    ...(order === 'strang' && fractions.every(({ scheme }) => (scheme.order ?? 1) >= 2) && { order: 2 }),
    requires: (G) =>
      parts(G).flatMap((functional, i) => fractions[i]!.scheme.requires(functional).map((r) => ({ functional, ...r }))),
    bounds: (G) =>
      boundsOfParts(parts(G).map((of, i) => ({ bounds: fractions[i]!.scheme.bounds?.(of), share: share(i) }))),
    async limitAt(problem, measure) {
      const limits = fractions.map(async ({ scheme }, i) =>
        sharedLimit(await scheme.limitAt?.(problemOf(problem, i), measure), share(i)),
      );
      return smallestLimit(await Promise.all(limits));
    },
    init: (measure) => ({ measure }),
    step,
  };
};

export const splittingDefinition = defineScheme({
  id: 'splitting',
  title: 'Splitting (Lie or Strang): each scheme moves by its own part of the functional',
  options: z.strictObject({
    parts: z.array(z.enum(Object.keys(energyParts) as [EnergyPart, ...EnergyPart[]])).min(1),
    order: z.enum(['lie', 'strang']).default('lie'),
  }),
  parts: { schemes: listOf('scheme') },
  cite: ['strang1968construction'],
  example: { schemes: ['forward-euler', 'jko'], parts: ['smooth', 'proximable'] },
  create({ schemes, parts, order }) {
    ensure(
      schemes.length === parts.length,
      'E_ARGUMENT',
      `there are ${schemes.length} schemes, but ${parts.length} parts; each scheme has one part`,
    );
    return splitting(
      schemes.map((scheme, i) => ({ scheme, part: parts[i]! })),
      order,
    );
  },
});
