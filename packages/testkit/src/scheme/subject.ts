import {
  calculusOf,
  type Functional,
  type Problem,
  type Scheme,
  type SchemeState,
  type Space,
  type StepResult,
} from '@wasserflow/core';
import { stream } from '@wasserflow/tensor';

/** A scheme with something to do. */
export interface SchemeSubject {
  readonly scheme: Scheme<any>;
  readonly space: Space;
  readonly functional: Functional;
  /** A step size at which the scheme is stable, length^2 per nat. */
  readonly gamma: number;
  /** Relative error that float32 or a solver leaves. */
  readonly tolerance: number;
}

export const problemOf = ({ space, functional }: SchemeSubject): Problem => ({ functional, space: calculusOf(space) });

/** Step `step` of a run with this seed. */
export const stepOf = (
  subject: SchemeSubject,
  state: SchemeState,
  step: number,
  { gamma = subject.gamma, seed = 'run' }: { gamma?: number; seed?: string } = {},
): Promise<StepResult<SchemeState>> =>
  subject.scheme.step(state, problemOf(subject), { step, gamma, rng: stream(seed).fork('step', step) });

export const initialState = async (subject: SchemeSubject): Promise<SchemeState> =>
  subject.scheme.init(await subject.space.initial(stream('initial')), problemOf(subject));

/** The states of a run of `count` steps, from the initial one. */
export async function statesOf(subject: SchemeSubject, count: number, gamma = subject.gamma): Promise<SchemeState[]> {
  const states = [await initialState(subject)];
  for (let n = 1; n <= count; n++) states.push((await stepOf(subject, states[n - 1]!, n, { gamma })).state);
  return states;
}
