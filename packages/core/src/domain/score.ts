import type { ParticleMeasure } from './measures.js';
import type { NdArray } from '@wasserflow/tensor';

/** grad log rho at the points of a cloud that stands for rho. */
export interface ScoreEstimator {
  readonly id: string;
  /** What it does wrong, as a phrase, e.g. `biased by its bandwidth`; absent where it is exact. */
  readonly bias?: string;
  /** The score at the points, `[n, d]`. */
  score(mu: ParticleMeasure): Promise<NdArray>;
  /** int rho log rho of the law whose score this is, in nats; absent where the estimator knows no density. */
  negativeEntropy?(mu: ParticleMeasure): Promise<number>;
}
