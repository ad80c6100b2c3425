import { createEventBus, createWasserflow, type EventBus } from '@wasserflow/core';
import observers, { terminal, type TerminalOptions } from '@wasserflow/observers';
import { describe, expect, it } from 'vitest';

/** A stream that remembers; one that is a terminal gets its escape sequences. */
function memory(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, columns: 60, write: (text: string) => written.push(text) > 0 };
  return { stream: stream as unknown as NonNullable<TerminalOptions['stream']>, text: () => written.join('') };
}

/** What a terminal shows in the end; of the escape sequences only "first column" and "erase line" matter here. */
function screen(text: string): string[] {
  const rows = [''];
  for (const piece of text.replaceAll('\n', '\n\u001b').split('\u001b')) {
    const [, sequence = '', rest = ''] = /^(\[\d*[A-Za-z]|[78]|)([^]*)$/.exec(piece)!;
    if (sequence === '[1G' || sequence === '[2K') rows[rows.length - 1] = '';
    const [row = '', ...below] = rest.split('\n');
    rows[rows.length - 1] += row;
    rows.push(...below);
  }
  return rows;
}

const end = (step: number) => ({ step, gamma: 0.5, status: 'ok' as const, info: {}, metrics: { value: 2 / step } });

async function play(options: TerminalOptions, events: (bus: EventBus) => void): Promise<void> {
  let time = 0;
  const bus = createEventBus();
  const detach = await terminal({ clock: () => (time += 500), ...options }).attach(bus);
  bus.emit('run:start', { name: 'ou', steps: 2, resumedAt: 0 });
  bus.emit('step:end', { ...end(1), step: 0, gamma: 0 });
  events(bus);
  bus.emit('run:end', { status: 'done', steps: 2 });
  await detach();
  bus.emit('warning', { code: 'late', message: 'nobody listens any more' });
}

const twoSteps = (bus: EventBus): void => {
  for (const iteration of [2, 3]) bus.emit('inner:iteration', { step: 1, iteration, iterations: 4, loss: 0.25 });
  bus.emit('warning', { code: 'not-converged', message: 'step 1 did not converge' });
  bus.emit('step:end', end(1));
  bus.emit('observer:error', { observer: 'spy', message: 'broken' });
  bus.emit('step:end', end(2));
};

describe('the terminal observer', () => {
  it('writes a line per step where there is no terminal', async () => {
    const { stream, text } = memory(false);
    await play({ stream }, twoSteps);
    expect(text().split('\n')).toEqual([
      'ou: 2 steps',
      'step 0/2  value 2',
      'warning: not-converged: step 1 did not converge',
      'step 1/2  gamma 0.5  value 2  1 it/s  0:02 left',
      'warning: observer `spy` failed, the run goes on without it: broken',
      'step 2/2  gamma 0.5  value 1  0.6667 it/s',
      '',
    ]);
  });

  it('draws a bar on a terminal, warnings above it, and takes it away at the end', async () => {
    const { stream, text } = memory(true);
    await play({ stream }, twoSteps);
    expect(text()).toContain('step 1/2  it 3/4  loss 0.25');
    expect(text()).toContain('█');
    expect(screen(text())).toEqual([
      'warning: not-converged: step 1 did not converge',
      'warning: observer `spy` failed, the run goes on without it: broken',
      '',
    ]);
  });

  it('cuts the bar to the width of the terminal', async () => {
    const { stream, text } = memory(true);
    await play({ stream: Object.assign(stream, { columns: 30 }) }, twoSteps);
    const drawn = text()
      .split('\u001b')
      .filter((piece) => piece.includes('░'));
    expect(drawn.length).toBeGreaterThan(0);
    for (const piece of drawn) expect(piece.replace('[1G', '')).toHaveLength(29);
  });

  it('shows warnings alone if so wished', async () => {
    const { stream, text } = memory(true);
    await play({ stream, progress: 'none' }, twoSteps);
    expect(text().split('\n')).toEqual([
      'warning: not-converged: step 1 did not converge',
      'warning: observer `spy` failed, the run goes on without it: broken',
      '',
    ]);
  });

  it('leaves the terminal as it was when the run breaks off', async () => {
    const { stream, text } = memory(true);
    const bus = createEventBus();
    const detach = await terminal({ stream }).attach(bus);
    bus.emit('run:start', { name: 'ou', steps: 2, resumedAt: 0 });
    await detach();
    expect(screen(text())).toEqual(['']);
  });

  it('is refused with a way to show progress that it does not have', async () => {
    const { create } = createWasserflow({ plugins: [observers] });
    await expect(create('observer', { id: 'terminal', progress: 'pie' })).rejects.toThrow('observer.progress: ');
    expect((await create('observer', 'terminal')).value.id).toBe('terminal');
  });
});
