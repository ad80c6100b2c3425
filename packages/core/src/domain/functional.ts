import type { ArrayTree, NdArray, Stream, Tensor, TensorTree } from '@wasserflow/tensor';
import type { Distribution } from './distribution.js';
import type { AffineField, GaussianMeasure, GridMeasure, ParticleMeasure, QuantileMeasure } from './measures.js';
import type { Potential } from './potential.js';
import type { Interaction, RadialFunction } from './radial.js';
import type { StepLimit } from './space.js';

/** weight * int rho^power / (power - 1), power > 0 and not 1. */
export interface InternalEnergy {
  readonly weight: number;
  readonly power: number;
}

/** weight / 2 * int int W(x - y) drho(x) drho(y). */
export interface InteractionEnergy {
  readonly weight: number;
  readonly interaction: Interaction;
}

/**
 * G as a sum of terms whose mathematics every space knows:
 * G(rho) = entropy * int rho log rho + sum internal + int V drho + sum interactions + constant.
 */
export interface EnergyTerms {
  /** Weight of the negative entropy int rho log rho. */
  readonly entropy: number;
  readonly internal?: readonly InternalEnergy[];
  readonly potential?: Potential;
  readonly interactions?: readonly InteractionEnergy[];
  readonly constant: number;
}

/** A functional on Gaussians, in float64. */
export interface GaussianFacet {
  readonly value: (mu: GaussianMeasure) => number;
  readonly gradient?: (mu: GaussianMeasure) => AffineField;
  readonly prox?: (mu: GaussianMeasure, gamma: number) => GaussianMeasure;
}

/**
 * weight * sum_i sum_j a_i b_j f(|x_i - y_j|^2), where a are the weights of the cloud and y, b the cloud again
 * (the default) or another one. Its Wasserstein gradient at x is weight * sum_j b_j 2 f'(|x - y_j|^2) (x - y_j),
 * twice that for the cloud with itself.
 */
export interface PairSum {
  readonly weight: number;
  readonly f: RadialFunction;
  readonly against?: ParticleMeasure;
  /** Leaves i = j out of a sum of the cloud with itself, and divides by 1 - sum_i a_i^2: unbiased. */
  readonly withoutDiagonal?: boolean;
}

/**
 * A functional of a cloud, in one of three forms: sums over pairs of points, which the space computes in tiles;
 * pure tensor functions of the points `[n, d]`, equally weighted; or a computation of its own.
 */
export interface ParticleFacet {
  /** The sum of these, for this cloud, plus `constant`. */
  readonly pairs?: (mu: ParticleMeasure) => { readonly sums: readonly PairSum[]; readonly constant: number };
  readonly value?: (points: Tensor) => Tensor;
  /** Wasserstein gradient at the points, `[n, d]`. */
  readonly gradient?: (points: Tensor) => Tensor;
  readonly evaluate?: (mu: ParticleMeasure) => Promise<{ readonly value: number; readonly gradient: NdArray }>;
}

/** A functional of laws on the line, in float64. */
export interface QuantileFacet {
  readonly value: (mu: QuantileMeasure) => number;
  /** The Wasserstein gradient at mu's nodes. */
  readonly gradient?: (mu: QuantileMeasure) => Float64Array;
  /**
   * Second derivatives by the nodes, `[m, m]` by rows for m nodes: for proximal solves, which otherwise take differences
   * of `gradient`, two for each node where nodes act at a distance.
   */
  readonly curvature?: (mu: QuantileMeasure) => Float64Array;
  readonly prox?: (mu: QuantileMeasure, gamma: number) => QuantileMeasure;
  /** The largest explicit step along the gradient that is stable at mu, where its cells set a limit. */
  readonly stepLimit?: (mu: QuantileMeasure) => StepLimit | undefined;
}

/**
 * G by the density of each cell alone: its first variation is factor * slope(cell, log rho), nats, with
 * factor * slope increasing in log rho, so that a proximal solve takes it as it is.
 */
export interface CellVariation {
  readonly slope: (cell: number, logDensity: number) => number;
  /** Its derivative by the log density. */
  readonly rate: (cell: number, logDensity: number) => number;
  /** 1 for a sum over cells; that of mu where G is a function of one. */
  readonly factor: number;
}

/** A functional of masses on a grid, in float64. */
export interface GridFacet {
  readonly value: (mu: GridMeasure) => number;
  /** The first variation at the cells, up to a constant. */
  readonly firstVariation?: (mu: GridMeasure) => Float64Array;
  /** `firstVariation` as functions of the densities, where it depends on that of the cell itself. */
  readonly local?: (mu: GridMeasure) => CellVariation;
  /** G is the constraint rho <= maximum, 0 where it holds and else infinite: a proximal solve takes it as it is. */
  readonly maximum?: number;
  /** The largest explicit step along the gradient that is stable at mu, where the cells set one beside `local`. */
  readonly stepLimit?: (mu: GridMeasure) => StepLimit | undefined;
  /** Why no proximal solve takes it, as the end of a sentence. */
  readonly noProx?: string;
}

