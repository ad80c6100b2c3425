/** Ctrl-C: once to end cleanly, twice to end at once. */
import { exitCodes } from './exit-codes.js';

const signals = ['SIGINT', 'SIGTERM'] as const;

export interface Interruption {
  readonly signal: AbortSignal;
  /** Gives Ctrl-C back to the system. */
  dispose(): void;
}

/** Hears Ctrl-C and a request to terminate; tells how to end at once. */
export function interruption(): Interruption {
  const abort = new AbortController();
  const hear = (): void => {
    if (abort.signal.aborted) process.exit(exitCodes.interrupted);
    process.stderr.write('\ninterrupting, the run can go on from here later; once more ends it at once\n');
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
