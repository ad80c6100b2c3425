import type { Engine, Stream } from '@wasserflow/tensor';
import type { Distribution } from '../domain/distribution.js';
import type { EventBus } from '../events.js';

/** A typed name for something that composition hands to a contribution. */
export interface Token<T> {
  readonly key: symbol;
  /** Never there at run time: carries the type. */
  readonly type?: T;
}

export const token = <T>(name: string): Token<T> => ({ key: Symbol(`wasserflow:${name}`) });

/** The engine of this run. */
export const ENGINE = token<Engine>('engine');
/** The law that this run starts from. */
export const INITIAL = token<Distribution>('initial');
/** The events of this run. */
export const EVENTS = token<EventBus>('events');
/** The random stream of a run's set-up; steps have their own. */
export const RANDOM = token<Stream>('random');

/** The values of a list of tokens. */
export type Injected<I extends readonly Token<any>[]> = { [K in keyof I]: I[K] extends Token<infer T> ? T : never };
