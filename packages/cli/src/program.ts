/** The grammar of the command line. What a command does is loaded when it is called. */
import { createRequire } from 'node:module';
import { Command, InvalidArgumentError } from 'commander';

const epilogue = `
A run's config is YAML or JSON; key=value sets any of its values, as YAML:
  wasserflow run ou.yaml steps.size=0.1 scheme.id=forward-euler meters='[value, nll]'
A path of code, in \`plugins:\` or \`module:\`, is relative to the config, a path of data to the working directory.
The same command on the same folder goes on where it ended.

Exit codes: 0 done, 1 the run failed, 2 misuse, 70 a bug, 130 interrupted.`;

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

function wholeNumber(smallest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= smallest && value <= 1e9) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${smallest} to 1e9.`);
  };
}

/** The program; its commands tell their exit code to `exit`. */
export function createProgram(exit: (code: number) => void): Command {
  const program = new Command('wasserflow')
    .description('Optimisation in Wasserstein space')
    .version(version)
    .option('--verbose', 'show the stack of an error')
    .addHelpText('after', epilogue)
    .exitOverride();
  addRun(program, exit);
  addSample(program);
  addDensity(program);
  addPlugins(program);
  addDoctor(program, exit);
  return program;
}

function addRun(program: Command, exit: (code: number) => void): void {
  program
    .command('run')
    .description('run a config, or go on with it')
    .argument('<config>', 'a YAML or JSON file')
    .argument('[overrides...]', 'values to set, e.g. steps.size=0.1')
    .option('--out <folder>', 'where the run is kept (default: runs/<name>)')
    .option('--json', 'print the outcome as one line of JSON, and nothing else')
    .option('--quiet', 'no progress and no table; warnings only')
    .action(async (config, overrides, options) =>
      exit(await (await import('./commands/run.js')).run(config, overrides, options)),
    );
}

function addSample(program: Command): void {
  program
    .command('sample')
    .description('draw points from the model of a run')
    .argument('<run>', "a run's folder")
    .requiredOption('-n, --count <number>', 'how many points', wholeNumber(1))
    .requiredOption('-o, --output <file>', 'a .csv or .npy file')
    .option('--seed <number>', 'seed of the random numbers', wholeNumber(0), 0)
    .action(async (folder, options) => (await import('./commands/sample.js')).sample(folder, options));
}

function addDensity(program: Command): void {
  program
    .command('density')
    .description('log density, in nats, of each row of a CSV file under the model of a run')
    .argument('<run>', "a run's folder")
    .argument('<data>', 'a CSV file, one point a row')
    .option('-o, --output <file>', 'where to write the numbers, one a line (default: standard output)')
    .action(async (folder, data, options) => (await import('./commands/density.js')).density(folder, data, options));
}

function addPlugins(program: Command): void {
  program
    .command('plugins')
    .description('list everything a config can name, or all that is known of one')
    .argument('[id]', 'an id, or a kind')
    .option('--json', 'as JSON')
    .action(async (id, options) => (await import('./commands/plugins.js')).listPlugins(id, options));
}

function addDoctor(program: Command, exit: (code: number) => void): void {
  program
    .command('doctor')
    .description('tell what this machine has, and which engines start on it')
    .option('--json', 'as JSON')
    .action(async (options) => exit(await (await import('./commands/doctor.js')).doctor(options)));
}
