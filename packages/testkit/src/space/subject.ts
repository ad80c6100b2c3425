import { calculusOf, type Calculus, type Functional, type Space, type SpaceOperation } from '@wasserflow/core';
import { stream, type Stream } from '@wasserflow/tensor';
import type { Findings } from '../check.js';

/** A space at work: what a law is checked on. */
export interface Subject<M = any, V = any> {
  readonly space: Space<M, V> & Calculus<M, V>;
  readonly measure: M;
  readonly functional: Functional;
  /** Of the law's own: what it draws, it draws from here. */
  readonly rng: Stream;
  /** Relative error that float32, a solver or a discretisation leaves. */
  readonly tolerance: number;
  /** Step sizes of proximal steps, length^2 per nat. */
  readonly steps: readonly number[];
}

/** Something that holds in every space that has the operations. */
export interface Law {
  readonly id: string;
  /** The law as a sentence without its full stop. */
  readonly says: string;
  readonly needs: readonly SpaceOperation[];
  /** Whether it takes the fields and measures of `probes.ts`: `gradient` of a potential energy, and `push`. */
  readonly probes?: boolean;
  /** Why it says nothing here, where that hangs on more than the operations for G; undefined where it does say. */
  readonly silent?: (subject: Subject) => string | undefined;
  readonly check: (subject: Subject) => Promise<Findings>;
}

/** Why the space cannot do this for G; undefined where it can. */
export function lack(space: Space, G: Functional, operations: readonly SpaceOperation[]): string | undefined {
  for (const operation of operations) {
    if (!(operation in space)) return `no \`${operation}\``;
    const reason = space.refuses?.(operation, G);
    if (reason !== undefined) return `no \`${operation}\` of \`${G.id}\`: ${reason}`;
  }
  return undefined;
}

export interface SubjectOptions {
  readonly functional: Functional;
  readonly seed?: string | number;
  readonly tolerance?: number;
  readonly steps?: readonly number[];
}

/** Small, usual and large. */
const STEPS = [0.05, 0.3, 2];

/** The space with its initial measure. */
export async function subjectOf<M, V>(
  space: Space<M, V>,
  { functional, seed = 'law', tolerance = 1e-6, steps = STEPS }: SubjectOptions,
): Promise<Subject<M, V>> {
  const rng = stream(seed);
  const measure = await space.initial(rng.fork('initial'));
  return { space: calculusOf(space), measure, functional, rng, tolerance, steps };
}
