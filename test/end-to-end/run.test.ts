import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  folderWith,
  linesOf,
  ou,
  readJson,
  removeFolders,
  startWasserflow,
  told,
  tree,
  wasserflow,
  wasserflowAlone,
} from './command.js';

afterAll(removeFolders);

/** Numbers of one meter, by step. */
const series = (folder: string, meter: string): number[] =>
  linesOf(folder, 'metrics.jsonl')
    .filter((line) => line['meter'] === meter)
    .map(({ value }) => value as number);

describe('wasserflow run', () => {
  it('runs a config to its end, says so in a table, and keeps everything', async () => {
    const folder = folderWith();
    const { code, stdout, stderr } = await wasserflowAlone(folder, 'run', 'ou.yaml');
    expect([code, stderr.split('\n')[0]]).toEqual([0, 'ou-2d: 10 steps']);
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^step 10\/10 {2}gamma 0\.4 {2}value 0\.00/);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^step +gamma +status +value +w2-to-target +objective +moved +gradients$/);
    expect(lines).toHaveLength(1 + 11 + 2);
    expect(new Set(lines.slice(0, 12).map((line) => line.length)).size).toBe(2);
    expect(lines.at(-1)).toBe('done; the run is in runs/ou-2d');
    const run = join(folder, 'runs/ou-2d');
    expect(
      Object.keys(tree(run))
        .filter((name) => !name.includes('/'))
        .sort(),
    ).toEqual(['config.json', 'events.jsonl', 'manifest.json', 'metrics.jsonl', 'outcome.json', 'steps']);
    expect(readJson(run, 'config.json')).toMatchObject({ seed: 7, steps: { count: 10, size: { size: 0.4 } } });
    expect(linesOf(run, 'events.jsonl').at(-1)).toMatchObject({ event: 'run:end', status: 'done', steps: 10 });
  });

  it('contracts as the theorem says: W2 to the target shrinks by 1/(1 + gamma lambda) or more in each step', async () => {
    const folder = folderWith();
    await wasserflow(folder, 'run', 'ou.yaml');
    const distances = series(join(folder, 'runs/ou-2d'), 'w2-to-target');
    // lambda is the smallest eigenvalue of the target's precision: one over the largest one of its covariance,
    // (1 + 0.5)/2 + sqrt((1 - 0.5)^2/4 + 0.3^2).
    const lambda = 1 / (0.75 + Math.sqrt(0.0625 + 0.09));
    expect(distances).toHaveLength(11);
    for (const [n, distance] of distances.slice(1).entries())
      expect(distance / distances[n]!).toBeLessThan(1 / (1 + 0.4 * lambda) + 1e-9);
  });

  it('prints one line of JSON, the same that is kept', async () => {
    const folder = folderWith();
    const { code, stdout, stderr } = await wasserflow(folder, 'run', 'ou.yaml', '--json', '--out', 'elsewhere');
    expect([code, stdout.split('\n').length]).toEqual([0, 2]);
    const { folder: where, ...outcome } = JSON.parse(stdout) as Record<string, unknown>;
    expect(where).toBe(join(folder, 'elsewhere'));
    expect(outcome).toEqual(readJson(folder, 'elsewhere', 'outcome.json'));
    const metrics = Object.fromEntries(ou.meters.map((m) => [m, series(join(folder, 'elsewhere'), m).at(-1)]));
    expect(outcome).toEqual({ status: 'done', steps: 10, metrics });
    expect(stderr).toContain('step 10/10');
  });

  it('is silent if so wished', async () => {
    const { code, stdout, stderr } = await wasserflowAlone(folderWith(), 'run', 'ou.yaml', '--quiet', 'steps.count=2');
    expect([code, stdout, stderr]).toEqual([0, '', '']);
  });

  it('takes JSON, names a run without a name after its file, and sets values as YAML', async () => {
    const folder = folderWith({ 'my-run.json': JSON.stringify({ ...ou, name: undefined }) });
    const overrides = ['steps={count: 2, size: [0.1, 0.2]}', 'meters.1=value', 'meters.0=w2-to-target', 'seed=0x10'];
    expect((await wasserflow(folder, 'run', 'my-run.json', ...overrides)).code).toBe(0);
    const run = join(folder, 'runs/my-run');
    expect(readJson(run, 'config.json')).toMatchObject({
      name: 'my-run',
      seed: 16,
      steps: { count: 2, size: { id: 'list', sizes: [0.1, 0.2] } },
      meters: [{ id: 'w2-to-target' }, { id: 'value' }],
    });
    expect(series(run, 'step.gamma')).toEqual([0.1, 0.2]);
  });

  it('does not compute again what is done', async () => {
    const folder = folderWith();
    const first = await wasserflow(folder, 'run', 'ou.yaml');
    const before = tree(folder);
    const again = await wasserflow(folder, 'run', 'ou.yaml');
    expect([again.code, again.stdout, again.stderr]).toEqual([0, first.stdout, '']);
    expect(tree(folder)).toEqual(before);
  });

  it('shows the first and the last steps of many', async () => {
    const { stdout } = await wasserflow(folderWith(), 'run', 'toy.yaml', 'steps.count=100');
    const rows = stdout.split('\n').map((line) => line.trim().split(/ +/)[0]);
    expect(rows.slice(19, 24)).toEqual(['18', '19', '...', '81', '82']);
  });
});

