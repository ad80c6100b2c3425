import { defineObserver, type EventBus, type Observer } from '@wasserflow/core';
import { z } from 'zod';
import { bar, lines, silence, type Display } from './display.js';
import { begin, finishStep, iterate, type Progress } from './progress.js';
import { observerText, startText, stepText, warningText } from './text.js';

export interface TerminalOptions {
  /** `auto`: a bar where the stream is a terminal, a line per step elsewhere; `none`: warnings only. */
  readonly progress?: 'auto' | 'bar' | 'lines' | 'none' | undefined;
  /** Where to write; standard error by default, so that standard output stays clean. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Milliseconds that only go forward. */
  readonly clock?: () => number;
}

function displayOf({ progress = 'auto', stream = process.stderr }: TerminalOptions): Display {
  if (progress === 'none') return silence(stream);
  return progress === 'bar' || (progress === 'auto' && stream.isTTY) ? bar(stream) : lines(stream);
}

function follow(bus: EventBus, id: string, display: Display, now: () => number): (() => void)[] {
  let progress: Progress | undefined;
  return [
    bus.on(
      'run:start',
      (start) => {
        progress = begin(start, now());
        if (start.resumedAt > 0) display.line(startText(start));
        else display.plainLine(startText(start));
        display.start(progress);
      },
      id,
    ),
    bus.on(
      'inner:iteration',
      (iteration) => {
        if (progress) display.update((progress = iterate(progress, iteration, now())));
      },
      id,
    ),
    bus.on(
      'step:end',
      (step) => {
        if (!progress) return;
        progress = finishStep(progress, step, now());
        display.plainLine(stepText(progress, step));
        display.update(progress);
      },
      id,
    ),
    bus.on('run:end', () => display.stop(), id),
    bus.on('warning', (warning) => display.line(warningText(warning)), id),
    bus.on('observer:error', (error) => display.line(observerText(error)), id),
  ];
}

/**
 * Shows a run in the terminal: step, inner iteration, loss, rate and time left, as a bar or as plain lines;
 * and every warning.
 */
export function terminal(options: TerminalOptions = {}): Observer {
  const { clock = () => performance.now() } = options;
  return {
    id: 'terminal',
    attach(bus) {
      const display = displayOf(options);
      const ends = follow(bus, 'terminal', display, () => clock() / 1000);
      return () => {
        for (const end of ends) end();
        display.stop();
      };
    },
  };
}

export const terminalDefinition = defineObserver({
  id: 'terminal',
  title: 'Progress in the terminal, on standard error',
  options: z.object({ progress: z.enum(['auto', 'bar', 'lines', 'none']).default('auto') }),
  create: terminal,
});
