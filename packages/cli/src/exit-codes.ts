/** What the process exits with. */
export const exitCodes = {
  done: 0,
  /** The run failed: its numbers are not finite. */
  failed: 1,
  /** Misuse or bad input: a sentence on standard error says what to type. */
  misuse: 2,
  /** A mistake in Wasserflow or in a plugin, with its stack (EX_SOFTWARE of sysexits). */
  bug: 70,
  /** Interrupted, as a shell counts it (128 + SIGINT). */
  interrupted: 130,
} as const;
