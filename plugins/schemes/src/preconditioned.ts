import {
  defineScheme,
  ensure,
  part,
  type Functional,
  type Problem,
  type Scheme,
  type SchemeState,
} from '@wasserflow/core';
import type { Rows } from '@wasserflow/geometry';
import { z } from 'zod';
import { remembering } from './explicit-step.js';
import { matrixOption } from './matrix-option.js';
import { coordinatesOf, pullBackFunctional } from './pullback-functional.js';

/** P, or the covariance of a Gaussian target. */
export type Preconditioner = 'target' | Rows;

/** `inner` is the state of the wrapped scheme, in its coordinates. */
export interface PreconditionedState<M = unknown> extends SchemeState<M> {
  readonly inner?: SchemeState<M>;
}

interface Coordinates {
  readonly A: Rows;
  readonly inverse: Rows;
  readonly functional: Functional;
}

function matrixFor({ id, target }: Functional, preconditioner: Preconditioner): Rows {
  if (preconditioner !== 'target') return preconditioner;
  ensure(
    target?.gaussian,
    'E_UNSUPPORTED',
    `\`preconditioned\` takes the covariance of a Gaussian target, and \`${id}\` has none; give \`matrix\``,
  );
  return target.gaussian.covariance;
}

/** One functional has one pulled-back functional: spaces keep what they compile for it. */
function coordinates(preconditioner: Preconditioner): (G: Functional) => Coordinates {
  const known = new WeakMap<Functional, Coordinates>();
  return (G) => {
    const found = known.get(G);
    if (found) return found;
    const { A, inverse } = coordinatesOf(matrixFor(G, preconditioner));
    const made = { A, inverse, functional: pullBackFunctional(G, A) };
    known.set(G, made);
    return made;
  };
}

/**
 * Any scheme in the coordinates y = P^(-1/2) x, in which the step is made for nu -> G((P^(1/2))_# nu); in x its
 * gradients are P grad_W G and its distances |P^(-1/2) (x - x')|. With P the covariance of the target all directions
 * converge alike.
 *
 * @param matrix - P, symmetric positive definite `[d, d]`
 * @see bonet2024mirror
 */
export const preconditioned = (scheme: Scheme<any>, matrix: Preconditioner = 'target'): Scheme<PreconditionedState> => {
  const within = coordinates(matrix);
  const innerProblem = ({ functional, space }: Problem): Problem => ({
    functional: within(functional).functional,
    space,
  });
  return {
    id: 'preconditioned',
    ...(scheme.order !== undefined && { order: scheme.order }),
    requires(G) {
      const { functional } = within(G);
      // What is said of no functional in particular is said of the one that the wrapped scheme sees.
      const inner = scheme.requires(functional).map((r) => ({ functional, ...r }));
      return [{ operation: 'image' }, ...inner];
    },
    ...(scheme.bounds && { bounds: (G: Functional) => scheme.bounds!(within(G).functional) }),
    ...(scheme.limitAt && {
      limitAt: async (problem: Problem, measure: unknown) =>
        scheme.limitAt!(innerProblem(problem), await problem.space.image(measure, within(problem.functional).inverse)),
    }),
    // The space answers later than a state is asked for: the first step goes to the coordinates.
    init: (measure) => ({ measure }),
    async step({ measure, inner }, problem, context) {
      const { A, inverse } = within(problem.functional);
      const begun = async (): Promise<SchemeState> =>
        scheme.init(await problem.space.image(measure, inverse), innerProblem(problem)) as SchemeState;
      const state = inner ?? (await begun());
      const result = await scheme.step(state, innerProblem(problem), context);
      const next = result.state as SchemeState;
      if (result.status === 'non-finite') return remembering({ ...result, state: { measure } }, { inner: next });
      const outer: unknown = await problem.space.image(next.measure, A);
      return { ...result, state: { measure: outer, inner: next } };
    },
  };
};

export const preconditionedDefinition = defineScheme({
  id: 'preconditioned',
  title: 'Any scheme in linearly changed coordinates',
  options: z.strictObject({ matrix: z.union([z.literal('target'), matrixOption]).default('target') }),
  parts: { scheme: part('scheme', 'forward-euler') },
  cite: ['bonet2024mirror'],
  create: ({ scheme, matrix }) => preconditioned(scheme, matrix),
});
