/**
 * What a plugin contributes: definitions, which are data plus a `create` function. A config names one as
 * `{ id, ...options }`, or as a bare id.
 */
import type { Engine, Optimizer } from '@wasserflow/tensor';
import type { z } from 'zod';
import type { Block, DivergenceEstimator, Head, Solver, VelocityField } from '../domain/block.js';
import type { Controller } from '../domain/controller.js';
import type { Distribution } from '../domain/distribution.js';
import type { Functional } from '../domain/functional.js';
import type { Meter } from '../domain/meter.js';
import type { Kernel } from '../domain/radial.js';
import type { ScoreEstimator } from '../domain/score.js';
import type { Scheme } from '../domain/scheme.js';
import type { Space } from '../domain/space.js';
import type { StopRule } from '../domain/stop-rule.js';
import type { Observer } from '../events.js';
import type { Injected, Token } from './tokens.js';

/** The kinds of things that can be contributed; a plugin may add kinds by declaration merging. */
export interface Contributions {
  engine: Engine;
  space: Space;
  distribution: Distribution;
  functional: Functional;
  scheme: Scheme<any>;
  controller: Controller;
  'stop-rule': StopRule;
  block: Block;
  field: VelocityField;
  solver: Solver;
  divergence: DivergenceEstimator;
  head: Head;
  optimizer: Optimizer;
  meter: Meter;
  kernel: Kernel;
  score: ScoreEstimator;
  observer: Observer;
}
export type Kind = keyof Contributions;

/** Anything that implements Standard Schema (https://standardschema.dev): zod, valibot, arktype, ... */
export type OptionsSchema<O = any> = z.core.$ZodType<O> | StandardSchema<O>;
interface StandardSchema<O> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => unknown;
    readonly types?: { readonly input: unknown; readonly output: O } | undefined;
  };
}
export type OptionsOf<S> = S extends StandardSchema<infer O> ? O : S extends z.core.$ZodType<infer O> ? O : never;

/** An option that is itself a contribution. */
export interface PartSpec<K extends Kind = Kind, Many extends boolean = boolean, Optional extends boolean = boolean> {
  readonly kind: K;
  readonly many: Many;
  readonly optional: Optional;
  /** The reference that stands where the config has none. */
  readonly default?: unknown;
}
type PartValue<P> =
  P extends PartSpec<infer K, infer Many, infer Optional>
    ? (Many extends true ? readonly Contributions[K][] : Contributions[K]) | (Optional extends true ? undefined : never)
    : never;
export type PartsOf<P> = { [N in keyof P]: PartValue<P[N]> };

/** A required part, or one with a default. */
export const part = <K extends Kind>(kind: K, fallback?: unknown): PartSpec<K, false, false> => ({
  kind,
  many: false,
  optional: false,
  ...(fallback !== undefined && { default: fallback }),
});
export const optionalPart = <K extends Kind>(kind: K): PartSpec<K, false, true> => ({
  kind,
  many: false,
  optional: true,
});
export const listOf = <K extends Kind>(kind: K): PartSpec<K, true, false> => ({ kind, many: true, optional: false });

/** Something missing on this machine, and what mends it: a command, where there is one. */
export interface Finding {
  readonly problem: string;
  readonly remedy: string;
}

/** What a definition tells `wasserflow doctor` without starting anything. */
export interface Examination {
  /** Sets of options that are worth starting one after the other; the defaults alone when absent. */
  readonly variants?: readonly Readonly<Record<string, unknown>>[];
  /** What is missing here, in the order in which to mend it. */
  readonly diagnose?: () => Promise<readonly Finding[]>;
}

export interface Definition<K extends Kind = Kind> extends Examination {
  readonly kind: K;
  readonly id: string;
  readonly title: string;
  readonly options?: OptionsSchema;
  readonly parts?: Readonly<Record<string, PartSpec>>;
  /** Names of options that are paths of files: relative ones start at the config's folder, a plan has them absolute. */
  readonly paths?: readonly string[];
  readonly inject?: readonly Token<any>[];
  /** Keys of references.bib, or addresses. */
  readonly cite?: readonly string[];
  /** Options that make a small instance, where some are needed: for catalogues, documents and tests. */
  readonly example?: Readonly<Record<string, unknown>>;
  readonly create: (options: any, ...injected: any[]) => Contributions[K] | Promise<Contributions[K]>;
}

interface TypedDefinition<
  K extends Kind,
  S extends OptionsSchema,
  P extends Record<string, PartSpec>,
  I extends readonly Token<any>[],
> extends Examination {
  readonly id: string;
  readonly title: string;
  readonly options?: S;
  readonly parts?: P;
  readonly paths?: readonly string[];
  readonly inject?: I;
  readonly cite?: readonly string[];
  readonly example?: Readonly<Record<string, unknown>>;
  readonly create: (
    options: OptionsOf<S> & PartsOf<P>,
    ...injected: Injected<I>
  ) => Contributions[K] | Promise<Contributions[K]>;
}

/** A helper that defines contributions of one kind with typed options, parts and injected values. */
export const definer =
  <K extends Kind>(kind: K) =>
  <
    S extends OptionsSchema = OptionsSchema<{}>,
    P extends Record<string, PartSpec> = {},
    const I extends readonly Token<any>[] = readonly [],
  >(
    definition: TypedDefinition<K, S, P, I>,
  ): Definition<K> =>
    ({ ...definition, kind }) as unknown as Definition<K>;

export const defineEngine = definer('engine');
export const defineSpace = definer('space');
export const defineDistribution = definer('distribution');
export const defineFunctional = definer('functional');
export const defineScheme = definer('scheme');
export const defineController = definer('controller');
export const defineStopRule = definer('stop-rule');
export const defineBlock = definer('block');
export const defineField = definer('field');
export const defineSolver = definer('solver');
export const defineDivergence = definer('divergence');
export const defineHead = definer('head');
export const defineOptimizer = definer('optimizer');
export const defineMeter = definer('meter');
export const defineKernel = definer('kernel');
export const defineScore = definer('score');
export const defineObserver = definer('observer');

/** The contract version that this core speaks. */
export const CONTRACT = 1;

export interface Plugin {
  readonly name: string;
  /** The contract version that it was written for. */
  readonly contract: number;
  readonly contributes: readonly Definition[];
}

/** A plugin: a name, the contract it was written for, and what it contributes. */
export const definePlugin = (plugin: Plugin): Plugin => plugin;
