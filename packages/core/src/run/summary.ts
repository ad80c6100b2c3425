/** What is told of a step: its meters, and whether a stop rule ends the run with it. */
import type { MeterContext } from '../domain/meter.js';
import type { SchemeState } from '../domain/scheme.js';
import type { StopContext } from '../domain/stop-rule.js';
import type { Made } from './attempt.js';
import type { ComposedRun } from './compose.js';
import type { StepSummary } from './saved.js';

/** Where a run stands between two steps. */
export interface Position {
  readonly state: SchemeState;
  readonly summaries: readonly StepSummary[];
}

/** What the run's meters say of a measure. */
export async function measureAll(run: ComposedRun, measure: unknown, step: number): Promise<Record<string, number>> {
  const metrics: Record<string, number> = {};
  const { problem, initial, meters, random } = run;
  for (const meter of meters) {
    const context: MeterContext = { problem, initial, measure, step, rng: random.fork('meter', meter.id, step) };
    const result = await meter.measure(context);
    if (typeof result === 'number') metrics[meter.id] = result;
    else for (const [name, value] of Object.entries(result)) metrics[`${meter.id}.${name}`] = value;
  }
  return metrics;
}

/** Why the run is over after this step: what the first of its stop rules says. */
async function reasonToStop(
  run: ComposedRun,
  context: Omit<StopContext, 'problem' | 'rng'>,
): Promise<string | undefined> {
  const { problem, random } = run;
  for (const rule of run.stopRules) {
    const rng = random.fork('stop', rule.id, context.step);
    const reason = await rule.done({ ...context, problem, rng });
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** A step that was made, measured, and looked at by the stop rules. */
export async function summarise(run: ComposedRun, { state, summaries }: Position, made: Made): Promise<StepSummary> {
  const { state: next, status, info, message, gamma } = made;
  const step = summaries.length;
  const base = { step, gamma, status, info, ...(message !== undefined && { message }) };
  if (status === 'non-finite') return { ...base, metrics: {} };
  const metrics = await measureAll(run, next.measure, step);
  const gradients = [...summaries, base].reduce((sum, s) => sum + (s.info['gradients'] ?? 0), 0);
  const stop = await reasonToStop(run, { ...base, metrics, gradients, previous: state.measure, measure: next.measure });
  return { ...base, metrics, ...(stop !== undefined && { stop }) };
}
