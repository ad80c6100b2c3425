import { potentialGradient, type Functional } from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';

export type PointFunction = (points: Tensor) => Tensor;

/** A tensor function of points, with the object whose identity says that it is the same function again. */
export interface Evaluation {
  readonly owner: object;
  readonly of: PointFunction;
}

const ADVICE = {
  value: 'measure with `w2-to-target` or `mmd` instead',
  gradient: 'use scheme `langevin`, or space `flow` or `gaussian`',
} as const;

/** Why points cannot give the value or the gradient of G, as the end of a sentence; undefined where they can. */
export function refusal(operation: 'value' | 'gradient', { facets, terms }: Functional): string | undefined {
  if (facets?.particles?.[operation]) return undefined;
  if (!terms) return 'it knows nothing of particles (it has neither terms nor a facet `particles`)';
  if (terms.entropy !== 0)
    return `the entropy of finitely many points is infinite, and there is no estimator of score or density yet; ${ADVICE[operation]}`;
  if (operation === 'value' && terms.potential && !terms.potential.value)
    return `its potential is known by its gradient only, which has no value; ${ADVICE.value}`;
  return undefined;
}

/** G at points up to `constant`: the mean of what `evaluation` gives, or nothing but the constant. */
export function valueOf({ facets, terms }: Functional): { evaluation?: Evaluation; constant: number } {
  const facet = facets?.particles;
  if (facet?.value) return { evaluation: { owner: facet, of: facet.value }, constant: 0 };
  const constant = terms?.constant ?? 0;
  const potential = terms?.potential;
  return potential?.value ? { evaluation: { owner: potential, of: potential.value }, constant } : { constant };
}

/** The Wasserstein gradient at points `[n, d]`; of a constant it is zero. */
export function gradientOf({ facets, terms }: Functional): Evaluation {
  const facet = facets?.particles;
  if (facet?.gradient) return { owner: facet, of: facet.gradient };
  const potential = terms?.potential;
  // Schemes split G anew at each step; the potential in it stays the same object.
  return potential ? { owner: potential, of: potentialGradient(potential) } : { owner: ZERO, of: ops.zerosLike };
}
const ZERO = {};
