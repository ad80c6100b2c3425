#!/usr/bin/env node
import { exitCodes } from './exit-codes.js';
import { main } from './main.js';

/** A reader such as `head` may leave before all is written. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCodes.done);
});

process.exitCode = await main(process.argv.slice(2));
