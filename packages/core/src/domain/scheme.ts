import type { Functional } from './functional.js';
import type { Calculus, ProxResult, SolveContext, Space, SpaceOperation, Status, StepLimit } from './space.js';

/** What a run minimises, and where. */
export interface Problem<M = any, V = any> {
  readonly functional: Functional;
  readonly space: Space<M, V> & Calculus<M, V>;
}

/** An operation that a scheme calls, with the functional that it calls it for. */
export interface Requirement {
  readonly operation: SpaceOperation;
  readonly functional?: Functional;
}

export interface StepContext extends SolveContext {
  /** Number of this step, from 1. */
  readonly step: number;
  /** Step size, length^2 per nat. */
  readonly gamma: number;
}

/** What a step tells of itself: plain numbers. */
export type StepInfo = Readonly<Record<string, number>>;

export interface StepResult<S> {
  readonly state: S;
  readonly status: Status;
  readonly message?: string;
  readonly info: StepInfo;
}

/** Every scheme's state holds at least the present measure; more is the scheme's own. */
export interface SchemeState<M = any> {
  readonly measure: M;
}

/** What theory says of the step sizes of a scheme, where G tells enough of itself. */
export interface StepBounds {
  /** Up to here the scheme does what it should. */
  readonly limit?: StepLimit;
  /** It does so at any size: there is no limit, and not only none known. */
  readonly anySize?: true;
  /** A good size, for the controller `theory`. */
  readonly advised?: number;
  /** Why none is advised, as a sentence, where it is not for want of a declared lambda or L. */
  readonly lacks?: string;
}

/** The smallest of these limits; undefined where there is none. */
export const smallestLimit = (limits: readonly (StepLimit | undefined)[]): StepLimit | undefined =>
  limits.reduce<StepLimit | undefined>(
    (least, limit) => (limit && !(least && least.size <= limit.size) ? limit : least),
    undefined,
  );

/**
 * One outer step p_n -> p_{n+1}, written on the calculus alone. State goes in and comes out and is plain
 * data, hence resumable.
 */
export interface Scheme<S extends SchemeState = SchemeState> {
  readonly id: string;
  /** Order of accuracy in time: its error at a fixed time is O(gamma^order); where absent, one or unknown. */
  readonly order?: number;
  /** What it needs of a space to minimise G; throws E_UNSUPPORTED where G lacks a structure it needs. */
  requires(G: Functional): readonly Requirement[];
  /** Which step sizes are right for G, as far as it is known. */
  bounds?(G: Functional): StepBounds;
  /** The limit that the discretisation sets to a step from this measure, beside what G alone says. */
  limitAt?(problem: Problem, measure: S['measure']): Promise<StepLimit | undefined> | StepLimit | undefined;
  init(measure: S['measure'], problem: Problem): S;
  step(state: S, problem: Problem, context: StepContext): Promise<StepResult<S>>;
}

/** A step that just made a new measure. */
export const stepTo = <M>(measure: M, info: StepInfo = {}): StepResult<SchemeState<M>> => ({
  state: { measure },
  status: 'ok',
  info,
});

/** A step whose result is that of a proximal solve. */
export function stepFromProx<M>(result: ProxResult<M>): StepResult<SchemeState<M>> {
  const { measure, status, message, objective, moved2, iterations, residual } = result;
  const info = {
    ...result.info,
    ...(objective !== undefined && { objective }),
    ...(moved2 !== undefined && { moved: Math.sqrt(moved2) }),
    ...(iterations !== undefined && { iterations }),
    ...(residual !== undefined && { residual }),
  };
  return { state: { measure }, status, info, ...(message !== undefined && { message }) };
}
