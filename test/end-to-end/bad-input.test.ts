import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  copyFolder,
  folderWith,
  ou,
  readJson,
  removeFolders,
  tree,
  wasserflow,
  wasserflowAlone,
  wasserflowMany,
  type Result,
} from './command.js';

afterAll(removeFolders);

const files = {
  'text.csv': 'x,y\n1,2\n3,abc\n',
  'nan.csv': 'x,y\n1,2\n\n3,NaN\n',
  'ragged.csv': 'x,y\n1,2\n3\n',
  'one.csv': 'x,y\n1,2\n',
  'broken.yaml': 'name: a\nsteps: {count: 1\n',
  'twice.yaml': 'seed: 1\nseed: 2\n',
  'words.yaml': 'just words',
  'empty.yaml': '',
  'bare.json': '{}',
  'nothing.js': 'export const x = 1;',
  'syntax.js': 'export default {',
  'throws.js': 'throw new Error("no key");',
  'later.js': 'export default { name: "later", contract: 2, contributes: [] };',
  'twin.js':
    'export default { name: "twin", contract: 1, contributes: [{ kind: "functional", id: "kl", title: "", create() {} }] };',
};

/** One command that is refused, in a folder of its own, and what it says. */
interface Refusal {
  readonly name: string;
  readonly args: readonly string[];
  readonly message: string | RegExp;
  readonly prepare?: (folder: string) => void;
}

