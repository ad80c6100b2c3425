import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { defineObserver, type EventBus, type EventName, type Observer } from '@wasserflow/core';
import { z } from 'zod';

export interface EventsFileOptions {
  /** Where `events.jsonl` is; made if it is not there. */
  readonly folder: string;
  /** What the time of an event is. */
  readonly now?: () => Date;
}

const names: readonly EventName[] = [
  'run:start',
  'step:start',
  'inner:iteration',
  'step:end',
  'checkpoint',
  'run:end',
  'warning',
  'observer:error',
];

/** Inner iterations come in thousands; one write for many of them. */
const BUFFERED_LINES = 1000;

/** A kill may have cut the last line off: a new one must not go on with it. */
function endsMidLine(file: string): boolean {
  const fd = openSync(file, 'a+');
  try {
    const { size } = fstatSync(fd);
    const last = Buffer.alloc(1);
    return size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last.toString() !== '\n';
  } finally {
    closeSync(fd);
  }
}

/** Lines to the end of a file; after a write that failed it writes no more. */
function appender(file: string): { push(line: string): void; flush(): void } {
  let lines: string[] = endsMidLine(file) ? [''] : [];
  let broken = false;
  const flush = (): void => {
    if (lines.length === 0 || broken) return;
    const text = `${lines.join('\n')}\n`;
    lines = [];
    broken = true;
    appendFileSync(file, text);
    broken = false;
  };
  return {
    push(line) {
      if (!broken && lines.push(line) >= BUFFERED_LINES) flush();
    },
    flush,
  };
}

function record(bus: EventBus, file: string, now: () => Date): () => void {
  const { push, flush } = appender(file);
  const listen = (event: EventName): (() => void) =>
    bus.on(
      event,
      (payload) => {
        push(JSON.stringify({ time: now().toISOString(), event, ...payload }));
        if (event !== 'inner:iteration') flush();
      },
      'events-file',
    );
  const ends = names.map(listen);
  return () => {
    for (const end of ends) end();
    flush();
  };
}

/**
 * Appends every event of a run to `events.jsonl`, one JSON object a line: `time`, `event`, and what it tells.
 * Numbers that are not finite are null there.
 */
export function eventsFile({ folder, now = () => new Date() }: EventsFileOptions): Observer {
  return {
    id: 'events-file',
    attach(bus) {
      mkdirSync(folder, { recursive: true });
      return record(bus, join(folder, 'events.jsonl'), now);
    },
  };
}

export const eventsFileDefinition = defineObserver({
  id: 'events-file',
  title: 'Every event, as a line of events.jsonl',
  options: z.object({
    folder: z.string({ error: 'expected the folder for events.jsonl, e.g. `folder: logs`' }).min(1),
  }),
  example: { folder: 'logs' },
  create: eventsFile,
});
