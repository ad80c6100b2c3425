/** Where a run stands, and how fast it goes: a pure function of its events and of a clock. */
import type { RunEvents } from '@wasserflow/core';

/** Times are in seconds of a clock that only goes forward. */
export interface Progress {
  readonly name: string;
  /** Steps asked for; a controller may stop earlier. */
  readonly steps: number;
  /** Steps that are whole. */
  readonly done: number;
  /** Where the step in progress stands, once its solve tells. */
  readonly inner?: { readonly iteration: number; readonly iterations: number; readonly loss: number } | undefined;
  /** Since when, and from which position, speed is measured. */
  readonly since: number;
  readonly from: number;
  readonly now: number;
  /** Inner iterations since then; undefined until one was heard of. */
  readonly iterations?: number;
}

export const begin = ({ name, steps = 0, resumedAt }: RunEvents['run:start'], now: number): Progress => ({
  name,
  steps,
  done: resumedAt,
  since: now,
  from: resumedAt,
  now,
});

/**
 * The first iteration heard of only sets the mark from which speed is measured: before it, programs were
 * compiled, and a half-done solve may have gone on from its middle.
 */
export function iterate(progress: Progress, at: RunEvents['inner:iteration'], now: number): Progress {
  const { iteration, iterations, loss } = at;
  const next = { ...progress, inner: { iteration, iterations, loss }, now };
  if (progress.iterations === undefined) return { ...next, since: now, from: position(next), iterations: 0 };
  const before = progress.inner?.iteration ?? 0;
  return { ...next, iterations: progress.iterations + Math.max(iteration - before, 0) };
}

export const finishStep = (progress: Progress, { step }: RunEvents['step:end'], now: number): Progress => ({
  ...progress,
  inner: undefined,
  done: step,
  now,
});

/** Steps done, with the part of the present one. */
export const position = ({ done, inner }: Progress): number => done + (inner ? inner.iteration / inner.iterations : 0);

/** Inner iterations a second, or steps where there are none; undefined before anything is done. */
export function rate(progress: Progress): { readonly perSecond: number; readonly unit: 'it' | 'step' } | undefined {
  const { now, since, iterations = 0, from } = progress;
  const count = iterations > 0 ? iterations : position(progress) - from;
  if (count <= 0 || now <= since) return undefined;
  return { perSecond: count / (now - since), unit: iterations > 0 ? 'it' : 'step' };
}

/** Seconds left if all goes on as fast as until now; undefined before anything is done. */
export function timeLeft(progress: Progress): number | undefined {
  const { now, since, from, steps } = progress;
  const covered = position(progress) - from;
  if (covered <= 0 || now <= since) return undefined;
  return ((now - since) / covered) * Math.max(steps - position(progress), 0);
}
