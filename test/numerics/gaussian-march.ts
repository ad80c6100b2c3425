/** Schemes stepped on space `gaussian` without a run around them. */
import { calculusOf, energy, type Functional, type GaussianMeasure, type Problem, type Scheme } from '@wasserflow/core';
import { gaussianSpace } from '@wasserflow/space-gaussian';
import { stream } from '@wasserflow/tensor';
import { gaussianLaw } from './gaussian-laws.js';

type Rows = number[][];
const zeros = (d: number): number[] => Array<number>(d).fill(0);

export interface March {
  readonly from: GaussianMeasure;
  readonly target: { readonly mean?: number[]; readonly covariance: Rows };
  readonly gamma: number;
  readonly count: number;
  /** KL to the target by default. */
  readonly functional?: Functional;
}

/** KL to N(mean, covariance), and space `gaussian`. */
export function problemTo(target: March['target'], from: GaussianMeasure, functional?: Functional): Problem {
  const { covariance, mean = zeros(covariance.length) } = target;
  const law = gaussianLaw('target', mean, covariance);
  const kl = energy('kl', { entropy: 1, potential: law.potential!, constant: law.logNormalizer! }, law);
  const start = gaussianLaw('initial', [...from.mean], from.covariance as Rows);
  return { functional: functional ?? kl, space: calculusOf(gaussianSpace(start)) };
}

export interface Path {
  readonly problem: Problem<GaussianMeasure>;
  /** The initial measure first. */
  readonly measures: readonly GaussianMeasure[];
}

/** @throws Error at the first step that is not ok. */
export async function march(scheme: Scheme<any>, { from, target, gamma, count, functional }: March): Promise<Path> {
  const problem = problemTo(target, from, functional);
  let state = scheme.init(from, problem);
  const measures: GaussianMeasure[] = [from];
  for (let step = 1; step <= count; step++) {
    const result = await scheme.step(state, problem, { step, gamma, rng: stream(0).fork('step', step) });
    if (result.status !== 'ok') throw new Error(`step ${step}: ${result.message}`);
    state = result.state;
    measures.push(state.measure);
  }
  return { problem, measures };
}
