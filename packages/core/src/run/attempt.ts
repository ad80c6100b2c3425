/** One step of a run's scheme: plain, or by doubling where its controller judges. */
import type { Verdict } from '../domain/controller.js';
import type { Problem, SchemeState, StepContext, StepInfo, StepResult } from '../domain/scheme.js';
import { ensure } from '../errors.js';
import type { ComposedRun } from './compose.js';
import { countGradients } from './gradients.js';

/** A step with the size that it was made with in the end. */
export interface Made extends StepResult<SchemeState> {
  readonly gamma: number;
}

type Parts = Pick<ComposedRun, 'scheme' | 'controller'> & { readonly problem: Problem };

/** So small a part of the first size is beyond rounding. */
const MOST_REJECTIONS = 30;

/** @throws WasserflowError E_ARGUMENT unless gamma is a positive number. */
export function checkSize(gamma: number, step: number): number {
  ensure(
    Number.isFinite(gamma) && gamma > 0,
    'E_ARGUMENT',
    `step ${step} would have size ${String(gamma)}; a step size is a positive number`,
    'steps.size',
  );
  return gamma;
}

const worse = (a: StepResult<SchemeState>, b: StepResult<SchemeState>): StepResult<SchemeState> =>
  b.status === 'ok' && a.status !== 'ok' ? { ...a, state: b.state } : b;

/** What two halves tell of the step that they make: its way is at most the sum of theirs; all else is of the last. */
function joined(first: StepInfo, second: StepInfo): StepInfo {
  // The objective of a half is to the measure between, not of the step.
  const { objective: _, ...last } = second;
  const sums = ['moved', 'iterations'].filter((name) => name in first && name in second);
  return { ...last, ...Object.fromEntries(sums.map((name) => [name, first[name]! + second[name]!])) };
}

/** The step as two halves, and W2 between that and the step at once. Solves that go on from parts are for one only. */
async function doubled(
  { problem, scheme }: Parts,
  state: SchemeState,
  given: StepContext,
): Promise<{ result: StepResult<SchemeState>; error: number }> {
  const { partial: _, savePartial: __, ...context } = given;
  const half = { ...context, gamma: context.gamma / 2 };
  const whole = await scheme.step(state, problem, { ...context, rng: context.rng.fork('whole') });
  const first = await scheme.step(state, problem, { ...half, rng: context.rng.fork('half', 1) });
  if (whole.status === 'non-finite' || first.status === 'non-finite')
    return { result: first.status === 'non-finite' ? first : whole, error: Infinity };
  const second = await scheme.step(first.state, problem, { ...half, rng: context.rng.fork('half', 2) });
  if (second.status === 'non-finite') return { result: second, error: Infinity };
  const distance2 = await problem.space.distance2(whole.state.measure, second.state.measure);
  const error = distance2 >= 0 ? Math.sqrt(distance2) : Infinity;
  return { result: { ...worse(first, second), info: joined(first.info, second.info) }, error };
}

function settled(
  { result, error }: Awaited<ReturnType<typeof doubled>>,
  { accept, size }: Verdict,
  { step, gamma }: { step: number; gamma: number },
  rejected: number,
): Made {
  const { message, ...rest } = result;
  const info = { ...result.info, error, rejected, proposed: size };
  if (accept) return { ...rest, gamma, info, ...(message !== undefined && { message }) };
  const refused = `step ${step} was rejected ${rejected} times, down to size ${gamma}`;
  const status = rest.status === 'ok' ? 'not-converged' : rest.status;
  return { ...rest, gamma, info, status, message: [refused, message].filter((m) => m !== undefined).join('; ') };
}

async function tried(parts: Parts, state: SchemeState, context: StepContext): Promise<Made> {
  const { step } = context;
  let { gamma } = context;
  for (let rejected = 0; ; rejected++) {
    const trial = await doubled(parts, state, { ...context, gamma });
    const verdict = parts.controller.judge!({ step, gamma, error: trial.error });
    checkSize(verdict.size, step);
    if (verdict.accept || rejected === MOST_REJECTIONS) return settled(trial, verdict, { step, gamma }, rejected);
    gamma = verdict.size;
  }
}

/** Makes a step, rejected attempts and all; `info.gradients` is what it cost. */
export async function makeStep(run: Parts, state: SchemeState, context: StepContext): Promise<Made> {
  const { problem, count } = countGradients(run.problem);
  const { scheme, controller } = run;
  const made = controller.judge
    ? await tried({ problem, scheme, controller }, state, context)
    : { ...(await scheme.step(state, problem, context)), gamma: context.gamma };
  return count() > 0 ? { ...made, info: { ...made.info, gradients: count() } } : made;
}
