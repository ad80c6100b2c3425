import { stepTo, type Problem, type SchemeState, type StepInfo, type StepResult } from '@wasserflow/core';

/** Plain data without NaN or infinity in it. */
function allFinite(data: unknown): boolean {
  if (typeof data === 'number') return Number.isFinite(data);
  if (data instanceof Float32Array || data instanceof Float64Array) return data.every(Number.isFinite);
  return data === null || typeof data !== 'object' || Object.values(data).every(allFinite);
}

const defectOf = <M>({ space }: Problem<M>, measure: M): string | undefined =>
  space.defect?.(measure) ?? (allFinite(measure) ? undefined : 'the measure is not finite');

/** What step size to try: explicit steps are stable only for gamma * L below 1, and where cells are small for less. */
function advice({ functional: { smoothness: L } }: Problem, gamma: number): string {
  if (L === undefined || L <= 0)
    return 'try a smaller one (gamma * L < 1, L the smoothness of the potential), or scheme `jko`';
  if (gamma * L <= 1) return `try one far below ${gamma}, or scheme \`jko\``;
  return `try one below 1 / L = ${Number((1 / L).toPrecision(3))}, or scheme \`jko\``;
}

/** The same result; where its explicit part broke it, the message also says what to try. */
export const advised = <S>(result: StepResult<S>, problem: Problem, gamma: number): StepResult<S> =>
  result.status === 'non-finite'
    ? { ...result, message: `${result.message ?? 'not finite'}; ${advice(problem, gamma)}` }
    : result;

/** A step to `measure`, or a failed one where the explicit step of size gamma broke it. */
export function explicitStep<M>(
  measure: M,
  problem: Problem<M>,
  gamma: number,
  info: StepInfo = {},
): StepResult<SchemeState<M>> {
  const defect = defectOf(problem, measure);
  if (defect === undefined) return stepTo(measure, info);
  const message = `after an explicit step of size ${gamma} ${defect}`;
  return advised({ state: { measure }, status: 'non-finite', message, info: {} }, problem, gamma);
}

/** The same step with more in its state. */
export const remembering = <M, S extends object>(
  result: StepResult<SchemeState<M>>,
  more: S,
): StepResult<SchemeState<M> & S> => ({ ...result, state: { ...result.state, ...more } });