const overrides: readonly [string, string | RegExp][] = [
  ['stpes.count=3', 'unknown key `stpes`; did you mean `steps`? Allowed: engine, meters, name, observers, plugins'],
  ['steps.cuont=3', 'steps: unknown key `cuont`; did you mean `count`? Allowed: count, size'],
  ['scheme=jok', 'scheme: there is no scheme `jok`; did you mean `jko`? Allowed: accelerated, accelerated-jko, '],
  ['scheme.gain=3', 'scheme.gain: scheme `jko` has no option `gain`; scheme `jko` takes no options'],
  [
    'problem.functional.targt=x',
    'problem.functional.targt: functional `kl` has no option `targt`; did you mean `target`?',
  ],
  ['steps.count=many', 'steps.count: expected number, but got "many"'],
  ['steps.count=0', 'steps.count: Too small: expected number to be >0, but got 0'],
  ['seed=1.5', 'seed: expected int, but got 1.5'],
  ['meters=value', 'meters: expected array, but got "value"'],
  ['steps.size=0', 'a step size has to be a positive number, but got 0'],
  ['steps.size=-0.4', 'a step size has to be a positive number, but got -0.4'],
  ['steps.size=[0.4, 0]', 'a step size has to be a positive number, but got 0'],
  ['steps.size=.nan', 'but got NaN'],
  ['problem.initial.covariance=[[1, 2], [2, 4]]', 'problem.initial: `covariance` is singular'],
  ['problem.initial.covariance=[[1, 2], [2, 1]]', 'problem.initial: `covariance` is not'],
  [
    'problem.initial.covariance=[[1, 0.5], [0.4, 1]]',
    'problem.initial: `covariance` is not symmetric: entry (1, 2) is 0.5',
  ],
  [
    'problem.initial.covariance=[[1, x], [0, 1]]',
    'problem.initial.covariance: expected a number s, for the covariance s I, a list of variances, or a matrix as a list of rows',
  ],
  ['problem.initial.mean=[1, 2, 3]', 'problem.initial: `mean` is of dimension 3, but `covariance` of dimension 2'],
  [
    'problem.functional.target={id: gaussian, mean: [0], covariance: [[1]]}',
    'problem: `kl` lives on R^1, but the initial law `gaussian` on R^2',
  ],
  ['problem.initial=moons', 'space: space `gaussian` holds Gaussian laws only, and `moons` is not one'],
  ['problem.initial={id: csv, file: text.csv}', /problem\.initial: \/.*\/text\.csv: row 3, column "y" has "abc"/],
  ['problem.initial={id: csv, file: nan.csv}', /\/nan\.csv: row 3 has 1 cell, but row 1 has 2 cells/],
  ['problem.initial={id: csv, file: ragged.csv}', /\/ragged\.csv: row 3 has 1 cell, but row 1 has 2 cells/],
  ['problem.initial={id: csv, file: one.csv}', /\/one\.csv has 1 training row, but at least 2 are needed; add rows$/],
  ['problem.initial={id: csv, file: none.csv}', /cannot read `\/.*\/none\.csv`: there is no such file; a path is/],
  [
    'problem.initial={id: wine, standardise: true}',
    'problem.initial.standardise: distribution `wine` has no option `standardise`; distribution `wine` takes no options',
  ],
  [
    'space=particles',
    'scheme: `jko` cannot run here: `prox` of `kl` on space `particles`: the entropy of finitely many points is infinite',
  ],
  ['meters=[nlll]', 'meters.0: there is no meter `nlll`; did you mean `nll`?'],
  ['engine=cuda', 'engine: there is no engine `cuda`; did you mean'],
  ['plugins=[./none.js]', /^error: there is no plugin at .*\/none\.js$/],
  ['plugins=[no-such-package]', /^error: there is no package "no-such-package" to be found from .*; install it there$/],
  ['plugins=[./nothing.js]', /nothing\.js" has no plugin as its default export; write `export default definePlugin/],
  ['plugins=[./syntax.js]', /^error: plugin ".*\/syntax\.js" cannot be loaded: Unexpected end of input$/],
  ['plugins=[./throws.js]', /^error: plugin ".*\/throws\.js" cannot be loaded: no key$/],
  ['plugins=[./later.js]', 'plugin "later" was written for contract 2, this is contract 1'],
  [
    'plugins=[./twin.js]',
    'plugins "@wasserflow/functionals" and "twin" both contribute functional `kl`; leave one out',
  ],
  ['plugins=./toy.js', 'plugins: expected array, but got "./toy.js"'],
  ['steps.size', '"steps.size" sets nothing; write key=value, e.g. steps.size=0.1'],
  ['steps.size=[1', 'steps.size=[1 is no YAML: '],
  ['meters.5=nll', 'meters.5: expected a place in the list, from 0 to 2, but got `5`'],
  ['name=../../up', 'name: "../../up" cannot name a folder; say where to keep the run with --out'],
];

const configs: readonly [string, string][] = [
  ['none.yaml', 'error: cannot read none.yaml: there is no such file'],
  ['.', 'error: cannot read .: that is a folder'],
  ['broken.yaml', 'error: broken.yaml is no YAML: '],
  ['twice.yaml', 'error: twice.yaml is no YAML: Map keys must be unique at line 2, column 1'],
  ['words.yaml', 'error: words.yaml has no keys and values of a config, e.g. `space: gaussian`'],
  ['empty.yaml', 'error: empty.yaml has no keys and values of a config'],
  ['bare.json', 'error: space: expected an id, or { id: ..., options }, but nothing is there'],
];

const ran = (folder: string): void => copyFolder(join(finished, 'run'), join(folder, 'runs/ou-2d'));
const out = (folder: string, name: string, text: string): void => {
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'out', name), text);
};
const intoOut = ['run', 'ou.yaml', '--out', 'out'];

