/** Two ways to show progress: a bar that redraws itself on a terminal, or a line per step elsewhere. */
import progress from 'cli-progress';
import { position, type Progress } from './progress.js';
import { barText } from './text.js';

// CommonJS: Node sees its default export only.
const { Format, SingleBar } = progress;

export interface Display {
  start(progress: Progress): void;
  update(progress: Progress): void;
  /** A line of text that stays, above the bar if there is one. */
  line(text: string): void;
  /** A line that only matters where there is no bar. */
  plainLine(text: string): void;
  stop(): void;
}

export const lines = (stream: NodeJS.WritableStream): Display => {
  const line = (text: string): void => void stream.write(`${text}\n`);
  return { start() {}, update() {}, line, plainLine: line, stop() {} };
};

/** Only what is said loudly: warnings. */
export const silence = (stream: NodeJS.WritableStream): Display => ({ ...lines(stream), plainLine() {} });

export function bar(stream: NodeJS.WritableStream): Display {
  const single = new SingleBar({
    stream,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    fps: 10,
    clearOnComplete: true,
    // Cut the line instead of switching the terminal's wrapping off, which a kill would leave off.
    linewrap: true,
    format: (options, { progress, maxWidth }, { text }) =>
      `${Format.BarFormat(progress, options)}  ${text}`.slice(0, maxWidth - 1),
  });
  let shown: Progress | undefined;
  const start = (progress: Progress): void => {
    shown = progress;
    single.start(progress.steps, position(progress), { text: barText(progress) });
  };
  return {
    start,
    update(progress) {
      shown = progress;
      single.update(position(progress), { text: barText(progress) });
    },
    line(text) {
      single.stop();
      stream.write(`${text}\n`);
      if (shown) start(shown);
    },
    plainLine() {},
    stop() {
      shown = undefined;
      single.stop();
    },
  };
}