/** One batch of a flow block: `y = T(x)`, `[n, d]`, and log|det DT(x)|, `[n]`, if asked for. */
export interface FlowBatch {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly logDet?: Tensor;
  /** log p(x), `[n]`, nats, p the normalised density of the law of x; if asked for. */
  readonly logDensity?: Tensor;
}

/** A functional as a training loss of a block. */
export interface FlowFacet {
  readonly needsLogDet: boolean;
  /** The space refuses where it does not know the density of the law that it starts from. */
  readonly needsLogDensity?: boolean;
  /** Random numbers or samples that one evaluation needs, drawn on the host. */
  readonly draw?: (rng: Stream, n: number) => ArrayTree;
  /**
   * A scalar whose expectation is G(T_# p) up to a constant that does not depend on T; with the density there is no
   * constant. A functional whose loss is biased by the size of the batch says so.
   */
  readonly loss: (batch: FlowBatch, drawn?: TensorTree) => Tensor;
}

/** Facets by space id; a plugin that brings a space adds its own key by declaration merging. */
export interface Facets {
  gaussian: GaussianFacet;
  particles: ParticleFacet;
  quantile: QuantileFacet;
  grid: GridFacet;
  flow: FlowFacet;
}

/** Something with its weight in a sum. */
export interface Weighted<T> {
  readonly weight: number;
  readonly of: T;
}

/** G: P2(R^d) -> R. What it says of itself is proved, or absent. */
export interface Functional {
  readonly id: string;
  /** G as a sum of known terms; each space derives what it needs from them. */
  readonly terms?: EnergyTerms;
  /** What G knows beyond its terms, by space. */
  readonly facets?: Partial<Facets>;
  /** Why it has no facet on a space, by the id of the space, as the end of a sentence. */
  readonly lacks?: Readonly<Record<string, string>>;
  /** G = sum of weight * of, where some summands are terms and others facets: a space adds them, by `summandsOf`. */
  readonly summands?: readonly Weighted<Functional>[];
  /** What was chosen for this G and is worth keeping with a run, e.g. the bandwidth of its kernel. */
  readonly record?: Readonly<Record<string, number | string>>;
  /** The minimiser, where it is known. */
  readonly target?: Distribution;
  /** lambda: convexity modulus along generalized geodesics. */
  readonly convexity?: number;
  /** L: smoothness of the smooth part. */
  readonly smoothness?: number;
}

/**
 * lambda of a sum of terms: that of V, where nothing else takes away from it. An interaction adds nothing (its
 * convexity holds for a fixed centre of mass only), and int rho^m is convex for m >= 1 - 1/d, so m > 1 always.
 */
function lambdaOf({ entropy, internal = [], potential, interactions = [] }: EnergyTerms): { convexity?: number } {
  const convexity = potential ? potential.convexity : 0;
  const mixes = internal.every(({ weight, power }) => weight >= 0 && power > 1);
  const pulls = interactions.every(({ weight, interaction }) => weight >= 0 && (interaction.convexity ?? -1) >= 0);
  return entropy >= 0 && mixes && pulls && convexity !== undefined ? { convexity } : {};
}

/**
 * The most that an interaction adds to L, that of weight * W or 0: with v and v' the velocities of two independent
 * points its second derivative is weight / 2 * E <Hess W (v - v'), v - v'>, and E|v - v'|^2 / 2 <= E|v|^2.
 */
function steepnessOf({ weight, interaction: { convexity, smoothness } }: InteractionEnergy): number | undefined {
  const most = weight < 0 && smoothness !== undefined ? convexity : smoothness;
  return most === undefined ? undefined : Math.max(weight * most, 0);
}

/** L of the smooth part, potential and interactions, where each of them has one. */
function smoothnessOf({ potential, interactions = [] }: EnergyTerms): { smoothness?: number } {
  if (!potential && interactions.length === 0) return {};
  const parts = [potential ? potential.smoothness : 0, ...interactions.map(steepnessOf)];
  const known = parts.flatMap((L) => L ?? []);
  return known.length === parts.length ? { smoothness: known.reduce((sum, L) => sum + L, 0) } : {};
}

/** The functional that consists of these terms, with the facts that follow from them. */
export function energy(id: string, terms: EnergyTerms, target?: Distribution): Functional {
  return { id, terms, ...lambdaOf(terms), ...smoothnessOf(terms), ...(target && { target }) };
}

/**
 * G = smooth + proximable: potential and interactions, and entropy and internal energies. Undefined where G has
 * no such split.
 */
export function splitEnergy(G: Functional): { smooth: Functional; proximable: Functional } | undefined {
  if (!G.terms) return undefined;
  const { entropy, internal = [], potential, interactions = [], constant } = G.terms;
  if ((!potential && interactions.length === 0) || (entropy === 0 && internal.length === 0)) return undefined;
  return {
    smooth: energy(`${G.id}.smooth`, {
      entropy: 0,
      ...(potential && { potential }),
      ...(interactions.length > 0 && { interactions }),
      constant,
    }),
    proximable: energy(`${G.id}.proximable`, { entropy, ...(internal.length > 0 && { internal }), constant: 0 }),
  };
}
