import type { NdArray, Stream } from '@wasserflow/tensor';
import { WasserflowError } from '../errors.js';
import type { Distribution } from './distribution.js';
import type { Functional, Weighted } from './functional.js';
import type { Kernel } from './radial.js';

/** `ok`, or why a step did not do what it should: numerical failure is data, with its sentence. */
export type Status = 'ok' | 'not-converged' | 'non-finite';

/** What a solve inside a step can use: random numbers, cancellation, progress, its own half-done state. */
export interface SolveContext {
  readonly rng: Stream;
  readonly signal?: AbortSignal | undefined;
  /** Tells observers where an inner solve stands. */
  readonly progress?: (at: { iteration: number; iterations: number; loss: number }) => void;
  /** What `savePartial` last kept for this very step, if the run was interrupted in it. */
  readonly partial?: unknown;
  /** Keeps plain data and arrays, so that an interrupted solve goes on from here. */
  readonly savePartial?: (state: unknown) => Promise<void>;
}

/** The proximal point, and what the solve knows of its own error. */
export interface ProxResult<M> {
  readonly measure: M;
  readonly status: Status;
  readonly message?: string;
  /** G + W2^2/(2 gamma) at the result, up to the constant that `value` leaves out too. */
  readonly objective?: number;
  /** W2^2 from where the step started (for a learned map, its cost: an upper bound). */
  readonly moved2?: number;
  readonly iterations?: number;
  /**
   * Norm in L2 of the first-order residual grad G + (x - T(x)) / gamma, nats per length, where it is measured; of
   * solves by the dual, on grids, the share of the mass that the map leaves beside its goal.
   */
  readonly residual?: number;
  /** What else the solve tells of itself, by name. */
  readonly info?: Readonly<Record<string, number>>;
}

export interface Anchor<M> {
  readonly weight: number;
  readonly measure: M;
}

export interface Moments {
  readonly mean: readonly number[];
  readonly covariance: readonly (readonly number[])[];
}

/**
 * Calculus on measures in one representation. `M` is plain data (numbers and arrays), so that any state can
 * be saved; `V` is a field at the measure's points.
 */
