import { EventEmitter } from 'eventemitter3';
import type { Status } from './domain/space.js';

/** What a run tells: plain scalars and ids, never tensors. Events inform; controllers steer. */
export interface RunEvents {
  'run:start': { name: string; steps: number | undefined; resumedAt: number };
  'step:start': { step: number; gamma: number };
  'inner:iteration': { step: number; iteration: number; iterations: number; loss: number };
  'step:end': {
    step: number;
    gamma: number;
    status: Status;
    message?: string;
    info: Readonly<Record<string, number>>;
    metrics: Readonly<Record<string, number>>;
    /** Why the run ends here, where a stop rule says so. */
    stop?: string;
  };
  checkpoint: { step: number; path: string };
  'run:end': { status: string; message?: string; steps: number };
  warning: { code: string; message: string };
  'observer:error': { observer: string; message: string };
}

export type EventName = keyof RunEvents;
export type Listener<E extends EventName> = (payload: RunEvents[E]) => void;

export interface EventBus {
  emit<E extends EventName>(name: E, payload: RunEvents[E]): void;
  /** Listens under an observer's name; returns what ends it. */
  on<E extends EventName>(name: E, listener: Listener<E>, observer?: string): () => void;
}

/** Something that listens to a run: a progress bar, a logger, a dashboard. */
export interface Observer {
  readonly id: string;
  /** Subscribes; returns what ends the observation and flushes what is pending. */
  attach(bus: EventBus): () => void | Promise<void>;
}

/**
 * An event bus on which a listener that throws breaks nothing: the first error of each observer is told
 * once as `observer:error`, the others still hear every event.
 */
export function createEventBus(): EventBus {
  const emitter = new EventEmitter();
  const reported = new Set<string>();
  const report = (observer: string, error: unknown): void => {
    if (reported.has(observer)) return;
    reported.add(observer);
    emitter.emit('observer:error', { observer, message: error instanceof Error ? error.message : String(error) });
  };
  return {
    emit: (name, payload) => void emitter.emit(name, payload),
    on(name, listener, observer = listener.name || 'anonymous') {
      // eventemitter3 stops at a listener that throws, so none may.
      const guarded = (payload: any): void => {
        try {
          listener(payload);
        } catch (error) {
          report(observer, error);
        }
      };
      emitter.on(name, guarded);
      return () => void emitter.off(name, guarded);
    },
  };
}
