import type { Stream } from '@wasserflow/tensor';
import type { Distribution } from './distribution.js';
import type { Functional } from './functional.js';
import type { Problem, Requirement } from './scheme.js';
import type { Space } from './space.js';

export interface MeterContext {
  readonly problem: Problem;
  readonly initial: Distribution;
  readonly measure: any;
  readonly step: number;
  readonly rng: Stream;
}

/** Measures a step. Names of what it returns are its id, or `id.name` when there are several numbers. */
export interface Meter {
  readonly id: string;
  /** What it needs; throws E_UNSUPPORTED where the problem lacks something that no operation names. */
  requires?(parts: { functional: Functional; space: Space; initial: Distribution }): readonly Requirement[];
  measure(context: MeterContext): Promise<number | Readonly<Record<string, number>>>;
}
