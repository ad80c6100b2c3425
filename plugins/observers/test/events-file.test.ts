import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEventBus } from '@wasserflow/core';
import { eventsFile } from '@wasserflow/observers';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wasserflow-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const now = () => new Date(0);
const time = '1970-01-01T00:00:00.000Z';
const file = () => join(folder, 'events.jsonl');
const read = (): unknown[] =>
  readFileSync(file(), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
const iteration = (i: number, loss = 0.5) => ({ step: 1, iteration: i, iterations: 9, loss });

it('writes every event with its time', async () => {
  const bus = createEventBus();
  const detach = await eventsFile({ folder: join(folder, 'deep'), now }).attach(bus);
  bus.emit('run:start', { name: 'ou', steps: 1, resumedAt: 0 });
  bus.emit('step:start', { step: 1, gamma: 0.5 });
  bus.emit('inner:iteration', iteration(1));
  bus.emit('checkpoint', { step: 1, path: 'steps/0001' });
  bus.emit('step:end', { step: 1, gamma: 0.5, status: 'ok', info: { moved: 1 }, metrics: { value: 2 } });
  bus.emit('warning', { code: 'c', message: 'm' });
  bus.emit('observer:error', { observer: 'o', message: 'm' });
  bus.emit('run:end', { status: 'done', steps: 1 });
  await detach();
  folder = join(folder, 'deep');
  expect(read()).toEqual([
    { time, event: 'run:start', name: 'ou', steps: 1, resumedAt: 0 },
    { time, event: 'step:start', step: 1, gamma: 0.5 },
    { time, event: 'inner:iteration', ...iteration(1) },
    { time, event: 'checkpoint', step: 1, path: 'steps/0001' },
    { time, event: 'step:end', step: 1, gamma: 0.5, status: 'ok', info: { moved: 1 }, metrics: { value: 2 } },
    { time, event: 'warning', code: 'c', message: 'm' },
    { time, event: 'observer:error', observer: 'o', message: 'm' },
    { time, event: 'run:end', status: 'done', steps: 1 },
  ]);
});

it('gathers inner iterations, and writes what is left when it ends', async () => {
  const bus = createEventBus();
  const detach = await eventsFile({ folder, now }).attach(bus);
  bus.emit('inner:iteration', iteration(1, Number.NaN));
  expect(readFileSync(file(), 'utf8')).toBe('');
  for (let i = 2; i <= 1500; i++) bus.emit('inner:iteration', iteration(i));
  expect(read()).toHaveLength(1000);
  await detach();
  expect(read()).toHaveLength(1500);
  expect(read()[0]).toMatchObject({ iteration: 1, loss: null });
  bus.emit('inner:iteration', iteration(1501));
  expect(read()).toHaveLength(1500);
});

it('goes on after what is there, on a new line where a kill cut the last one off', async () => {
  writeFileSync(file(), '{"event":"run:start"}\n{"event":"st');
  for (const code of ['first', 'second']) {
    const bus = createEventBus();
    const detach = await eventsFile({ folder, now }).attach(bus);
    bus.emit('warning', { code, message: 'm' });
    await detach();
  }
  const lines = readFileSync(file(), 'utf8').split('\n');
  expect(lines.map((line) => line.slice(0, 12))).toEqual([
    '{"event":"ru',
    '{"event":"st',
    ...Array(2).fill('{"time":"197'),
    '',
  ]);
});

it('tells once that it cannot write, and then writes no more', async () => {
  const bus = createEventBus();
  const errors: string[] = [];
  bus.on('observer:error', ({ observer, message }) => errors.push(`${observer} ${message}`));
  const detach = await eventsFile({ folder, now }).attach(bus);
  rmSync(folder, { recursive: true });
  bus.emit('warning', { code: 'a', message: 'm' });
  bus.emit('warning', { code: 'b', message: 'm' });
  await detach();
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(/^events-file ENOENT/);
  expect(existsSync(folder)).toBe(false);
});

it('cannot begin where its folder cannot be', () => {
  appendFileSync(join(folder, 'file'), '');
  const observer = eventsFile({ folder: join(folder, 'file', 'x') });
  expect(() => observer.attach(createEventBus())).toThrow('ENOTDIR');
});
