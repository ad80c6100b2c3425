import type { StepInfo } from './scheme.js';

/** What has happened so far, for a controller to decide on. */
export interface StepOutcome {
  readonly step: number;
  readonly gamma: number;
  readonly info: StepInfo;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Chooses the step size of the next step, or ends the run. A pure function of the past. */
export interface Controller {
  /** gamma of step n (from 1), or `stop`. */
  next(n: number, last: StepOutcome | undefined): number | 'stop';
}
