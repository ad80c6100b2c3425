/** How a run reads in a terminal. */
import type { RunEvents } from '@wasserflow/core';
import { rate, timeLeft, type Progress } from './progress.js';

/** Four significant digits. */
export const shortNumber = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);

const two = (n: number): string => String(n).padStart(2, '0');

/** Seconds as `0:08`, `12:34`, `1:02:03`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

export const startText = ({ name, steps = 0, resumedAt }: RunEvents['run:start']): string =>
  resumedAt > 0 ? `${name}: goes on after step ${resumedAt} of ${steps}` : `${name}: ${counted(steps, 'step')}`;

function speed(progress: Progress): string[] {
  const found = rate(progress);
  const left = timeLeft(progress);
  const unit = found?.unit === 'it' ? 'it/s' : 'steps/s';
  return [
    ...(found ? [`${shortNumber(found.perSecond)} ${unit}`] : []),
    ...(left !== undefined && progress.done < progress.steps ? [`${duration(left)} left`] : []),
  ];
}

/** What stands beside the bar while a step is in progress. */
export function barText(progress: Progress): string {
  const { steps, done, inner } = progress;
  const step = `step ${Math.min(done + 1, steps)}/${steps}`;
  const solve = inner ? [`it ${inner.iteration}/${inner.iterations}`, `loss ${shortNumber(inner.loss)}`] : [];
  return [step, ...solve, ...speed(progress)].join('  ');
}

/** One step as a line. */
export function stepText(progress: Progress, { step, gamma, status, metrics }: RunEvents['step:end']): string {
  const measured = Object.entries(metrics).map(([name, value]) => `${name} ${shortNumber(value)}`);
  const size = step > 0 ? [`gamma ${shortNumber(gamma)}`] : [];
  const problem = status === 'ok' ? [] : [status];
  return [`step ${step}/${progress.steps}`, ...size, ...problem, ...measured, ...speed(progress)].join('  ');
}

export const warningText = ({ code, message }: RunEvents['warning']): string => `warning: ${code}: ${message}`;

export const observerText = ({ observer, message }: RunEvents['observer:error']): string =>
  `warning: observer \`${observer}\` failed, the run goes on without it: ${message}`;
