import type { ArrayTree, Stream, Tensor, TensorTree } from '@wasserflow/tensor';
import type { Distribution } from './distribution.js';
import type { AffineField, GaussianMeasure } from './measures.js';
import type { Potential } from './potential.js';

/**
 * G as a sum of terms whose mathematics every space knows:
 * G(rho) = entropy * int rho log rho + int V drho + constant.
 */
export interface EnergyTerms {
  /** Weight of the negative entropy int rho log rho. */
  readonly entropy: number;
  readonly potential?: Potential;
  readonly constant: number;
}

/** A functional on Gaussians, in float64. */
export interface GaussianFacet {
  readonly value: (mu: GaussianMeasure) => number;
  readonly gradient?: (mu: GaussianMeasure) => AffineField;
  readonly prox?: (mu: GaussianMeasure, gamma: number) => GaussianMeasure;
}

/** A functional of points `[n, d]`: pure tensor functions. */
export interface ParticleFacet {
  readonly value?: (points: Tensor) => Tensor;
  /** Wasserstein gradient at the points, `[n, d]`. */
  readonly gradient: (points: Tensor) => Tensor;
}

/** One batch of a flow block: `y = T(x)`, `[n, d]`, and log|det DT(x)|, `[n]`, if asked for. */
export interface FlowBatch {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly logDet?: Tensor;
}

/** A functional as a training loss of a block. */
export interface FlowFacet {
  readonly needsLogDet: boolean;
  /** Random numbers or samples that one evaluation needs, drawn on the host. */
  readonly draw?: (rng: Stream, n: number) => ArrayTree;
  /** A scalar whose expectation is G(T_# p) up to a constant that does not depend on T. */
  readonly loss: (batch: FlowBatch, drawn?: TensorTree) => Tensor;
}

/** Facets by space id; a plugin that brings a space adds its own key by declaration merging. */
export interface Facets {
  gaussian: GaussianFacet;
  particles: ParticleFacet;
  flow: FlowFacet;
}

/** G: P2(R^d) -> R. What it says of itself is proved, or absent. */
export interface Functional {
  readonly id: string;
  /** G as a sum of known terms; each space derives what it needs from them. */
  readonly terms?: EnergyTerms;
  /** What G knows beyond its terms, by space. */
  readonly facets?: Partial<Facets>;
  /** The minimiser, where it is known. */
  readonly target?: Distribution;
  /** lambda: convexity modulus along generalized geodesics. */
  readonly convexity?: number;
  /** L: smoothness of the smooth part. */
  readonly smoothness?: number;
}

const lambdaOf = (entropy: number, potential?: Potential): { convexity?: number } => {
  const convexity = potential ? potential.convexity : 0;
  return entropy >= 0 && convexity !== undefined ? { convexity } : {};
};

/** The functional that consists of these terms, with the facts that follow from them. */
export function energy(id: string, terms: EnergyTerms, target?: Distribution): Functional {
  const { entropy, potential } = terms;
  return {
    id,
    terms,
    ...lambdaOf(entropy, potential),
    ...(potential?.smoothness !== undefined && { smoothness: potential.smoothness }),
    ...(target && { target }),
  };
}

/** G = smooth + proximable: the potential energy, and the entropy. Undefined where G has no such split. */
export function splitEnergy(G: Functional): { smooth: Functional; proximable: Functional } | undefined {
  if (!G.terms?.potential || G.terms.entropy === 0) return undefined;
  const { entropy, potential, constant } = G.terms;
  return {
    smooth: energy(`${G.id}.smooth`, { entropy: 0, potential, constant }),
    proximable: energy(`${G.id}.proximable`, { entropy, constant: 0 }),
  };
}
