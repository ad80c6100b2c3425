/** Ctrl-C: once to end cleanly, twice to end at once. */
import { exitCodes } from './exit-codes.js';

const signals = ['SIGINT', 'SIGTERM'] as const;

export interface Interruption {
  readonly signal: AbortSignal;
  /** Gives Ctrl-C back to the system. */
  dispose(): void;
}

/** Hears Ctrl-C, and a request to terminate. */
export function interruption(): Interruption {
  const abort = new AbortController();
  const hear = (): void => {
    if (abort.signal.aborted) {
      // A progress bar may stand there.
      process.stderr.write('\n');
      process.exit(exitCodes.interrupted);
    }
    abort.abort();
  };
  for (const name of signals) process.on(name, hear);
  return {
    signal: abort.signal,
    dispose() {
      for (const name of signals) process.off(name, hear);
    },
  };
}