describe('plugins of a config', () => {
  it('work by path, relative to the config, and are kept so that the run reads anywhere', async () => {
    const folder = folderWith();
    const inside = folderWith();
    const { code } = await wasserflow(inside, 'run', join(folder, 'toy.yaml'), '--out', 'out');
    expect(code).toBe(0);
    expect(readJson(inside, 'out', 'config.json')['plugins']).toEqual([join(folder, 'toy.js')]);
    expect(series(join(inside, 'out'), 'value')).toEqual([32, 8, 2, 0.5]);
  });

  it('may observe and throw; the run goes on without them and says so once', async () => {
    const { code, stderr } = await wasserflow(folderWith(), 'run', 'toy.yaml', 'observers=[thrower]');
    expect(code).toBe(0);
    expect(stderr.match(/warning: .*/g)).toEqual([
      'warning: observer `thrower` failed, the run goes on without it: no ink left',
    ]);
  });

  it('that crash end with a stack, exit 70, and a run that goes on once they are mended', async () => {
    const folder = folderWith();
    const crashed = await wasserflowAlone(folder, 'run', 'toy.yaml', 'scheme.crashAt=2');
    expect([crashed.code, crashed.stdout]).toEqual([70, '']);
    expect(crashed.stderr).toContain('TypeError: a mistake in the plugin\n    at ');
    const plugin = join(folder, 'toy.js');
    writeFileSync(plugin, readFileSync(plugin, 'utf8').replace('step === crashAt', 'false'));
    const mended = await wasserflowAlone(folder, 'run', 'toy.yaml', 'scheme.crashAt=2');
    expect([mended.code, mended.stderr.split('\n')[0]]).toEqual([0, 'toy: goes on after step 1 of 3']);
  });
});

describe('a run whose numbers fail', () => {
  it('exits 1, says at which block and iteration and what to try, and keeps the last good step', async () => {
    const folder = folderWith();
    const { code, stdout, stderr } = await wasserflowAlone(folder, 'run', 'toy.yaml', 'scheme.failAt=2');
    const message = 'block 2: the loss is NaN at iteration 7; try a smaller learning rate';
    expect([code, stderr.trim().split('\n').at(-1)]).toEqual([1, `error: ${message}`]);
    expect(stdout).toMatch(/^ +2 +1 +non-finite +NaN$/m);
    const run = join(folder, 'runs/toy');
    expect(readJson(run, 'outcome.json')).toEqual({ status: 'non-finite', steps: 1, metrics: { value: 8 }, message });
    expect(Object.keys(tree(join(run, 'steps'))).filter((name) => !name.includes('/'))).toEqual(['0000', '0001']);
    const again = await wasserflow(folder, 'run', 'toy.yaml', 'scheme.failAt=2', '--json');
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({ status: 'non-finite', steps: 1, message });
  });

  it('keeps the initial measure when the first step fails', async () => {
    const folder = folderWith();
    const { code } = await wasserflow(folder, 'run', 'toy.yaml', 'scheme.failAt=1', '--quiet');
    expect(code).toBe(1);
    expect(series(join(folder, 'runs/toy'), 'value')).toEqual([32]);
  });
});