export interface Calculus<M = unknown, V = unknown> {
  /** G(mu), in nats. */
  value(G: Functional, mu: M): Promise<number>;
  /** The Wasserstein gradient: the gradient of the first variation of G, at mu's points. */
  gradient(G: Functional, mu: M): Promise<V>;
  /** (id + step v)_# mu. */
  push(mu: M, v: V, step: number): Promise<M>;
  /** argmin over rho of G(rho) + W2^2(mu, rho) / (2 gamma). */
  prox(G: Functional, mu: M, gamma: number, context: SolveContext): Promise<ProxResult<M>>;
  /** mu * N(0, variance I). */
  diffuse(mu: M, variance: number, rng: Stream): Promise<M>;
  /** The Brenier map from mu to nu, minus the identity. */
  transport(mu: M, nu: M): Promise<V>;
  /** W2^2(mu, nu), length squared. */
  distance2(mu: M, nu: M): Promise<number>;
  /** sum_i w_i v_i, of fields at one measure. */
  combine(terms: readonly Weighted<V>[]): Promise<V>;
  /** The field x -> A v(x), A `[d, d]`. */
  multiply(A: readonly (readonly number[])[], v: V): Promise<V>;
  /** A field of independent N(0, variance I) at mu's points. */
  noise(mu: M, variance: number, rng: Stream): Promise<V>;
  /** <u, v> in L2(mu). */
  inner(mu: M, u: V, v: V): Promise<number>;
  /** The field u at mu, seen at (id + step v)_# mu: u o (id + step v)^-1. */
  carry(mu: M, v: V, step: number, u: V): Promise<V>;
  /** The field u at (id + step v)_# mu, seen at mu: u o (id + step v). */
  pullBack(mu: M, v: V, step: number, u: V): Promise<V>;
  /** grad_W G(mu) at x + u(x) for mu's points x. */
  gradientAt(G: Functional, mu: M, u: V): Promise<V>;
  /** Mean `[d]` and covariance `[d, d]`. */
  moments(mu: M): Promise<Moments>;
  /** (x -> A x)_# mu, A `[d, d]` and invertible. */
  image(mu: M, A: readonly (readonly number[])[]): Promise<M>;
  /** argmin over rho of G(rho) + sum_i w_i W2^2(mu_i, rho); weights may be negative, their sum is positive. */
  anchoredProx(G: Functional, anchors: readonly Anchor<M>[], context: SolveContext): Promise<ProxResult<M>>;
  /** The metric extrapolation of mu0 -> mu1 to t > 1: argmin over rho of W2^2(mu1, rho)/(t - 1) - W2^2(mu0, rho)/t. */
  extrapolate(mu0: M, mu1: M, t: number): Promise<M>;
  /** The measure T_# mu with grad_W phi(T_# mu) o T = v: one step in the dual of the mirror map phi. */
  mirror(phi: Functional, mu: M, v: V): Promise<ProxResult<M>>;
  /** int k(., y) grad_W G(y) dmu(y), by parts where G has entropy: the direction of SVGD, downhill is minus. */
  kernelGradient(G: Functional, kernel: Kernel, mu: M): Promise<V>;
  /** grad V + a grad log rho_T, rho_T the regularised Wasserstein proximal point of mu; a the weight of entropy. */
  regularizedGradient(G: Functional, mu: M, T: number): Promise<V>;
  /** One Metropolis-adjusted Langevin step of each point. */
  metropolis(G: Functional, mu: M, gamma: number, rng: Stream): Promise<{ measure: M; acceptance: number }>;
  /** A law in this representation. */
  represent(law: Distribution, rng: Stream): Promise<M>;
  /** `n` draws from mu, `[n, d]`. */
  sample(mu: M, n: number, rng: Stream): Promise<NdArray>;
  /** log density of mu at points `[n, d]`, as n numbers. */
  logDensity(mu: M, x: NdArray): Promise<Float64Array>;
  /** `n` draws from the law that the inverse map makes of `target`: generated data. */
  generate(mu: M, target: Distribution, n: number, rng: Stream): Promise<NdArray>;
  /** log density of that law at points in the data's own units. */
  modelLogDensity(mu: M, target: Distribution, x: NdArray): Promise<Float64Array>;
}

export type SpaceOperation = keyof Calculus;

/** The largest step that does what it should. */
export interface StepLimit {
  readonly size: number;
  /** How the limit follows from what is known, e.g. `1 / L`. */
  readonly name: string;
  /** What happens beyond it, e.g. `it converges to a wrong law`. */
  readonly beyond: string;
}

/** A representation of measures with the part of the calculus that it has; what it lacks is absent. */
export interface Space<M = any, V = any> extends Partial<Calculus<M, V>> {
  readonly id: string;
  readonly dimension: number;
  /** The measure that a run starts from. */
  initial(rng: Stream): Promise<M>;
  /** Why this operation cannot serve this functional, as the end of a sentence; undefined where it can. */
  refuses?(operation: SpaceOperation, G: Functional): string | undefined;
  /** What is wrong with a measure that a step made, e.g. `the covariance is not positive definite`. */
  defect?(mu: M): string | undefined;
  /**
   * The largest explicit step along the gradient of G at mu for which this discretisation is stable, where it sets one
   * beside what G alone says: of an entropy on cells of size h about h^2 / 2.
   */
  stepLimit?(G: Functional, mu: M): StepLimit | undefined;
}

/** What a space may lack without lacking an operation; `then` would make it look like a promise. */
const optional: ReadonlySet<string | symbol> = new Set(['refuses', 'defect', 'stepLimit', 'then']);

/** The space with every operation callable; one that it lacks throws. */
export function calculusOf<M, V>(space: Space<M, V>): Space<M, V> & Calculus<M, V> {
  return new Proxy(space, {
    get(target, name, receiver) {
      const found: unknown = Reflect.get(target, name, receiver);
      if (found !== undefined || typeof name !== 'string' || optional.has(name)) return found;
      return () => {
        throw new WasserflowError('E_UNSUPPORTED', `space \`${space.id}\` has no operation \`${name}\``);
      };
    },
  }) as Space<M, V> & Calculus<M, V>;
}
