import type { Problem, Requirement, Scheme, StepInfo } from './scheme.js';
import type { StepLimit } from './space.js';

/** What has happened so far, for a controller to decide on. */
export interface StepOutcome {
  readonly step: number;
  readonly gamma: number;
  readonly info: StepInfo;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A step that was made twice: at once, and as two steps of half its size. */
export interface StepTrial {
  readonly step: number;
  readonly gamma: number;
  /** W2 between the two results, a length; Infinity where one of them is not finite. */
  readonly error: number;
}

/** What to make of a trial. */
export interface Verdict {
  readonly accept: boolean;
  /** The size to try next: for the next step, or for this one again. */
  readonly size: number;
}

/** Chooses the step size of the next step, or ends the run. A pure function of the past and of the present measure. */
export interface Controller {
  /**
   * gamma of step n (from 1), or `stop`. After a trial, `last.info.proposed` is the size of its verdict. `limit` is what
   * the discretisation stands from the present measure, where it sets a limit.
   */
  next(n: number, last: StepOutcome | undefined, limit?: StepLimit): number | 'stop';
  /**
   * With it, every step is made by doubling, and rejected as often as the verdict says. What is kept is the
   * result of the two halves.
   */
  judge?(trial: StepTrial): Verdict;
  /** What it needs of a space. */
  readonly requires?: readonly Requirement[];
  /** The controller of this problem; throws E_UNSUPPORTED where the problem does not tell what it needs. */
  bind?(run: { readonly problem: Problem; readonly scheme: Scheme }): Controller;
}
