/** Disks that are full or read-only: small ones in memory, mounted where only the command sees them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bin, folderWith, removeFolders, start, tree, wasserflow } from './command.js';

afterAll(removeFolders);

/** Runs a shell script in a mount namespace of its own. */
const privately = (folder: string, script: string) =>
  start(folder, 'unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', script]).result;

const canMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;
const command = (args: string): string => `${process.execPath} ${bin} ${args}`;
const disk = (options: string): string => `mount -t tmpfs -o ${options} tmpfs disk`;

function folderWithDisk(): string {
  const folder = folderWith();
  mkdirSync(join(folder, 'disk'));
  return folder;
}

// Without user namespaces a file system cannot be mounted here; the reasons and their sentences are also
// tested one by one, with files.
describe.skipIf(!canMount)('exit 2, and nothing half-written:', () => {
  it('a read-only disk', async () => {
    const folder = folderWithDisk();
    const { code, stdout, stderr } = await privately(
      folder,
      `${disk('ro')} && ${command('run ou.yaml --out disk/run')}`,
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe('error: cannot write disk/run: the disk is read-only\n');
  });

  it('a disk with no room even for the config', async () => {
    const folder = folderWithDisk();
    // Two pages: one for the lock, one for a file that is there already.
    const script = `${disk('size=8k')} && echo full > disk/full && ${command('run ou.yaml --out disk/run')}; echo $?; find disk`;
    const { stdout, stderr } = await privately(folder, script);
    expect(stderr).toBe('error: cannot write disk/run/config.json: the disk is full\n');
    expect(stdout.trim().split('\n')).toEqual(['2', 'disk', 'disk/full']);
  });

  it('a disk that fills up: the last good step stands, and with more room the run goes on', async () => {
    const folder = folderWithDisk();
    const run = command('run ou.yaml --out disk/run');
    const sittings = `${run} 2> first; echo $?; mount -o remount,size=10m disk && ${run} 2> second; echo $?; cp -r disk/run kept`;
    const { stdout } = await privately(folder, `${disk('size=64k')} && (${sittings})`);
    const { first = '', second = '' } = tree(folder);
    expect(stdout.split('\n')[0]).toBe('2');
    expect(first).toMatch(/error: cannot write disk\/run\/\S+: the disk is full\n$/);
    expect(first).toContain('step 1/10');
    expect(second).toMatch(/^ou-2d: goes on after step [1-9] of 10\n/);
    await wasserflow(folder, 'run', 'ou.yaml', '--out', 'whole', '--quiet');
    expect(tree(join(folder, 'kept', 'steps'))).toEqual(tree(join(folder, 'whole', 'steps')));
    const metrics = (name: string): string | undefined => tree(join(folder, name))['metrics.jsonl'];
    expect(metrics('kept')).toBe(metrics('whole'));
  });

  it('samples for a disk that is full', async () => {
    const folder = folderWithDisk();
    await wasserflow(folder, 'run', 'ou.yaml', '--out', 'run', '--quiet', 'steps.count=1');
    const script = `${disk('size=8k')} && ${command('sample run -n 5000 -o disk/x.npy')}; echo $?; ls disk`;
    const { stdout, stderr } = await privately(folder, script);
    expect([stdout, stderr]).toEqual(['2\n', 'error: cannot write disk/x.npy: the disk is full\n']);
    rmSync(join(folder, 'run'), { recursive: true });
  });
});