const folders: readonly Refusal[] = [
  {
    name: 'a foreign folder',
    args: intoOut,
    prepare: (folder) => out(folder, 'manifest.json', '{}'),
    message: 'error: out is not a run folder: it has no config.json',
  },
  {
    name: 'the folder of another program',
    args: intoOut,
    prepare: (folder) => out(folder, 'config.json', '{"port":80}'),
    message: 'error: out is not a run folder: its config.json is not that of a run',
  },
  {
    name: 'a damaged config',
    args: intoOut,
    prepare: (folder) => out(folder, 'config.json', '{"po'),
    message: 'error: out/config.json is damaged: it is no JSON',
  },
  { name: 'a file', args: ['run', 'ou.yaml', '--out', 'ou.yaml'], message: 'ou.yaml is a file, not a run folder' },
  { name: 'below a file', args: ['run', 'ou.yaml', '--out', 'ou.yaml/x'], message: 'is a file, not a run folder' },
  {
    name: 'another config',
    args: ['run', 'ou.yaml'],
    prepare: ran,
    message:
      'error: runs/ou-2d holds a run of another config (steps.count is 2 there, 10 here); choose another folder with --out, or remove it',
  },
  {
    name: 'a damaged step',
    args: ['run', 'ou.yaml', 'steps.count=2'],
    prepare(folder) {
      ran(folder);
      writeFileSync(join(folder, 'runs/ou-2d/steps/0002/state.json'), '{"measure":');
    },
    message: /^error: runs\/ou-2d\/steps\/0002 is damaged \(.*\); remove that folder to go on from the step before$/,
  },
];

const refusals: readonly Refusal[] = [
  ...overrides.map(([override, message]) => ({ name: override, args: ['run', 'ou.yaml', override], message })),
  ...configs.map(([file, message]) => ({ name: file, args: ['run', file], message })),
  ...folders,
];

const finished = folderWith();
let outcomes: readonly { result: Result; before: object; after: object }[];

beforeAll(async () => {
  await wasserflow(finished, 'run', 'ou.yaml', 'steps.count=2', '--out', 'run');
}, 60_000);

describe('exit 2, one sentence on standard error, nothing on standard output, nothing on disk:', () => {
  beforeAll(async () => {
    const commands = refusals.map(({ args, prepare }) => {
      const cwd = folderWith(files);
      prepare?.(cwd);
      return { cwd, args, before: tree(cwd) };
    });
    const results = await wasserflowMany(commands);
    outcomes = commands.map(({ cwd, before }, i) => ({ result: results[i]!, before, after: tree(cwd) }));
  }, 60_000);

  it.each(refusals.map(({ name, message }, i) => ({ name, message, i })))('$name', ({ message, i }) => {
    const { result, before, after } = outcomes[i]!;
    const said = result.stderr.trimEnd();
    expect([result.code, result.stdout, said.split('\n').length]).toEqual([2, '', 1]);
    expect(said).toMatch(message);
    expect(after).toEqual(before);
  });
});

it.each<[string[], string]>([
  [[], 'Usage: wasserflow'],
  [['run'], "error: missing required argument 'config'"],
  [['rnu', 'ou.yaml'], "error: unknown command 'rnu'"],
  [['run', 'ou.yaml', '--otu', 'x'], "error: unknown option '--otu'"],
  [['run', 'ou.yaml', '--out'], "error: option '--out <folder>' argument missing"],
  [['doctor', 'more'], 'error: too many arguments'],
])('the arguments %j', async (args, message) => {
  const { code, stdout, stderr } = await wasserflowAlone(folderWith(), ...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.split('\n')[0]).toContain(message);
});

it('has a line of JSON for machines too', async () => {
  const { code, stdout, stderr } = await wasserflow(folderWith(), 'run', 'ou.yaml', 'scheme=jok', '--json');
  const message = expect.stringContaining('did you mean `jko`?');
  expect([code, JSON.parse(stdout)]).toEqual([2, { status: 'error', code: 'E_CONFIG', message }]);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

it('shows a stack only to those who ask', async () => {
  const { code, stderr } = await wasserflowAlone(folderWith(), 'run', 'ou.yaml', 'scheme=jok', '--verbose');
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^WasserflowError: scheme: .*\n +at /)]);
});

it('leaves the way free for the mended config', async () => {
  const folder = folderWith({ 'ou.yaml': { ...ou, steps: { count: 2, size: 0 } } });
  expect((await wasserflow(folder, 'run', 'ou.yaml')).code).toBe(2);
  expect((await wasserflow(folder, 'run', 'ou.yaml', 'steps.size=0.4')).code).toBe(0);
  expect(readJson(folder, 'runs/ou-2d/outcome.json')).toMatchObject({ status: 'done', steps: 2 });
});
