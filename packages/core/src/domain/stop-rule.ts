import type { Stream } from '@wasserflow/tensor';
import type { StepOutcome } from './controller.js';
import type { Functional } from './functional.js';
import type { Problem, Requirement } from './scheme.js';
import type { Space } from './space.js';

/** A step that was just made, for a rule to look at. */
export interface StopContext extends StepOutcome {
  readonly problem: Problem;
  /** The measure before the step, and after it. */
  readonly previous: any;
  readonly measure: any;
  /** Gradients evaluated since the run began; an iteration of a proximal solve counts as one. */
  readonly gradients: number;
  readonly rng: Stream;
}

/** Ends a run when what it was for is reached. */
export interface StopRule {
  readonly id: string;
  /** What it needs of a space; throws E_UNSUPPORTED where the problem lacks something that no operation names. */
  requires?(parts: { readonly functional: Functional; readonly space: Space }): readonly Requirement[];
  /** Why the run is over, as a sentence; undefined where it goes on. */
  done(context: StopContext): string | undefined | Promise<string | undefined>;
}
