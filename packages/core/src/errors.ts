/** Every error this framework raises on purpose has one of these codes. */
export const errorCodes = {
  E_CONFIG: 'a config that cannot be understood',
  E_PLUGIN: 'a plugin that cannot be loaded or registered',
  E_UNSUPPORTED: 'a combination of scheme, functional, space and meter that does not exist',
  E_ARGUMENT: 'a value outside of what is allowed',
  E_DATA: 'data that cannot be read or used',
  E_RUN_FOLDER: 'a run folder that is foreign, damaged or in use',
  E_DISK: 'a disk that cannot be written',
  E_NUMERICS: 'a computation that did not come out',
  E_ENGINE: 'an engine that cannot start or cannot compile',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** Misuse or bad input: one sentence that says what was got, what is allowed, and what to type instead. */
export class WasserflowError extends Error {
  override readonly name = 'WasserflowError';
  readonly code: ErrorCode;
  /** Where in the config it came from, e.g. `problem.functional.target`. */
  readonly path: string | undefined;

  constructor(code: ErrorCode, message: string, options: { path?: string; cause?: unknown } = {}) {
    super(options.path ? `${options.path}: ${message}` : message, { cause: options.cause });
    this.code = code;
    this.path = options.path;
  }
}

/** Throws a `WasserflowError` unless the condition holds. */
export function ensure(
  condition: unknown,
  code: ErrorCode,
  message: string | (() => string),
  path?: string,
): asserts condition {
  if (condition) return;
  throw new WasserflowError(code, typeof message === 'string' ? message : message(), path ? { path } : {});
}
