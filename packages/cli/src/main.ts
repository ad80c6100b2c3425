/** From arguments to an exit code. Nothing here loads anything numerical: `--help` answers at once. */
import { CommanderError } from 'commander';
import { exitCodes } from './exit-codes.js';
import { createProgram } from './program.js';

/** By name: the class itself loads with the numerics. */
const isOurs = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && error.name === 'WasserflowError';

function report(error: unknown, verbose: boolean): number {
  // Commander has said on its own what was wrong with the arguments.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.misuse;
  if (isOurs(error)) {
    console.error(verbose ? error : `error: ${error.message}`);
    return error.code === 'E_NUMERICS' ? exitCodes.failed : exitCodes.misuse;
  }
  console.error('error: this should not have happened; please report it with what follows');
  console.error(error);
  return exitCodes.bug;
}

/** Runs the command line; returns what the process should exit with. */
export async function main(args: readonly string[]): Promise<number> {
  let code: number = exitCodes.done;
  const program = createProgram((result) => {
    code = result;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    return report(error, Boolean(program.opts()['verbose'] || process.env['DEBUG']));
  }
}