describe('Ctrl-C', () => {
  // The third step waits for a file called `gate`.
  const command = ['run', 'toy.yaml', 'scheme.waitAt=3', 'steps.count=5'];
  const deaf = [...command, 'scheme.deaf=true'];

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '(%s) ends a run cleanly with 130, and it goes on from there',
    async (name) => {
      const folder = folderWith();
      const running = startWasserflow(folder, ...command, '--json');
      await running.says('step 2/5');
      running.process.kill(name);
      const { code, stdout } = await running.result;
      expect(code).toBe(130);
      expect(JSON.parse(stdout)).toMatchObject({ status: 'interrupted', steps: 2, metrics: { value: 2 } });
      expect(existsSync(join(folder, 'runs/toy/run.lock'))).toBe(false);
      writeFileSync(join(folder, 'gate'), '');
      const rest = await wasserflow(folder, ...command);
      expect([rest.code, rest.stderr.split('\n')[0]]).toEqual([0, 'toy: goes on after step 2 of 5']);
      await wasserflow(folder, ...command, '--out', 'whole');
      expect(tree(join(folder, 'runs/toy'), told)).toEqual(tree(join(folder, 'whole'), told));
    },
  );

  it('twice ends at once even a step that does not listen, and its folder is free again', async () => {
    const folder = folderWith();
    const running = startWasserflow(folder, ...deaf);
    await running.says('step 2/5');
    running.process.kill('SIGINT');
    await running.says('once more ends it at once');
    running.process.kill('SIGINT');
    expect((await running.result).code).toBe(130);
    writeFileSync(join(folder, 'gate'), '');
    expect((await wasserflow(folder, ...deaf)).stderr).toContain('goes on after step 2 of 5');
  });

  it('leaves no room for a second process in the folder meanwhile', async () => {
    const folder = folderWith();
    const running = startWasserflow(folder, ...deaf);
    await running.says('step 2/5');
    const { pid } = running.process;
    expect(await wasserflow(folder, ...deaf)).toMatchObject({
      code: 2,
      stderr: `error: runs/toy is in use by process ${pid}; if that is no run, remove runs/toy/run.lock\n`,
    });
    writeFileSync(join(folder, 'gate'), '');
    expect((await running.result).code).toBe(0);
  });
});

describe('what needs no run', () => {
  it.each(['--help', 'run --help', '--version'])('answers %s', async (text) => {
    const { code, stdout, stderr } = await wasserflowAlone(folderWith(), ...text.split(' '));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Usage: wasserflow|^\d+\.\d+\.\d+\n$/);
  });

  it('lists everything that a config can name', async () => {
    const folder = folderWith();
    const list = JSON.parse((await wasserflow(folder, 'plugins', '--json')).stdout) as Record<string, unknown>[];
    expect(list).toContainEqual(
      expect.objectContaining({ kind: 'scheme', id: 'jko', plugin: '@wasserflow/schemes', title: expect.any(String) }),
    );
    const lines = (await wasserflow(folder, 'plugins')).stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^kind +id +title +facets, needs, parts +plugin +cite$/);
    expect(lines).toHaveLength(list.length + 1);
    expect(lines).toContainEqual(expect.stringMatching(/^scheme +forward-euler .* gradient, push +@wasserflow/));
    expect(lines).toContainEqual(expect.stringMatching(/^functional +kl .* gaussian, .*quantile/));
  });

  it('tells what is known of one, and why a space does not serve it', async () => {
    const { stdout } = await wasserflow(folderWith(), 'plugins', 'kl');
    expect(stdout).toMatch(/^functional kl: Kullback-Leibler/);
    expect(stdout).toMatch(/^ +gaussian +value, gradient, prox/m);
    expect(stdout).toMatch(/^ +no value: the entropy of finitely many points is infinite/m);
    const { code, stderr } = await wasserflow(folderWith(), 'plugins', 'none');
    expect([code, stderr]).toEqual([2, 'error: nothing is called `none`; `wasserflow plugins` lists what there is\n']);
  });

  it('tells of the machine and its engines', async () => {
    const folder = folderWith();
    const health = JSON.parse((await wasserflowAlone(folder, 'doctor', '--json')).stdout) as Record<string, unknown>;
    expect(health).toMatchObject({ node: process.version, cores: expect.any(Number), memory: expect.any(Number) });
    expect(health['engines']).toContainEqual(expect.objectContaining({ id: 'tfjs', threads: 1 }));
    expect((await wasserflowAlone(folder, 'doctor')).stdout).toMatch(/^tfjs .* starts$/m);
  });
});
